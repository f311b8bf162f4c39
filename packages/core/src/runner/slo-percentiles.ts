import type { StreamPlan, TrialPlan } from '../plan/trial-plan.ts'
import type { Certificate } from '../report/result.ts'

/** The percentiles that the limits of these streams are about. */
export function sloPercentiles(streams: readonly StreamPlan[]): number[] {
  return [...new Set(percentileLimits(streams).map(({ percentile }) => percentile))]
}

/**
 * Percentiles of limits that only the number of samples can vouch for. A search decides by a test on all measurements at a
 * load, and a certificate may have decided: both know what their samples are worth.
 */
export function openPercentiles(
  { role, streams }: Pick<TrialPlan, 'role' | 'streams'>,
  certificate: Pick<Certificate, 'verdict' | 'percentile' | 'limit'> | null,
): number[] {
  if (role === 'probe') return []
  const limits = percentileLimits(Object.values(streams))
  const isDecided = (percentile: number): boolean =>
    certificate !== null &&
    certificate.verdict !== 'undecided' &&
    certificate.percentile === percentile &&
    (certificate.limit === null ||
      limits.every((one) => one.percentile !== percentile || one.limit === certificate.limit))
  return sloPercentiles(Object.values(streams)).filter((percentile) => !isDecided(percentile))
}

function percentileLimits(
  streams: readonly StreamPlan[],
): readonly { readonly percentile: number; readonly limit: number }[] {
  return streams
    .flatMap(({ slo }) => slo?.terms ?? [])
    .flatMap((term) =>
      'statistic' in term && typeof term.statistic === 'object'
        ? [{ percentile: term.statistic.percentile, limit: term.limit }]
        : [],
    )
}
