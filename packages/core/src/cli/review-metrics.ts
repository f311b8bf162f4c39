import { ValidationError, type Problem } from '../errors/validation-error.ts'
import type { SamplerPlan } from '../hooks/providers.ts'
import type { CasePlan } from '../plan/case-plan.ts'
import type { PlannedStudy } from '../plan/study/study-planner.ts'
import { gaugeOf } from '../report/study/study-metric.ts'

/** Who reads gauges while a study runs. */
export interface MetricSources {
  /** Those of the configuration. */
  readonly samplers: readonly SamplerPlan[]
  /** A plugin that the configuration names may add others to a trial. */
  readonly mayBeMore: boolean
}

/** Gauges that follow from power and prices. */
const OF_POWER = /^(energy|carbon)\./
const OF_PRICES = /^cost\./
/** Without parts that are asked for. */
const OF_HOST = /^(host|server)\./

/**
 * Says before anything is measured what no measurement of a study can tell: costs without a price, power without a meter,
 * gauges without a sampler. What only the server knows shows after the baseline.
 * @throws {ValidationError} with all of it
 */
export function reviewMetrics(studies: readonly PlannedStudy[], sources: MetricSources): void {
  const problems = studies.flatMap((study): readonly Problem[] => {
    const base = 'open' in study.cases ? undefined : study.cases[0]
    return base === undefined ? [] : problemsOf(study, base, sources)
  })
  if (problems.length > 0) throw new ValidationError('What is to be measured', problems)
}

function problemsOf(
  { plan, path }: PlannedStudy,
  base: CasePlan,
  sources: MetricSources,
): readonly Problem[] {
  const own = { ...sources, samplers: [...sources.samplers, ...(base.trial.samplers ?? [])] }
  const asked = new Map(plan.objectives.map(({ metric }) => [`objective.${metric}`, metric]))
  for (const { slo } of Object.values(base.trial.streams)) {
    for (const term of slo?.terms ?? [])
      if (term.metric === 'gauge') asked.set(`constraints.gauges.${term.gauge}`, `gauges.${term.gauge}`)
  }
  return [...asked].flatMap(([option, metric]) => {
    const message = whyUnknown(metric, base, own)
    return message === null ? [] : [{ path: `study '${path.join(' > ')}' · ${option}`, message }]
  })
}

function whyUnknown(metric: string, { trial }: CasePlan, sources: MetricSources): string | null {
  const gauge = gaugeOf(metric)?.gauge ?? null
  const name = gauge ?? metric
  if (OF_PRICES.test(name)) {
    const { price = null, shape = null, serverless = null, own = null } = trial.settings.cost ?? {}
    const isPriced = [price, shape, serverless, own].some((way) => way !== null)
    return isPriced ? null : 'nothing says what the target costs: give `cost` a price, or a shape and prices.'
  }
  const { samplers, mayBeMore } = sources
  const kinds = [...new Set(samplers.map(({ kind }) => `'${kind}'`))].join(', ')
  if (metric === 'power' || OF_POWER.test(name)) {
    if (mayBeMore || samplers.some(mayReadPower)) return null
    return `no sampler of this run reads power (${kinds || 'there is none'}): add a meter to \`samplers\`, such as 'rapl'.`
  }
  if (gauge === null || mayBeMore) return null
  if (samplers.length === 0)
    return "there is no sampler that could read it: add one to `samplers`, such as 'host' for memory and CPU."
  if (samplers.some(({ kind, options }) => kind !== 'host' || hasParts(options)) || OF_HOST.test(gauge))
    return null
  return `the sampler 'host' reads host.… and server.… only: add one to \`samplers\` that reads '${gauge}'.`
}

/** A battery tells what it gives; what plugins read is theirs to know. */
function mayReadPower({ kind, options }: SamplerPlan): boolean {
  return kind === 'host' ? options['battery'] === true : kind !== 'prometheus'
}

function hasParts(options: SamplerPlan['options']): boolean {
  return Object.values(options).some((value) => value === true)
}
