import { meanRate, peakRate } from '../arrival/load-rates.ts'
import type { LoadPlan } from '../arrival/load-plan.ts'
import { join } from '../dsl/fields.ts'
import type { Problems } from '../dsl/problems.ts'
import { sloTermName } from '../slo/parse-slo.ts'
import type { SloTerm } from '../slo/slo-plan.ts'
import { samplesBeyond } from '../stats/certify/judge-share.ts'
import { formatDuration } from '../units/duration.ts'
import { SECOND } from '../units/nanos.ts'
import type { StreamPlan, TrialSettings } from './trial-plan.ts'

/** Looks at limits that cannot be kept, cannot be missed, or cannot be judged by so few requests. */
export function reviewSlo(
  problems: Problems,
  settings: TrialSettings,
  streams: Readonly<Record<string, StreamPlan>>,
): void {
  for (const [name, { slo, load }] of Object.entries(streams)) {
    if (slo === null) continue
    const path = name === 'main' ? 'slo' : join('streams', `${name}.slo`)
    for (const term of slo.terms) {
      reviewRate(problems, path, term, load)
      reviewLatency(problems, path, term, settings)
    }
    reviewOrder(problems, path, slo.terms)
    reviewSamples(problems, path, slo.terms, settings, load)
  }
}

/** More than is ever offered is never completed. */
function reviewRate(problems: Problems, path: string, term: SloTerm, load: LoadPlan): void {
  if ((term.metric !== 'throughput' && term.metric !== 'goodput') || load.loop !== 'open') return
  const highest = peakRate(load)
  if (highest === null || load.process.kind === 'burst' || term.limit <= highest) return
  problems.error(
    join(path, term.metric),
    `${term.limit}/s can never be reached: the load offers ${highest}/s at most.`,
  )
}

function reviewLatency(problems: Problems, path: string, term: SloTerm, { timeout }: TrialSettings): void {
  if (!('statistic' in term) || term.metric === 'gauge' || term.limit <= timeout) return
  problems.warn(
    join(path, sloTermName(term)),
    `${formatDuration(term.limit)} is longer than the timeout, ${formatDuration(timeout)}: a request never takes that long.`,
  )
}

/** A percentile is never above a higher one: a wider limit on it says nothing. */
function reviewOrder(problems: Problems, path: string, terms: readonly SloTerm[]): void {
  const limits = terms.flatMap((term) =>
    'statistic' in term && typeof term.statistic === 'object'
      ? [{ term, metric: term.metric, percentile: term.statistic.percentile }]
      : [],
  )
  for (const { term, metric, percentile } of limits) {
    const stricter = limits.find(
      (other) => other.metric === metric && other.percentile > percentile && other.term.limit < term.limit,
    )
    if (stricter === undefined) continue
    problems.warn(
      join(path, sloTermName(term)),
      `${formatDuration(term.limit)} always holds where ${sloTermName(stricter.term)} keeps to ${formatDuration(stricter.term.limit)}.`,
    )
  }
}

/** Percentiles beyond which no request is to be expected. */
function reviewSamples(
  problems: Problems,
  path: string,
  terms: readonly SloTerm[],
  { duration, until }: TrialSettings,
  load: LoadPlan,
): void {
  if (duration === null || until || load.loop !== 'open') return
  const rate = meanRate(load)
  if (rate === null || rate <= 0) return
  const expected = Math.round((rate * duration) / SECOND)
  for (const term of terms) {
    if (!('statistic' in term) || typeof term.statistic !== 'object') continue
    const { percentile } = term.statistic
    const { beyond, needed } = samplesBeyond(percentile, expected, undefined)
    if (percentile >= 100 || beyond >= 1) continue
    problems.warn(
      join(path, sloTermName(term)),
      `about ${expected} requests cannot judge p${percentile}: it takes ${needed} at least, ${formatDuration((needed / rate) * SECOND)} at this rate.`,
    )
  }
}
