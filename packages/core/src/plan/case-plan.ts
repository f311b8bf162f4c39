import { readAgreement } from '../dsl/agreement.ts'
import { readColdStart } from '../dsl/cold-start.ts'
import { readProfile, type ProfilePlan } from '../dsl/profile.ts'
import { isFields, join, readBoolean, readChoice, readCount, readFields, readString } from '../dsl/fields.ts'
import { planSearch, type FindMaxPlan } from '../dsl/find-max.ts'
import { isCpus } from '../dsl/confine.ts'
import { planContainer } from '../dsl/container.ts'
import { closed } from '../dsl/loads/closed.ts'
import { poisson } from '../dsl/loads/poisson.ts'
import type { QualityLimits } from '../dsl/labelled.ts'
import { show, type Problems } from '../dsl/problems.ts'
import type { SamplerPlan } from '../hooks/providers.ts'
import type { SloPlan } from '../slo/slo-plan.ts'
import type { JsonObject } from '../units/json.ts'
import { coldStartLevels, coldStartRepeats, coldStartSettings } from './cold-start-plan.ts'
import type { FunctionOwner } from './function-references.ts'
import { caseId } from './identity.ts'
import { isOverride, layerSettings, type PlanDefaults } from './layers.ts'
import { findOption, type OptionLevel } from './option-level.ts'
import { reviewSlo } from './review-slo.ts'
import { reviewTrial } from './review.ts'
import { streamsAt, whyNotVaried } from './search/load-at.ts'
import { reviewSearch } from './search/review-search.ts'
import { planStreams } from './scenario-streams.ts'
import { rejectUnknown } from './settings.ts'
import { readSpec } from './stream-plan.ts'
import type { QualityPlan } from './study/quality-plan.ts'
import type { ServerPlan, StreamPlan, TrialPlan } from './trial-plan.ts'
import { readVersus } from './versus.ts'

/** What a study knows of a configuration besides its trial. */
export interface ConfigurationPlan {
  /** What its answers are worth: a number that its author knows, or how to find out. */
  readonly quality: number | QualityPlan | null
  readonly qualityLimits: QualityLimits | null
  /** It has a load of its own. */
  readonly ownLoad: boolean
  /** Limits of all streams together. */
  readonly overall?: SloPlan
}

/** A case that can be run: everything about its trials but their number, their seed and their order. */
export interface CasePlan {
  readonly trial: Omit<TrialPlan, 'id' | 'repeat' | 'seed'>
  /** Of a search: measurements that confirm its answer. */
  readonly repeats: number
  /** The case's load is to be found: its trials are probes. */
  readonly search?: FindMaxPlan
  /** One trial more shows where its server's time goes. */
  readonly profile?: ProfilePlan
  /** Of a configuration of a study. */
  readonly study?: ConfigurationPlan
  /** Why the case is left out; `null` when it runs. */
  readonly skip: string | null
}

export interface CaseSource {
  readonly owner: FunctionOwner
  readonly tags: readonly string[]
  /** Outermost first. */
  readonly levels: readonly OptionLevel[]
  readonly defaults: PlanDefaults
  /** The highest load at which a study measures it; what it promises is looked at with that load. */
  readonly loads?: { readonly vary: 'rate' | 'concurrency'; readonly highest: number }
}

/** Options of a scenario that are no settings. */
export const SCENARIO_OPTIONS: readonly string[] = [
  'matrix',
  'exclude',
  'versus',
  'setup',
  'server',
  'target',
  'static',
  'input',
  'load',
  'search',
  'coldStart',
  'agreement',
  'profile',
  'streams',
  'solo',
  'exchange',
  'check',
  'expect',
  'slo',
  'samplers',
  'repeats',
  'tags',
  'only',
  'skip',
]
/** Those that a `describe` may give as well. */
export const DESCRIBE_OPTIONS: readonly string[] = SCENARIO_OPTIONS.filter(
  (option) => !['matrix', 'exclude', 'versus', 'setup', 'streams', 'solo'].includes(option),
)

