import type { FindMaxPlan } from '../../dsl/find-max.ts'
import type { Problems } from '../../dsl/problems.ts'
import type { StreamPlan, TrialSettings } from '../trial-plan.ts'
import { whyNotVaried } from './load-at.ts'

/** Looks at a search, the loads that it varies and the limits that it judges by. */
export function reviewSearch(
  problems: Problems,
  search: FindMaxPlan,
  settings: TrialSettings,
  streams: Readonly<Record<string, StreamPlan>>,
): void {
  const unvaried = whyNotVaried(streams, search.vary)
  if (unvaried !== null) problems.error('load', unvaried)
  const terms = Object.values(streams).flatMap(({ slo }) => slo?.terms ?? [])
  if (terms.length === 0) {
    problems.error(
      'slo',
      "a search looks for the highest load at which the SLO holds, and there is none: add for example slo: { p99: '50ms', errorRate: 0.001 }.",
    )
  }
  for (const { metric } of terms) {
    if (metric !== 'throughput' && metric !== 'goodput') continue
    problems.error(
      `slo.${metric}`,
      'a lower limit on a rate fails at every low load: give the search `atLeast` instead.',
    )
  }
  if (search.vary !== 'concurrency') return
  const most = Math.max(search.from, search.to ?? search.from)
  if (most > settings.maxInFlight) {
    problems.error(
      'search.to',
      `${most} users do not fit into maxInFlight, ${settings.maxInFlight}; raise it or lower the load.`,
    )
  }
  const count = Object.keys(streams).length
  if (search.from < count) problems.error('search.from', `${count} streams need at least ${count} users.`)
}
