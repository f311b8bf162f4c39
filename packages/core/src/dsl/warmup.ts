import type { Duration } from '../units/duration.ts'
import type { JsonValue } from '../units/json.ts'
import { SECOND, type Nanos } from '../units/nanos.ts'
import { isFields, join, readChoice, readCount, readDuration, readFields, readNumber } from './fields.ts'
import type { Problems } from './problems.ts'

/** How long the load runs before the measurement. */
export type Warmup =
  | Duration
  | number
  | { readonly requests: number }
  | 'auto'
  | 'perf-analyzer'
  | StableWarmup

/** Until the target looks steady; `'auto'` is this with all defaults. */
export interface StableWarmup {
  readonly until: 'stable'
  /**
   * `'auto'`: MSER-5 on means, a test for trends, and windows that agree as far as their noise lets them. `'windows'`:
   * perf_analyzer's rule alone, by windows of a fixed length. Default `'auto'`.
   */
  readonly method?: 'auto' | 'windows'
  /** Not earlier than this; default `'5s'`, with `'windows'` `'0s'`. */
  readonly minimum?: Duration
  /** Nor before this many requests have completed; default 100, with `'windows'` none. */
  readonly requests?: number
  /** After this time the measurement begins in any case, and the result says that there was no steady state. Default `'60s'`, with `'windows'` ten windows. */
  readonly maximum?: Duration
  /** Windows in a row that must agree. Default 3. */
  readonly windows?: number
  /** How far the largest of them may be above the smallest, in throughput and in mean response time. Default 0.1. */
  readonly within?: number
  /** Length of a window; with `'windows'` `'5s'` by default. */
  readonly window?: Duration
}

const DEFAULTS = {
  auto: { minimum: 5 * SECOND, requests: 100, maximum: 60 * SECOND },
  windows: { minimum: 0, requests: 0 },
}
const WINDOWS = 3
const WITHIN = 0.1
const WINDOW: Nanos = 5 * SECOND
/** perf_analyzer gives up after this many windows. */
const TRIALS = 10

const OPTIONS = ['until', 'method', 'minimum', 'requests', 'maximum', 'windows', 'within', 'window']

/** Reads a `warmup` as the plan stores it. */
export function readWarmup(problems: Problems, path: string, value: unknown): JsonValue | undefined {
  if (value === 'auto') return readStable(problems, path, { until: 'stable' })
  if (value === 'perf-analyzer') return readStable(problems, path, { until: 'stable', method: 'windows' })
  if (typeof value === 'number') return readWarmup(problems, path, { requests: value })
  if (isFields(value) && value['until'] !== undefined) return readStable(problems, path, value)
  if (isFields(value)) {
    readFields(problems, path, value, ['requests'])
    const requests = readCount(problems, join(path, 'requests'), value['requests'], { min: 0 })
    return requests === undefined ? undefined : { requests }
  }
  const nanos = readDuration(problems, path, value)
  return nanos === undefined ? undefined : { duration: nanos }
}

function readStable(problems: Problems, path: string, value: unknown): JsonValue | undefined {
  const fields = readFields(problems, path, value, OPTIONS)
  if (fields === undefined) return undefined
  const before = problems.errors.length
  readChoice(problems, join(path, 'until'), fields['until'], ['stable'])
  const option = <T>(name: string, read: (at: string, value: unknown) => T | undefined, fallback: T): T =>
    fields[name] === undefined ? fallback : (read(join(path, name), fields[name]) ?? fallback)
  const time = (at: string, text: unknown): Nanos | undefined => readDuration(problems, at, text, 'positive')
  const method = option(
    'method',
    (at, word) => readChoice(problems, at, word, ['auto', 'windows'] as const),
    'auto',
  )
  const windows = option('windows', (at, n) => readCount(problems, at, n, { min: 2, max: 100 }), WINDOWS)
  const within = option('within', (at, n) => readNumber(problems, at, n, { min: 0.001, max: 10 }), WITHIN)
  const window = option<Nanos | null>('window', time, method === 'windows' ? WINDOW : null)
  const minimum = option('minimum', (at, text) => readDuration(problems, at, text), DEFAULTS[method].minimum)
  const requests = option(
    'requests',
    (at, n) => readCount(problems, at, n, { min: 0 }),
    DEFAULTS[method].requests,
  )
  const maximum = option(
    'maximum',
    time,
    Math.max(minimum, method === 'windows' ? TRIALS * (window ?? WINDOW) : DEFAULTS.auto.maximum),
  )
  if (maximum < minimum)
    problems.error(join(path, 'maximum'), 'the longest warm-up is shorter than the shortest.')
  if (problems.errors.length > before) return undefined
  return { until: 'stable', method, minimum, requests, maximum, windows, within, window }
}
