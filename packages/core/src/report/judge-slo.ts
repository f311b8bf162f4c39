import { evaluateSlo } from '../slo/evaluate-slo.ts'
import type { SloPlan } from '../slo/slo-plan.ts'
import { poolWithFailures } from './pool-distributions.ts'
import { lostOf } from './pool-metrics.ts'
import type { Certificate, GaugeSummary, Metrics, SloResult, SloTermResult } from './result.ts'

/** A stream that has limits, with what was measured of it. */
export interface JudgedStream {
  readonly name: string
  readonly slo: SloPlan
  /** Of the population that is judged. */
  readonly metrics: Metrics
  /** The repeats that it consists of; the metrics alone for one trial. */
  readonly parts: readonly Metrics[]
}

/**
 * Judges the streams of a trial or case, each by its own limits; `null` when none has any. Where the plan has several
 * streams, the terms carry the stream's name.
 * @param certificates of the trials; where they agree on a percentile, that is its limit's verdict
 */
export function judgeStreams(
  streams: readonly JudgedStream[],
  several: boolean,
  gauges: Readonly<Record<string, GaugeSummary>>,
  certificates: readonly (Certificate | null)[] = [],
): SloResult | null {
  const results = streams.map(({ name, slo, metrics, parts }) => {
    const lost = lostOf(metrics.counts)
    const withFailures = {
      responseTime: metrics.responseTimeWithFailures,
      serviceTime: poolWithFailures(
        parts.map((part) => part.serviceTime),
        lost,
      ),
      firstByte: poolWithFailures(
        parts.map((part) => part.firstByte),
        lost,
      ),
    }
    const result = evaluateSlo(slo, { metrics, gauges, withFailures })
    return several ? prefixed(result, name) : certified(result, certificates)
  })
  const [only] = results
  if (only === undefined || results.length === 1) return only ?? null
  const terms = results.flatMap((result) => result.terms)
  return { verdict: worst(terms), terms, deadline: null }
}

/** A measurement that went on until a test had decided is judged by that test. */
function certified(result: SloResult, certificates: readonly (Certificate | null)[]): SloResult {
  const [first] = certificates
  if (first === undefined || first === null || first.limit === null) return result
  const { verdict, percentile, limit, confidence } = first
  if (verdict !== 'pass' && verdict !== 'fail') return result
  if (certificates.some((one) => one?.verdict !== verdict || one.limit !== limit)) return result
  const reason = `certified at ${100 * confidence} % confidence`
  const terms = result.terms.map((term) =>
    term.term === `responseTime.p${percentile}` && term.limit === limit ? { ...term, verdict, reason } : term,
  )
  return { ...result, verdict: worst(terms), terms }
}

function prefixed(result: SloResult, stream: string): SloResult {
  return { ...result, terms: result.terms.map((term) => ({ ...term, term: `${stream}.${term.term}` })) }
}

function worst(terms: readonly SloTermResult[]): SloResult['verdict'] {
  if (terms.some((term) => term.verdict === 'fail')) return 'fail'
  return terms.every((term) => term.verdict === 'pass') ? 'pass' : 'undecided'
}
