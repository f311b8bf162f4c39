import { readBoolean, readStrings } from '../dsl/fields.ts'
import { Problems, show } from '../dsl/problems.ts'
import type { ScenarioChain } from '../dsl/tree.ts'
import { formatProblem, type Problem } from '../errors/validation-error.ts'
import { planCaseAndSolos, type CasePlan } from '../plan/case-plan.ts'
import { planStudy, type StudyPlan } from '../dsl/study-plan.ts'
import { expandMatrix, type CaseValues } from '../plan/expand.ts'
import { expandSpace } from '../plan/study/expand-space.ts'
import type { Coordinate } from '../plan/study/space.ts'
import { planStudyCase } from '../plan/study/study-case.ts'
import { nameFilter, tagFilter, type CaseFilter } from '../plan/filter.ts'
import { isOverride, type PlanDefaults } from '../plan/layers.ts'
import { caseName, fullName } from '../report/case-name.ts'
import type { JsonValue } from '../units/json.ts'
import { optionsProblem, thrownProblem, type CollectProblem } from './collect-problem.ts'
import { reportError } from './error-report.ts'
import { CaseFunctionError, evaluateLevels } from './evaluate.ts'

/** What a collection needs to know besides its files; plain data. */
export interface CollectRequest {
  readonly root: string
  readonly defaults: PlanDefaults
  readonly filter: CaseFilter
}

/** A scenario of a bench file, as plain data. */
export interface CollectedScenario {
  /** Relative to the root, with `/`. */
  readonly file: string
  /** Names from the outermost `describe` to the scenario. */
  readonly path: readonly string[]
  readonly line: number | null
  /** SHA-256 of the bench file's text, hexadecimal. */
  readonly digest: string
  readonly tags: readonly string[]
  readonly only: boolean
  /** Its cases, after filters; empty when the scenario has a `setup`. */
  readonly cases: readonly CasePlan[]
  /** A scenario with a `setup`: its cases are planned when that has run. */
  readonly deferred: DeferredCases | null
  /** A study: its cases are the configurations of its space, in the order of {@link CollectedStudy.points}. */
  readonly study?: CollectedStudy
}

export interface CollectedStudy {
  readonly plan: StudyPlan
  /** Of each configuration: which value of each axis it has. */
  readonly points: readonly Coordinate[]
}

export interface DeferredCases {
  readonly cases: readonly CaseValues[]
  /** Trials of each case, where that is known already. */
  readonly repeats: number
  /** Why the scenario is left out, with its `setup`; `null` when it runs. */
  readonly skip: string | null
}

/** A scenario inside its file. */
export interface ScenarioSource {
  /** Absolute path of the bench file. */
  readonly path: string
  /** Relative to the root, with `/`. */
  readonly file: string
  readonly digest: string
  readonly chain: ScenarioChain
  readonly request: CollectRequest
}

export interface ScenarioCollection {
  /** `undefined`: filters leave nothing of it. */
  readonly scenario: CollectedScenario | undefined
  readonly problems: readonly CollectProblem[]
  readonly warnings: readonly string[]
  /** Names of its axes. */
  readonly axes: readonly string[]
  /** Cases that filters left out. */
  readonly filtered: number
}

/** Plans the cases of one scenario, or the configurations of a study, except when they wait for its `setup`. */
export function collectScenario(source: ScenarioSource): ScenarioCollection {
  const { chain, request } = source
  const own = chain.scenario.options
  const problems = new Problems()
  const tags = readTags(problems, chain)
  const only = [...chain.suites, chain.scenario]
    .map((level) => readOnly(problems, level.options['only']))
    .includes(true)
  const chosen = new Map(Object.entries(request.filter.set ?? {}))
  const space = chain.scenario.study ? expandSpace(problems, own, chosen) : undefined
  const all =
    space?.cases ??
    (chain.scenario.study ? [] : expandMatrix(problems, own['matrix'], own['exclude'], chosen))
  const cases =
    space === undefined
      ? selectCases(all, chain, tags, request.filter)
      : selectStudy(space.cases, chain, tags, request.filter)
  const written = own[chain.scenario.study ? 'space' : 'matrix']
  const axes =
    space?.plan.axes.map(({ name }) => name) ??
    (typeof written === 'object' && written !== null ? Object.keys(written) : [])
  const setup = own['setup'] !== undefined
  if (setup && typeof own['setup'] !== 'function')
    problems.error('setup', `expected a function, not ${show(own['setup'])}.`)
  const planned = setup ? NOTHING : planCases(source, cases, tags)
  const errors = [...problems.errors, ...planned.errors]
  const { file, digest } = source
  const { path } = chain
  const scenario: CollectedScenario = {
    file,
    path,
    line: chain.scenario.place?.line ?? null,
    digest,
    tags,
    only,
    cases: planned.plans,
    deferred: setup
      ? { cases, repeats: staticRepeats(chain, request.defaults), skip: staticSkip(chain) }
      : null,
    ...(space === undefined ? {} : { study: { plan: space.plan, points: space.points } }),
  }
  return {
    scenario: cases.length === 0 ? undefined : scenario,
    problems: [
      ...planned.thrown,
      ...(errors.length === 0 ? [] : [optionsProblem(request.root, source.path, chain, errors)]),
    ],
    warnings: planned.warnings.map(
      (warning) =>
        `${chain.scenario.study ? 'study' : 'scenario'} '${path.join(' > ')}' · ${formatProblem(warning).trim()}`,
    ),
    axes,
    filtered: all.length - cases.length,
  }
}

