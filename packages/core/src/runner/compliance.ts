import type { LoadPlan, MlperfPlan } from '../arrival/load-plan.ts'
import type { Certificate, Compliance, Metrics } from '../report/result.ts'
import { formatDuration } from '../units/duration.ts'
import { SECOND, type Nanos } from '../units/nanos.ts'

/** What MLPerf's rules ask for, whatever a bench file has changed (inference_rules.adoc, "Scenarios"). */
const RULES: Readonly<
  Record<MlperfPlan['scenario'], { readonly queries: number; readonly percentile: number | null }>
> = {
  SingleStream: { queries: 1024, percentile: 90 },
  MultiStream: { queries: 662, percentile: 99 },
  Server: { queries: 662, percentile: 99 },
  Offline: { queries: 24_576, percentile: null },
}
const LEAST: Nanos = 600 * SECOND
const NOTE =
  'Not an official MLPerf result: it was not made with LoadGen, has no accuracy run, no audit and no review by MLCommons.'

export interface ComplianceEvidence {
  readonly loads: readonly LoadPlan[]
  readonly metrics: Metrics
  readonly certificate: Certificate | null
  /** Length of the measurement. */
  readonly duration: Nanos
}

type Rule = Compliance['rules'][number]

/** For a trial whose load is a scenario of MLPerf: its metric, and which of the rules it has kept. */
export function complianceOf(evidence: ComplianceEvidence): Compliance | null {
  const [load, ...others] = evidence.loads
  const plan = load === undefined || load.loop === 'stages' ? undefined : load.mlperf
  if (plan === undefined || others.length > 0) return null
  const { metrics, certificate, duration } = evidence
  const wanted = RULES[plan.scenario]
  const samples = metrics.counts.completed * plan.samplesPerQuery
  const queries = plan.scenario === 'Offline' ? samples : metrics.counts.due
  const lost = metrics.counts.due - metrics.counts.completed
  const rules: Rule[] = [
    rule('least duration', formatDuration(LEAST), formatDuration(duration), duration >= LEAST),
    rule(
      plan.scenario === 'Offline' ? 'least samples' : 'least queries',
      String(wanted.queries),
      String(queries),
      queries >= wanted.queries,
    ),
    rule('every query answered', '0 lost', `${lost} lost`, lost === 0),
    rule(
      'samples per query',
      String(plan.samplesPerQuery),
      String(metrics.items.perRequest ?? 0),
      metrics.items.perRequest === plan.samplesPerQuery,
    ),
    ...percentileRules(plan, wanted.percentile, certificate),
    rule('accuracy', 'an accuracy run within its limit', 'none', false),
  ]
  return { scenario: plan.scenario, rules, metric: metricOf(plan, evidence), note: NOTE }
}

function percentileRules(
  plan: MlperfPlan,
  percentile: number | null,
  certificate: Certificate | null,
): readonly Rule[] {
  if (percentile === null || plan.percentile === null) return []
  const estimate = certificate?.independent?.estimate ?? null
  return [
    rule('percentile', `p${percentile}`, `p${plan.percentile}`, plan.percentile === percentile),
    plan.limit === null
      ? rule(
          'early stopping',
          'enough queries for an estimate',
          estimate === null ? 'too few' : `p${plan.percentile} ≤ ${formatDuration(estimate)}`,
          estimate !== null || plan.scenario === 'Server',
        )
      : rule(
          'early stopping',
          `p${plan.percentile} ≤ ${formatDuration(plan.limit)} at 99 %`,
          certificate?.independent?.verdict ?? 'undecided',
          certificate?.independent?.verdict === 'pass',
        ),
    ...(plan.scenario === 'Server'
      ? [
          rule(
            'latency bound',
            'the one of the benchmark',
            plan.limit === null ? 'none' : formatDuration(plan.limit),
            plan.limit !== null,
          ),
        ]
      : []),
  ]
}

function metricOf(
  plan: MlperfPlan,
  { metrics, certificate, duration }: ComplianceEvidence,
): Compliance['metric'] {
  switch (plan.scenario) {
    case 'Offline':
      return {
        name: 'samples per second',
        value: duration > 0 ? (metrics.counts.completed * plan.samplesPerQuery * SECOND) / duration : null,
        unit: '1/s',
      }
    case 'Server':
      return { name: 'scheduled queries per second', value: metrics.offeredLoad, unit: '1/s' }
    default:
      return {
        name: `p${plan.percentile ?? ''} response time, early-stopping estimate`,
        value: certificate?.independent?.estimate ?? null,
        unit: 'ns',
      }
  }
}

function rule(name: string, wanted: string, found: string, kept: boolean): Rule {
  return { rule: name, wanted, found, kept }
}
