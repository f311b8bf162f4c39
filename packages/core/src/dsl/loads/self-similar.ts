import type { OpenLoadPlan } from '../../arrival/load-plan.ts'
import type { Duration } from '../../units/duration.ts'
import { MILLISECOND } from '../../units/nanos.ts'
import { readCount, readDuration, readFields } from '../fields.ts'
import { show } from '../problems.ts'
import type { LoadDefinition } from './definition.ts'
import { readRate } from './rate.ts'

export interface SelfSimilarOptions {
  /** Mean arrivals per second. */
  readonly rate: number
  /** Hurst parameter: how much bursts of bursts remain on longer time scales, between 0.5 (not at all) and 1. Default 0.8. */
  readonly hurst?: number
  /** Independent sources that are on and off. Fewer are burstier. Default 32. */
  readonly sources?: number
  /** Mean time that a source is on. Default `'200ms'`. */
  readonly on?: Duration
  /** Mean time that it is off. Default `'800ms'`. */
  readonly off?: Duration
}
export interface SelfSimilarLoad extends SelfSimilarOptions {
  readonly load: 'selfSimilar'
}

/** Open loop: arrivals that are bursty on all time scales, from many sources with heavy-tailed on and off times. */
export function selfSimilar(options: SelfSimilarOptions): SelfSimilarLoad {
  return { ...options, load: 'selfSimilar' }
}

const MOST_SOURCES = 10_000

export const selfSimilarLoad: LoadDefinition<OpenLoadPlan> = {
  name: 'selfSimilar',
  plan(fields, path, problems) {
    readFields(problems, path, fields, ['load', 'rate', 'hurst', 'sources', 'on', 'off'])
    const rate = readRate(problems, `${path}.rate`, fields['rate'])
    const hurst = fields['hurst'] === undefined ? 0.8 : fields['hurst']
    const isHurst = typeof hurst === 'number' && hurst > 0.5 && hurst < 1
    if (!isHurst) problems.error(`${path}.hurst`, `expected a number between 0.5 and 1, not ${show(hurst)}.`)
    const sources =
      fields['sources'] === undefined
        ? 32
        : readCount(problems, `${path}.sources`, fields['sources'], { max: MOST_SOURCES })
    const time = (name: 'on' | 'off', otherwise: number): number | undefined =>
      fields[name] === undefined
        ? otherwise
        : readDuration(problems, `${path}.${name}`, fields[name], 'positive')
    const on = time('on', 200 * MILLISECOND)
    const off = time('off', 800 * MILLISECOND)
    if (rate === undefined || !isHurst || sources === undefined || on === undefined || off === undefined)
      return undefined
    return { loop: 'open', process: { kind: 'selfSimilar', rate, hurst, sources, on, off }, rate: [] }
  },
}