/** Makes a plan of one case from its options, or tells all that is wrong with them. */
export function planCase(problems: Problems, source: CaseSource): CasePlan | undefined {
  const { levels, owner, defaults } = source
  const before = problems.errors.length
  for (const [index, level] of levels.entries()) {
    rejectUnknown(problems, level.options, index === levels.length - 1 ? SCENARIO_OPTIONS : DESCRIBE_OPTIONS)
  }
  const skip = readSkip(problems, findOption(levels, 'skip')?.value)
  const repeats = readRepeats(problems, levels, defaults)
  const server = readServer(problems, findOption(levels, 'server')?.value)
  const samplers = readSamplers(problems, findOption(levels, 'samplers')?.value)
  const own = levels.at(-1)?.options ?? {}
  const versus = readVersus(problems, own['versus'], owner.case, own['matrix'])
  const agreement = readAgreement(problems, findOption(levels, 'agreement')?.value, owner.case)
  const coldStart = readColdStart(problems, findOption(levels, 'coldStart')?.value)
  const search = coldStart === null ? readSearch(problems, findOption(levels, 'search')?.value) : undefined
  const profile = readProfile(problems, findOption(levels, 'profile')?.value)
  if (profile !== null && (coldStart !== null || search !== undefined))
    problems.error('profile', `cannot be combined with \`${search === undefined ? 'coldStart' : 'search'}\`.`)
  const planned = planStreams(
    problems,
    owner,
    coldStart !== null
      ? coldStartLevels(problems, levels, coldStart, server)
      : search === undefined
        ? levels
        : withDefaultLoad(levels, search),
  )
  const { settings: layered, origins } = layerSettings(problems, defaults, levels, planned?.loads ?? [])
  const settings = coldStart === null ? layered : coldStartSettings(layered)
  if (planned !== undefined) {
    if (search === undefined) {
      const { loads } = source
      const varied = loads !== undefined && whyNotVaried(planned.streams, loads.vary) === null
      const streams = varied ? streamsAt(planned.streams, loads.vary, loads.highest) : planned.streams
      reviewTrial(problems, settings, streams)
      reviewSlo(problems, settings, streams)
    } else reviewSearch(problems, search, settings, planned.streams)
  }
  if (agreement !== undefined && planned !== undefined)
    reviewAsked(problems, 'agreement', planned.streams, coldStart !== null)
  if (server?.replicas !== undefined) {
    const chains = Object.values(planned?.streams ?? {}).some(({ target }) => target.kind === 'pipeline')
    if (chains) problems.error('server', 'a pipeline cannot be asked at replicas; start one process.')
  }
  if (problems.errors.length > before || planned === undefined || repeats === undefined) return undefined
  const key = { file: owner.file, path: owner.path, case: owner.case, role: 'measurement' } as const
  return {
    trial: {
      caseId: caseId(key),
      ...key,
      tags: source.tags,
      settings,
      origins,
      server: server ?? null,
      ...(coldStart === null ? {} : { coldStart }),
      streams: search === undefined ? planned.streams : streamsAt(planned.streams, search.vary, search.from),
      ...(samplers.length === 0 ? {} : { samplers }),
      ...(versus === undefined ? {} : { versus }),
      ...(agreement === undefined ? {} : { agreement }),
      digest: owner.digest,
      ...(owner.setup === undefined ? {} : { setup: owner.setup }),
    },
    repeats:
      coldStart === null
        ? repeats
        : coldStartRepeats(levels, repeats, defaults.origins['repeats'] !== undefined),
    ...(search === undefined ? {} : { search }),
    ...(profile === null ? {} : { profile }),
    skip,
  }
}

/** What is looked at are whole answers to single requests. */
export function reviewAsked(
  problems: Problems,
  option: 'agreement' | 'quality',
  streams: Readonly<Record<string, StreamPlan>>,
  isColdStart = false,
): void {
  const [only, ...others] = Object.values(streams)
  if (only === undefined) return
  if (isColdStart) problems.error(option, 'asks the server first, which a cold start must not.')
  else if (others.length > 0) problems.error(option, 'needs one target, not several streams.')
  else if (only.target.kind === 'pipeline')
    problems.error(option, 'looks at the answers of one target, not at those of a pipeline.')
  else if (only.exchange.kind !== 'request')
    problems.error(option, 'looks at answers to single requests; leave `exchange` out.')
}

function readSearch(problems: Problems, value: unknown): FindMaxPlan | undefined {
  return value === undefined ? undefined : planSearch(problems, 'search', value)
}

/** A search knows how much load there is; a scenario that does not say of which kind gets Poisson arrivals, or users. */
function withDefaultLoad(
  levels: readonly OptionLevel[],
  { vary, from }: FindMaxPlan,
): readonly OptionLevel[] {
  if (findOption(levels, 'load') !== undefined || findOption(levels, 'streams') !== undefined) return levels
  const load = vary === 'rate' ? poisson({ rate: from }) : closed({ concurrency: from })
  return [{ origin: 'search', options: { load } }, ...levels]
}

