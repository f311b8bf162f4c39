import type { StreamPlan, TrialPlan } from '../plan/trial-plan.ts'
import type { Certificate, Metrics } from '../report/result.ts'
import { isFarWithin } from '../slo/far-limit.ts'

/** The percentiles that the limits of these streams are about. */
export function sloPercentiles(streams: readonly StreamPlan[]): number[] {
  return [...new Set(percentileLimits(streams).map(({ percentile }) => percentile))]
}

type Limited = Pick<Metrics, 'responseTimeWithFailures' | 'serviceTime' | 'firstByte' | 'messageGap'>

/**
 * Percentiles of limits that only the number of samples can vouch for. A search decides by a test on all measurements at a
 * load, and a certificate may have decided: both know what their samples are worth. Nor do limits ask for samples that are
 * far from all that was measured.
 */
export function openPercentiles(
  { role, streams }: Pick<TrialPlan, 'role' | 'streams'>,
  certificate: Pick<Certificate, 'verdict' | 'percentile' | 'limit'> | null,
  metrics: Limited,
): number[] {
  if (role === 'probe') return []
  const limits = percentileLimits(Object.values(streams))
  const isFar = ({ metric, percentile, limit }: PercentileLimit): boolean =>
    isFarWithin(metrics[metric === 'responseTime' ? 'responseTimeWithFailures' : metric], percentile, limit)
  const isDecided = (percentile: number): boolean =>
    limits.every((one) => one.percentile !== percentile || isFar(one)) || isCertified(percentile)
  const isCertified = (percentile: number): boolean =>
    certificate !== null &&
    certificate.verdict !== 'undecided' &&
    certificate.percentile === percentile &&
    (certificate.limit === null ||
      limits.every((one) => one.percentile !== percentile || one.limit === certificate.limit))
  return sloPercentiles(Object.values(streams)).filter((percentile) => !isDecided(percentile))
}

interface PercentileLimit {
  readonly metric: 'responseTime' | 'serviceTime' | 'firstByte' | 'messageGap'
  readonly percentile: number
  readonly limit: number
}

function percentileLimits(streams: readonly StreamPlan[]): readonly PercentileLimit[] {
  return streams
    .flatMap(({ slo }) => slo?.terms ?? [])
    .flatMap((term) =>
      'statistic' in term && typeof term.statistic === 'object'
        ? [{ metric: term.metric, percentile: term.statistic.percentile, limit: term.limit }]
        : [],
    )
}
