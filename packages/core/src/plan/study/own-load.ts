import { meanRate } from '../../arrival/load-rates.ts'
import type { StreamPlan } from '../trial-plan.ts'

/** The load of all streams as they are written: arrivals per second, or users. */
export function ownLoad(
  streams: Readonly<Record<string, StreamPlan>>,
  vary: 'rate' | 'concurrency',
): number | null {
  let sum = 0
  for (const { load } of Object.values(streams)) {
    const size =
      vary === 'rate'
        ? load.loop === 'open'
          ? meanRate(load)
          : null
        : load.loop === 'closed'
          ? load.concurrency
          : null
    if (size === null) return null
    sum += size
  }
  return sum
}