/**
 * The cases that one case of a bench file stands for: itself, and with `solo` each of its streams alone, with the
 * arrivals that it has in the mix. Their names have `solo=<stream>` at the end.
 */
export function planCaseAndSolos(problems: Problems, source: CaseSource): readonly CasePlan[] {
  const plan = planCase(problems, source)
  const value = source.levels.at(-1)?.options['solo']
  const solo = value === undefined ? false : readBoolean(problems, 'solo', value)
  if (solo !== true) return plan === undefined || solo === undefined ? [] : [plan]
  if ('solo' in source.owner.case)
    problems.error('solo', 'names cases solo=<stream>; give the axis of that name another one.')
  else if (plan !== undefined && Object.keys(plan.trial.streams).length < 2)
    problems.error('solo', 'a scenario with a single stream has nothing to run alone.')
  else if (plan !== undefined) return [plan, ...soloCases(plan)]
  return []
}

function soloCases(mixed: CasePlan): readonly CasePlan[] {
  const { trial } = mixed
  return Object.entries(trial.streams).map(([name, stream]) => {
    const values = { ...trial.case, solo: name }
    const { file, path, role } = trial
    return {
      ...mixed,
      trial: {
        ...trial,
        caseId: caseId({ file, path, case: values, role }),
        case: values,
        streams: { [name]: stream },
      },
    }
  })
}

function readSkip(problems: Problems, value: unknown): string | null {
  if (value === undefined || value === false) return null
  if (value === true) return 'skip is set'
  return readString(problems, 'skip', value) ?? null
}

function readRepeats(
  problems: Problems,
  levels: readonly OptionLevel[],
  defaults: PlanDefaults,
): number | undefined {
  const found = findOption(levels, 'repeats')
  if (found === undefined || isOverride(defaults.origins['repeats'])) return defaults.repeats
  return readCount(problems, 'repeats', found.value, { max: 10_000 })
}

function readServer(problems: Problems, value: unknown): ServerPlan | undefined {
  if (value === undefined) return undefined
  const spec = readSpec(problems, 'server', value, 'a server such as onnxServer({ models })', [
    'launch',
    'state',
  ])
  const replicas = readReplicas(problems, isFields(value) ? value['replicas'] : undefined)
  const limits = readLimits(problems, isFields(value) ? value['limits'] : undefined)
  const container = isFields(value)
    ? planContainer(value['container'], 'server.container', problems.errors)
    : undefined
  return (
    spec && {
      kind: spec.kind,
      package: spec.package,
      launch: spec['launch'] as JsonObject,
      state: spec['state'] as JsonObject,
      ...(replicas === undefined ? {} : { replicas }),
      ...(limits === undefined ? {} : { limits }),
      ...(container === undefined ? {} : { container }),
    }
  )
}

const MOST_REPLICAS = 64

function readReplicas(problems: Problems, value: unknown): ServerPlan['replicas'] {
  if (value === undefined) return undefined
  const fields = readFields(problems, 'server.replicas', value, ['count', 'policy'])
  if (fields === undefined) return undefined
  const count = readCount(problems, 'server.replicas.count', fields['count'], { max: MOST_REPLICAS })
  const policy = readChoice(problems, 'server.replicas.policy', fields['policy'], [
    'roundRobin',
    'leastInFlight',
  ])
  return count === undefined || policy === undefined ? undefined : { count, policy }
}

function readLimits(problems: Problems, value: unknown): ServerPlan['limits'] {
  if (value === undefined) return undefined
  const fields = readFields(problems, 'server.limits', value, ['cpus', 'memory'])
  if (fields === undefined) return undefined
  const { cpus, memory } = fields
  const before = problems.errors.length
  if (cpus !== null && !isCpus(cpus))
    problems.error(
      'server.limits.cpus',
      `expected CPUs such as '0-3' or '0,2', or how many, not ${show(cpus)}.`,
    )
  const bytes = memory === null ? null : readCount(problems, 'server.limits.memory', memory)
  if (problems.errors.length > before || bytes === undefined) return undefined
  return { cpus: cpus as string | number | null, memory: bytes }
}

function readSamplers(problems: Problems, value: unknown): readonly SamplerPlan[] {
  if (value === undefined) return []
  if (!Array.isArray(value)) {
    problems.error('samplers', `expected a list of samplers, not ${show(value)}.`)
    return []
  }
  return value.flatMap((item, index) => {
    const spec = readSpec(problems, join('samplers', index), item, 'a sampler', ['options'])
    return spec === undefined
      ? []
      : [{ kind: spec.kind, package: spec.package, options: spec['options'] as JsonObject }]
  })
}
