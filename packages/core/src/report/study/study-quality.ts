import type { QualityLimits } from '../../dsl/labelled.ts'
import type { QualityReport, SloTermResult } from '../result.ts'
import type { StudyMeasurement } from './study-result.ts'
import { violationOf } from './violation.ts'

/** What the answers of a configuration are worth: known to the author of the study, or found out. */
export interface KnownQuality {
  readonly value: number
  readonly interval: QualityReport['interval']
  /** Of what was found out. */
  readonly evaluated?: StudyMeasurement['quality']
}

/**
 * A measurement with the quality of its configuration's answers, which is not of this one measurement: it may have been
 * found out in another, or be another one by now.
 */
export function withQuality(
  measurement: StudyMeasurement,
  known: KnownQuality | null,
  limits: QualityLimits | null,
): StudyMeasurement {
  const value = known?.value ?? null
  const { quality: _value, ...metrics } = measurement.metrics
  const { quality: _interval, ...intervals } = measurement.intervals
  const terms = Object.entries(limits ?? {}).map(([side, limit]) =>
    judge(side as keyof QualityLimits, limit, known),
  )
  const { quality: _evaluated, ...rest } = measurement
  return {
    ...rest,
    metrics: value === null ? metrics : { ...metrics, quality: Number(value.toPrecision(7)) },
    intervals: known?.interval == null ? intervals : { ...intervals, quality: known.interval },
    ...(known?.evaluated === undefined ? {} : { quality: known.evaluated }),
    terms: [...measurement.terms, ...terms],
    violation: Math.max(measurement.violation, ...terms.map(violationOf)),
  }
}

/** By the interval of what was found out: too few samples leave it undecided. */
function judge(side: keyof QualityLimits, limit: number, known: KnownQuality | null): SloTermResult {
  const term = `quality.${side}`
  if (known === null)
    return { term, limit, measured: null, interval: null, verdict: 'fail', reason: 'it is not known' }
  const { value, interval } = known
  const [low, high] = interval ?? [value, value]
  const [surely, never] = side === 'min' ? [low >= limit, high < limit] : [high <= limit, low > limit]
  return {
    term,
    limit,
    measured: value,
    interval,
    verdict: surely ? 'pass' : never ? 'fail' : 'undecided',
    reason: null,
  }
}
