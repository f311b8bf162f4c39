import { isFields } from '../../dsl/fields.ts'
import { closed } from '../../dsl/loads/closed.ts'
import { poisson } from '../../dsl/loads/poisson.ts'
import { Problems } from '../../dsl/problems.ts'
import { reviewModels } from '../../dsl/study-models.ts'
import { STUDY_OPTIONS, type StudyPlan } from '../../dsl/study-plan.ts'
import { readSlo } from '../../slo/parse-slo.ts'
import type { SloPlan } from '../../slo/slo-plan.ts'
import { planCase, reviewAsked, type CasePlan, type CaseSource } from '../case-plan.ts'
import { findOption } from '../option-level.ts'
import { whyNotVaried } from '../search/load-at.ts'
import { isError, readQuality, readQualityLimits } from './quality-plan.ts'
import { limitsOf, haveLoads, streamsAtAxes, streamsOfModels } from './study-models.ts'

/** Options of a scenario that a study has none of, with what to use instead. */
const NOT_IN_STUDIES: Readonly<Record<string, string>> = {
  matrix: 'write the axes into `space`.',
  exclude: 'write `where`.',
  slo: 'write `constraints`, `latencyBudget` or `minThroughput`.',
  repeats: 'write `confirm: { rounds }`.',
  versus: 'a study compares its best configurations by itself.',
  coldStart: 'write a scenario for it.',
  profile: 'write a scenario for it.',
  agreement: 'write a scenario for it.',
  solo: 'write a scenario for it.',
}

/** Makes a plan of one configuration from its options. */
export function planStudyCase(
  problems: Problems,
  source: CaseSource,
  study: StudyPlan,
): CasePlan | undefined {
  const own = source.levels.at(-1)
  if (own === undefined) return undefined
  for (const [name, advice] of Object.entries(NOT_IN_STUDIES)) {
    if (own.options[name] !== undefined) problems.error(name, `a study has no \`${name}\`: ${advice}`)
  }
  const options: Record<string, unknown> = Object.fromEntries(
    Object.entries(own.options).filter(
      ([name]) => !STUDY_OPTIONS.includes(name) && !(name in NOT_IN_STUDIES),
    ),
  )
  const { slo, quality: limits } = constraintsOf(problems, own.options)
  const { each, overall } = partLimits(problems, options['streams'], slo, own.options['overall'])
  if (each !== undefined) options['slo'] = each
  const { loads, models } = study
  const shared = findOption([...source.levels.slice(0, -1), { ...own, options }], 'load') !== undefined
  const hasLoad = options['streams'] === undefined ? shared : haveLoads(options['streams'], shared)
  reviewModels(problems, options['streams'], study.models, study.objectives)
  if (options['streams'] !== undefined)
    options['streams'] = streamsOfModels(problems, { ...own.options, ...options }, study)
  const levels = [...source.levels.slice(0, -1), { ...own, options }]
  const highest = loads?.values.at(-1)
  if (!shared && loads !== null && highest !== undefined) {
    const load = loads.vary === 'rate' ? poisson({ rate: highest }) : closed({ concurrency: highest })
    levels.unshift({ origin: 'loads', options: { load } })
  }
  const found = new Problems()
  const plan = planCase(found, {
    ...source,
    levels,
    ...(loads === null || highest === undefined ? {} : { loads: { vary: loads.vary, highest } }),
  })
  const rename = (path: string): string => asWritten(path, own.options)
  for (const { path, message, suggestion } of found.errors) problems.error(rename(path), message, suggestion)
  for (const { path, message } of found.warnings) problems.warn(rename(path), message)
  const quality = readQuality(problems, source.owner, own.options['quality'])
  const qualityLimits = readQualityLimits(problems, limits)
  const aim = study.objectives.find(({ metric }) => metric === 'quality')
  if (own.options['quality'] === undefined && (aim !== undefined || limits !== undefined))
    problems.error(
      aim === undefined ? 'constraints.quality' : 'objective.quality',
      'nothing says what the quality is: give the study a `quality`, a number or labelled({ input, metric }).',
    )
  if (typeof quality === 'object' && isError(quality) && aim?.better === null)
    problems.error(
      'objective.quality',
      "of a mean squared error less is better: say so with { quality: { better: 'lower' } }.",
    )
  if (plan === undefined) return undefined
  const streams =
    models === undefined
      ? plan.trial.streams
      : streamsAtAxes(problems, plan.trial.streams, models, source.owner.case)
  if (typeof quality === 'object') reviewAsked(problems, 'quality', plan.trial.streams)
  if (loads !== null) {
    const why = whyNotVaried(streams, loads.vary)
    if (why !== null) problems.error('loads', why)
    if (loads.vary in plan.trial.case)
      problems.error('loads', `names cases ${loads.vary}=…; give the axis of that name another one.`)
  }
  return {
    ...plan,
    trial: { ...plan.trial, streams },
    study: {
      quality: quality ?? null,
      qualityLimits,
      ownLoad: hasLoad,
      ...(overall === undefined ? {} : { overall }),
    },
  }
}

/** Limits of gauges are of the machine: where several streams are asked, they are judged once. */
function partLimits(
  problems: Problems,
  streams: unknown,
  slo: unknown,
  overall: unknown,
): { readonly each: unknown; readonly overall: SloPlan | undefined } {
  const several = isFields(streams) && Object.keys(streams).length > 1
  const { gauges, ...each } = several && isFields(slo) ? slo : {}
  if (gauges === undefined)
    return {
      each: slo,
      overall: overall === undefined ? undefined : readSlo(overall, 'overall', problems.errors),
    }
  if (isFields(overall) && overall['gauges'] !== undefined)
    problems.error('overall.gauges', '`constraints` has `gauges` already: give one of them.')
  const limits = isFields(overall) ? { ...overall, gauges } : (overall ?? { gauges })
  return { each, overall: readSlo(limits, 'overall', problems.errors) }
}

/** What a study calls a limit that a scenario has in its `slo`. */
function asWritten(
  path: string,
  { latencyBudget, minThroughput }: Readonly<Record<string, unknown>>,
): string {
  if (path === 'slo.p99' && latencyBudget !== undefined) return 'latencyBudget'
  if (path === 'slo.throughput' && minThroughput !== undefined) return 'minThroughput'
  return path.replace(/^slo(?=\.|$)/, 'constraints')
}

/** What trials are judged by, and limits of the quality, which is not of a trial. */
function constraintsOf(
  problems: Problems,
  options: Readonly<Record<string, unknown>>,
): { readonly slo: unknown; readonly quality: unknown } {
  const { constraints: given } = options
  const { quality, ...others } = isFields(given) ? given : {}
  const isAlone = quality !== undefined && Object.keys(others).length === 0
  const constraints = quality === undefined ? given : isAlone ? undefined : others
  return { slo: limitsOf(problems, '', { ...options, constraints }), quality }
}