export interface PlannedCases {
  readonly plans: readonly CasePlan[]
  /** What is wrong with the options; equal problems of several cases are one. */
  readonly errors: readonly Problem[]
  readonly warnings: readonly Problem[]
  /** What functions of the case threw. */
  readonly thrown: readonly CollectProblem[]
}
const NOTHING: PlannedCases = { plans: [], errors: [], warnings: [], thrown: [] }

/** Calls the functions of each case and makes a plan of what they return. */
export function planCases(
  source: ScenarioSource,
  cases: readonly CaseValues[],
  tags: readonly string[],
  setup?: JsonValue,
): PlannedCases {
  const { chain, file, digest, request } = source
  const plans: CasePlan[] = []
  const thrown = new Map<string, CollectProblem>()
  const errors: CaseProblem[] = []
  const warnings: CaseProblem[] = []
  const study = chain.scenario.study ? planStudy(new Problems(), chain.scenario.options) : undefined
  for (const at of cases) {
    const problems = new Problems()
    const name = caseName(at)
    try {
      const levels = evaluateLevels(problems, chain, at, setup)
      const owner = { file, digest, path: chain.path, case: at, ...(setup === undefined ? {} : { setup }) }
      const one = { owner, tags, levels, defaults: request.defaults }
      if (study === undefined) plans.push(...planCaseAndSolos(problems, one))
      else plans.push(...[planStudyCase(problems, one, study)].filter((plan) => plan !== undefined))
    } catch (error) {
      if (!(error instanceof CaseFunctionError)) throw error
      const what = `The function of the case in '${error.option}' of ${chain.scenario.study ? 'study' : 'scenario'} '${fullName({ path: chain.path, case: at })}'`
      const problem = thrownProblem(request.root, source.path, reportError(error.cause), {
        scenario: chain.path,
        what,
      })
      const key = `${error.option} ${problem.line}`
      if (!thrown.has(key)) thrown.set(key, problem)
    }
    errors.push(...problems.errors.map((problem) => ({ problem, name })))
    warnings.push(...problems.warnings.map((problem) => ({ problem, name })))
  }
  return {
    plans,
    errors: joinCases(errors, cases.length),
    warnings: joinCases(warnings, cases.length),
    thrown: [...thrown.values()],
  }
}

interface CaseProblem {
  readonly problem: Problem
  readonly name: string
}

/** Equal problems as one, with the cases they concern unless these are all. */
function joinCases(found: readonly CaseProblem[], total: number): readonly Problem[] {
  const groups = Map.groupBy(found, ({ problem }) => `${problem.path}\n${problem.message}`)
  return [...groups.values()].map((group) => {
    const [{ problem, name }] = group as [CaseProblem]
    if (group.length === total) return problem
    const where = group.length === 1 ? name : `${name} and ${group.length - 1} more`
    return { ...problem, path: `${problem.path} (${where})` }
  })
}

/** Tags of the scenario and of all that is around it. */
export function readTags(problems: Problems, chain: ScenarioChain): readonly string[] {
  const tags = [...chain.suites, chain.scenario].flatMap((level) =>
    level.options['tags'] === undefined ? [] : (readStrings(problems, 'tags', level.options['tags']) ?? []),
  )
  return [...new Set(tags)]
}

function readOnly(problems: Problems, value: unknown): boolean {
  return value === undefined ? false : (readBoolean(problems, 'only', value) ?? false)
}

export function selectCases(
  cases: readonly CaseValues[],
  chain: ScenarioChain,
  tags: readonly string[],
  filter: CaseFilter,
): readonly CaseValues[] {
  if (!tagFilter(filter.tags)(tags)) return []
  const matches = nameFilter(filter.name)
  return cases.filter((at) => matches(fullName({ path: chain.path, case: at })))
}

/** Filters choose whole studies: a space with holes is another space. */
function selectStudy(
  points: readonly CaseValues[],
  { path }: ScenarioChain,
  tags: readonly string[],
  filter: CaseFilter,
): readonly CaseValues[] {
  return tagFilter(filter.tags)(tags) && nameFilter(filter.name)(path.join(' > ')) ? points : []
}

function staticRepeats(chain: ScenarioChain, defaults: PlanDefaults): number {
  const value = innermost(chain, 'repeats')
  return typeof value === 'number' && !isOverride(defaults.origins['repeats']) ? value : defaults.repeats
}

function staticSkip(chain: ScenarioChain): string | null {
  const value = innermost(chain, 'skip')
  if (value === true) return 'skip is set'
  return typeof value === 'string' ? value : null
}

function innermost(chain: ScenarioChain, option: string): unknown {
  return [chain.scenario, ...chain.suites.toReversed()]
    .map((level) => level.options[option])
    .find((value) => value !== undefined)
}
