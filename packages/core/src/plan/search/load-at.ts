import { controlOf, isSteady, meanRate } from '../../arrival/load-rates.ts'
import type { OpenLoadPlan } from '../../arrival/load-plan.ts'
import type { StreamPlan } from '../trial-plan.ts'

type Streams = Readonly<Record<string, StreamPlan>>

/** Why these loads cannot be varied; `null` when they can. */
export function whyNotVaried(streams: Streams, vary: 'rate' | 'concurrency'): string | null {
  for (const { load } of Object.values(streams)) {
    if (controlOf(load) !== null) return 'a load that follows a gauge cannot be varied as well.'
    if (vary === 'rate') {
      if (load.loop === 'closed') return 'a closed loop has no rate: use poisson(), or vary the concurrency.'
      if (load.loop === 'stages' || !isSteady(load) || load.rate.length === 0)
        return 'only a steady rate can be varied: use poisson(), constantRate() or another load of one rate.'
    } else {
      if (load.loop !== 'closed')
        return 'only users of a closed loop can be varied as concurrency: use closed(), or vary the rate.'
      if (load.population !== undefined || load.requests !== null)
        return 'users that come and go, or a fixed number of requests, cannot be varied: use closed({ concurrency }).'
    }
  }
  return null
}

/** The streams with a load of this size in all, in their proportions as written; every stream has at least one user. */
export function streamsAt(streams: Streams, vary: 'rate' | 'concurrency', value: number): Streams {
  const entries = Object.entries(streams)
  const sizes = entries.map(([, { load }]) =>
    load.loop === 'open' ? (meanRate(load) ?? 0) : load.loop === 'closed' ? load.concurrency : 0,
  )
  const total = sizes.reduce((sum, size) => sum + size, 0)
  const users = vary === 'concurrency' ? apportion(value, sizes) : []
  return Object.fromEntries(
    entries.map(([name, stream], index) => {
      const { load } = stream
      if (load.loop === 'closed')
        return [name, { ...stream, load: { ...load, concurrency: users[index] ?? 1 } }]
      return [name, load.loop === 'open' ? { ...stream, load: scaled(load, value / total) } : stream]
    }),
  )
}

function scaled(load: OpenLoadPlan, factor: number): OpenLoadPlan {
  const rate = load.rate.map((segment) => ({
    ...segment,
    rate: segment.rate * factor,
    rateEnd: segment.rateEnd * factor,
  }))
  return { ...load, rate }
}

/** Whole shares by largest remainders, each at least 1. */
function apportion(count: number, weights: readonly number[]): readonly number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const exact = weights.map((weight) => (count * weight) / total)
  const whole = exact.map((share) => Math.floor(share))
  const left = count - whole.reduce((sum, share) => sum + share, 0)
  const order = exact
    .map((share, index) => ({ index, remainder: share - (whole[index] as number) }))
    .sort((a, b) => b.remainder - a.remainder || a.index - b.index)
  for (const { index } of order.slice(0, left)) whole[index] = (whole[index] as number) + 1
  return whole.map((share) => Math.max(1, share))
}
