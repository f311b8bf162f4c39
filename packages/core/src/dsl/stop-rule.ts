import type { Duration } from '../units/duration.ts'
import type { JsonValue } from '../units/json.ts'
import { SECOND, type Nanos } from '../units/nanos.ts'
import { join, readChoice, readCount, readDuration, readFields, readNumber } from './fields.ts'
import type { Problems } from './problems.ts'

export interface CertifiedOptions {
  /** Of the response time, failures counted as +∞: 99 for p99. */
  readonly percentile: number
  /** The measurement ends when it is proven that the percentile lies within, or beyond, this. Without it, when the percentile is known well enough. */
  readonly limit?: Duration
  /** Default 0.99, as in MLPerf. */
  readonly confidence?: number
  /** Without a limit: how far the certified bound may be above the measured percentile, as a share of it. Default 0.1. */
  readonly margin?: number
  /**
   * Requests of a queue depend on each other and are worth fewer independent ones. `'measured'` (default) counts the
   * latter; `'ignored'` takes all for independent, as MLPerf's LoadGen does.
   */
  readonly dependence?: 'measured' | 'ignored'
  /** Requests at least; 0 by default. */
  readonly requests?: number
  /** Of the measurement; then it ends undecided. Default `'10m'`. */
  readonly maximum?: Duration
}
export interface CertifiedRule extends CertifiedOptions {
  readonly rule: 'certified'
}

/** Until the 95 % interval of a percentile is narrow enough. */
export interface PreciseRule {
  readonly rule?: 'precise'
  readonly percentile: number
  /** Half the interval's width, as a share of the percentile: 0.05 is ± 5 %. */
  readonly halfWidth: number
  /** Of the measurement; then it ends undecided. Default `'10m'`. */
  readonly maximum?: Duration
}

/** What must be known before a measurement may end. */
export type StopRule = CertifiedRule | PreciseRule

/**
 * The measurement goes on until a percentile of the response time is certified by MLPerf's early-stopping rule, made safe
 * for many looks and for requests that depend on each other.
 */
export function certified(options: CertifiedOptions): CertifiedRule {
  return { ...options, rule: 'certified' }
}

const MAXIMUM: Nanos = 600 * SECOND
const CONFIDENCE = 0.99
const MARGIN = 0.1

/** Reads an `until` as the plan stores it. */
export function readStopRule(problems: Problems, path: string, value: unknown): JsonValue | undefined {
  const fields = readFields(problems, path, value, [
    'rule',
    'percentile',
    'limit',
    'confidence',
    'margin',
    'halfWidth',
    'requests',
    'dependence',
    'maximum',
  ])
  if (fields === undefined) return undefined
  const before = problems.errors.length
  const rule =
    fields['rule'] === undefined
      ? 'precise'
      : readChoice(problems, join(path, 'rule'), fields['rule'], ['certified', 'precise'])
  const percentile = readNumber(problems, join(path, 'percentile'), fields['percentile'], {
    min: 1,
    max: 99.999,
  })
  const time = (name: string): Nanos | undefined =>
    fields[name] === undefined
      ? undefined
      : readDuration(problems, join(path, name), fields[name], 'positive')
  const share = (name: string, min: number, max: number, fallback?: number): number | undefined =>
    fields[name] === undefined && fallback !== undefined
      ? fallback
      : readNumber(problems, join(path, name), fields[name], { min, max })
  const maximum = time('maximum') ?? MAXIMUM
  const foreign =
    rule === 'precise' ? ['limit', 'confidence', 'margin', 'requests', 'dependence'] : ['halfWidth']
  for (const name of foreign) {
    if (fields[name] === undefined) continue
    const owner = rule === 'precise' ? 'certified()' : 'a rule without certified()'
    problems.error(join(path, name), `belongs to ${owner}.`)
  }
  if (rule === 'precise') {
    const halfWidth = share('halfWidth', 0.0001, 10)
    return percentile === undefined || halfWidth === undefined || problems.errors.length > before
      ? undefined
      : { rule, percentile, halfWidth, maximum }
  }
  const limit = time('limit') ?? null
  const confidence = share('confidence', 0.5, 0.999999, CONFIDENCE)
  const margin = share('margin', 0.001, 10, MARGIN)
  const dependence =
    fields['dependence'] === undefined
      ? 'measured'
      : readChoice(problems, join(path, 'dependence'), fields['dependence'], ['measured', 'ignored'])
  const requests =
    fields['requests'] === undefined
      ? 0
      : readCount(problems, join(path, 'requests'), fields['requests'], { min: 0 })
  if (limit !== null && fields['margin'] !== undefined)
    problems.error(join(path, 'margin'), 'is for a percentile without a limit.')
  return rule === undefined ||
    percentile === undefined ||
    confidence === undefined ||
    margin === undefined ||
    requests === undefined ||
    dependence === undefined ||
    problems.errors.length > before
    ? undefined
    : {
        rule,
        percentile,
        limit,
        confidence,
        margin,
        dependence,
        ...(requests === 0 ? {} : { requests }),
        maximum,
      }
}
