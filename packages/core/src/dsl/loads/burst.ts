import type { OpenLoadPlan } from '../../arrival/load-plan.ts'
import type { Duration } from '../../units/duration.ts'
import { formatDuration } from '../../units/duration.ts'
import { SECOND } from '../../units/nanos.ts'
import { readCount, readDuration, readFields } from '../fields.ts'
import type { LoadDefinition } from './definition.ts'
import { readRate } from './rate.ts'

export interface BurstOptions {
  /** Arrivals per burst. */
  readonly count: number
  /** Spread evenly over this; all at once by default. */
  readonly within?: Duration
  /** From the start of the measurement to the first burst; at once by default. */
  readonly after?: Duration
  /** From the start of one burst to the start of the next; a single burst by default. */
  readonly every?: Duration
}
export interface BurstLoad extends BurstOptions {
  readonly load: 'burst'
}

/** Open loop: many arrivals at once, one time or again and again. */
export function burst(options: BurstOptions): BurstLoad {
  return { ...options, load: 'burst' }
}

const LARGEST_BURST = 10_000_000

export const burstLoad: LoadDefinition<OpenLoadPlan> = {
  name: 'burst',
  plan(fields, path, problems) {
    readFields(problems, path, fields, ['load', 'count', 'within', 'every', 'after'])
    const count = readCount(problems, `${path}.count`, fields['count'], { max: LARGEST_BURST })
    const within =
      fields['within'] === undefined ? 0 : readDuration(problems, `${path}.within`, fields['within'])
    const every =
      fields['every'] === undefined
        ? null
        : readDuration(problems, `${path}.every`, fields['every'], 'positive')
    const after = fields['after'] === undefined ? 0 : readDuration(problems, `${path}.after`, fields['after'])
    if (count === undefined || within === undefined || every === undefined || after === undefined)
      return undefined
    if (every !== null && within > every) {
      problems.error(
        `${path}.within`,
        `a burst of ${formatDuration(within)} does not fit between bursts every ${formatDuration(every)}.`,
      )
      return undefined
    }
    if (every !== null && readRate(problems, `${path}.every`, (count * SECOND) / every) === undefined)
      return undefined
    return {
      loop: 'open',
      process: { kind: 'burst', count, within, every, ...(after === 0 ? {} : { after }) },
      rate: [],
    }
  },
}
