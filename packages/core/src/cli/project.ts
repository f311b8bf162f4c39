import { randomBytes } from 'node:crypto'
import { dirname, resolve } from 'node:path'
import { createCollector, type Collector, type CollectResult } from '../collector/collector.ts'
import type { TargetPlan } from '../plan/trial-plan.ts'
import type { CollectProblem } from '../collector/collect-problem.ts'
import type { CollectedScenario, CollectRequest } from '../collector/collect-scenario.ts'
import { findBenchFiles } from '../collector/find-bench-files.ts'
import { importUserModule } from '../collector/import-module.ts'
import { deferScenario } from '../collector/scenario-host.ts'
import { resolveConfig, type ConfigArgument } from '../config/resolve-config.ts'
import type { ResolvedConfig } from '../config/resolved-config.ts'
import { ServebenchError } from '../errors/servebench-error.ts'
import { formatProblem } from '../errors/validation-error.ts'
import type { Log } from '../hooks/plugin.ts'
import type { CasePlan } from '../plan/case-plan.ts'
import type { CaseFilter } from '../plan/filter.ts'
import { MatrixPlanner, type DeferredScenario } from '../plan/matrix-planner.ts'
import { leaveOutSkipped } from '../plan/study/skipped-configurations.ts'
import type { PlannedStudy } from '../plan/study/study-planner.ts'
import { PluginHost } from '../runner/plugin-host.ts'
import { loadSamplers } from '../runner/sampler-setup.ts'
import { REPORTERS } from '../builtin/reporters/reporters.ts'
import type { JsonObject } from '../units/json.ts'
import { suggest } from '../units/suggest.ts'
import { BUILTINS } from './builtins.ts'

export interface ProjectRequest {
  /** The working directory. */
  readonly directory: string
  readonly root?: string | undefined
  readonly config?: string | false | undefined
  readonly arguments: readonly ConfigArgument[]
  /** Files or parts of their paths. */
  readonly files: readonly string[]
  /** These files and no others, wherever they are: the folder of results is known when this is called. */
  readonly exactly?: (workspace: Workspace) => readonly string[] | Promise<readonly string[]>
  readonly filter: CaseFilter
  readonly log: Log
  /** Aborts a `setup` that is running. */
  readonly stop?: AbortSignal
  /** `false`: the plugins that the plans name are not needed. */
  readonly plugins?: boolean
  /** Which kind is run; of studies a note says that they are left out. Scenarios, unless it says otherwise. */
  readonly kind?: 'scenarios' | 'studies' | 'all'
}

/** The configuration and the plugins of a command. */
export interface Workspace {
  readonly config: ResolvedConfig
  readonly plugins: PluginHost
}

/** Reads the configuration and applies the plugins that it names. */
export async function openWorkspace(
  request: Omit<ProjectRequest, 'files' | 'filter' | 'plugins'>,
): Promise<Workspace> {
  const { log } = request
  const { config: resolved, warnings } = await resolveConfig({
    directory: request.directory,
    root: request.root,
    file: request.config,
    environment: process.env,
    arguments: request.arguments,
    importModule: (file) => importUserModule(file),
  })
  for (const warning of warnings) log.warn(formatProblem(warning).trim())
  const plugins = new PluginHost(resolved.root, log, BUILTINS)
  for (const entry of resolved.plugins) {
    const [name, options] = typeof entry === 'string' ? [entry, {}] : entry
    if (!(await plugins.loadBuiltin(name, options))) await plugins.load(name, options)
  }
  await plugins.loadBuiltin('streams')
  const config = await plugins.hooks.resolveConfig.promise(resolved)
  plugins.config = config
  await loadSamplers(config, plugins)
  return { config, plugins }
}

/** Applies the plugins of the reporters; the configured ones, unless the command says otherwise. */
export async function loadReporters(workspace: Workspace): Promise<void> {
  await loadForeignReporters(workspace)
  for (const [name, options] of reportersOf(workspace)) await workspace.plugins.loadBuiltin(name, options)
}

/**
 * Applies those reporters that are not built in: a name that is wrong must not come to light when all is measured.
 * @throws {ServebenchError} `SERVEBENCH_PLUGIN_NOT_FOUND` and others of the plugin host
 */
export async function loadForeignReporters(workspace: Workspace): Promise<void> {
  for (const [name, options] of reportersOf(workspace)) {
    if (Object.hasOwn(REPORTERS, name)) continue
    try {
      await workspace.plugins.load(PUBLISHED_REPORTERS[name] ?? name, options)
    } catch (error) {
      const meant = suggest(name, [...Object.keys(REPORTERS), ...Object.keys(PUBLISHED_REPORTERS)])
      if (meant === undefined || meant === name) throw error
      throw new ServebenchError('SERVEBENCH_REPORTER', `There is no reporter '${name}'.`, {
        advice: `Did you mean '${meant}'?`,
        cause: error,
      })
    }
  }
}

/** Reporters with a short name and a package of their own: what npm has under the short name is something else. */
const PUBLISHED_REPORTERS: Readonly<Record<string, string>> = {
  html: '@servebench/reporter-html',
  plots: '@servebench/reporter-html/plots',
}

function reportersOf({ config }: Workspace): (readonly [name: string, options: JsonObject])[] {
  return config.reporters.map((entry) => (typeof entry === 'string' ? [entry, {}] : entry))
}

/** Bench files, collected and planned. */
export interface Project extends Workspace {
  readonly files: readonly string[]
  readonly collection: CollectResult
  readonly cases: readonly CasePlan[]
  readonly deferred: readonly DeferredScenario[]
  /** Empty unless studies are what is run. */
  readonly studies: readonly PlannedStudy[]
  readonly seed: string
}

/**
 * Collects the bench files that a command is about.
 * @throws {ServebenchError} `SERVEBENCH_NO_FILES`, `SERVEBENCH_NO_CASES`, `SERVEBENCH_BENCH_FILE` with all problems
 */
export async function openProject(request: ProjectRequest): Promise<Project> {
  // The thread starts while the configuration is read.
  await using collector = createCollector()
  const workspace = await openWorkspace(request)
  const files = (await request.exactly?.(workspace)) ?? (await searchFiles(workspace.config, request))
  const collection = await collectFiles(workspace.config, collector, files, request)
  const project = planProject(workspace, files, collection, request)
  if (request.plugins !== false) await loadProjectPlugins(project)
  return project
}

/** Applies the plugins that the plans of a project name; see {@link loadPlannedPlugins}. */
export async function loadProjectPlugins(project: Project): Promise<void> {
  await loadPlannedPlugins(project, project.cases)
  for (const { cases } of project.studies) if (!('open' in cases)) await loadPlannedPlugins(project, cases)
}

/** @throws {ServebenchError} `SERVEBENCH_NO_FILES` */
export async function searchFiles(
  config: ResolvedConfig,
  request: Pick<ProjectRequest, 'files' | 'directory'>,
): Promise<readonly string[]> {
  const files = await findBenchFiles({
    root: config.root,
    include: config.include,
    exclude: config.exclude,
    filters: request.files,
    directory: request.directory,
  })
  if (files.length === 0) throw noFiles(config, request.files)
  return files
}

/** What the bench files hold, also when some have problems. */
export async function collectFiles(
  config: ResolvedConfig,
  collector: Collector,
  files: readonly string[],
  request: Pick<ProjectRequest, 'filter' | 'log'>,
): Promise<CollectResult> {
  const collection = await collector.collect(files, {
    ...collectRequest(config, request.filter),
    timeout: config.collectTimeout,
  })
  for (const note of collection.notes)
    request.log.info(note.file === null ? note.message : `${note.file}: ${note.message}`)
  return collection
}

/** @throws {ServebenchError} `SERVEBENCH_NO_CASES`, `SERVEBENCH_BENCH_FILE` with all problems */
export function planProject(
  workspace: Workspace,
  files: readonly string[],
  collection: CollectResult,
  request: Pick<ProjectRequest, 'filter' | 'log' | 'stop' | 'kind'>,
): Project {
  const { config } = workspace
  if (collection.problems.length > 0) throw new BenchFilesError(collection.problems)
  const { kind = 'scenarios' } = request
  const [studied, scenarios] = partition(collection.scenarios, ({ study }) => study !== undefined)
  const defer = (scenario: CollectedScenario): DeferredScenario =>
    deferScenario(scenario, {
      ...collectRequest(config, request.filter),
      warn: (message) => request.log.warn(message),
      ...(request.stop === undefined ? {} : { signal: request.stop }),
    })
  const studies =
    kind !== 'scenarios' ? studied.flatMap((scenario) => planStudies(scenario, defer, request.log)) : []
  const run = kind === 'studies' ? [] : scenarios
  const cases = run.flatMap((scenario) => scenario.cases)
  const deferred = run.filter((scenario) => scenario.deferred !== null).map(defer)
  if (cases.length === 0 && deferred.length === 0 && studies.length === 0)
    throw kind === 'studies' ? noStudies(collection, scenarios) : noCases(collection, studied)
  if (kind === 'scenarios') noteStudies(studied, request.log)
  return {
    ...workspace,
    files,
    collection,
    cases,
    deferred,
    studies,
    seed: config.seed ?? randomBytes(6).toString('hex'),
  }
}

function partition<T>(items: readonly T[], test: (item: T) => boolean): readonly [yes: T[], no: T[]] {
  return [items.filter(test), items.filter((item) => !test(item))]
}

function planStudies(
  scenario: CollectedScenario,
  defer: (scenario: CollectedScenario) => DeferredScenario,
  log: Log,
): readonly PlannedStudy[] {
  const { file, path, study, deferred, cases } = scenario
  if (study === undefined) return []
  const planned = { file, path, ...study }
  if (deferred?.skip === null) return [{ ...planned, cases: defer(scenario) }]
  const left = deferred === null ? leaveOutSkipped({ ...planned, cases }) : null
  if (left !== null) return [left]
  log.info(`The study '${path.join(' > ')}' is skipped: ${deferred?.skip ?? cases[0]?.skip}.`)
  return []
}

function noteStudies(studies: readonly CollectedScenario[], log: Log): void {
  const [first] = studies
  if (first === undefined) return
  const names = studies.map(({ path }) => `'${path.join(' > ')}'`).join(', ')
  log.info(
    `${studies.length === 1 ? 'A study is' : `${studies.length} studies are`} left out (${names}): \`servebench tune ${first.file}\` runs ${studies.length === 1 ? 'it' : 'them'}.`,
  )
}

function collectRequest(config: ResolvedConfig, filter: CaseFilter): CollectRequest {
  return {
    root: config.root,
    defaults: { settings: config.settings, origins: config.origins, repeats: config.repeats },
    filter,
  }
}

/**
 * Applies the plugins that plans name: before anything is planned further, so that they can take part in it, and before
 * anything runs, so that a missing one does not end a long run halfway.
 * @throws {ServebenchError} of the first that is missing or does not fit
 */
export async function loadPlannedPlugins(
  { plugins, config }: Workspace,
  cases: readonly CasePlan[],
): Promise<void> {
  for (const { skip, trial, study } of cases) {
    if (skip !== null) continue
    const { file, server, streams, samplers = [] } = trial
    const from = dirname(resolve(config.root, file))
    const specs = [
      ...(server === null ? [] : [server]),
      ...samplers,
      ...Object.values(streams).flatMap(({ target, input }) =>
        input.from === 'provider' ? [target, input] : [target],
      ),
      ...labelledInput(study?.quality ?? null),
    ]
    for (const { kind, package: name } of specs) await plugins.loadProvider(kind, name, from)
  }
}

function labelledInput(quality: NonNullable<CasePlan['study']>['quality']): readonly Spec[] {
  const input = quality === null || typeof quality === 'number' ? null : quality.input
  return input?.from === 'provider' ? [input] : []
}

type Spec = Pick<TargetPlan, 'kind' | 'package'>

export function createPlanner(
  project: Project,
  onFailure: (scenario: DeferredScenario, error: unknown) => void,
): MatrixPlanner {
  return new MatrixPlanner(project.cases, project.deferred, {
    seed: project.seed,
    order: project.config.order,
    interleave: project.config.interleave,
    onFailure,
  })
}

/** Where artifacts are kept between runs: beside other tools' caches where there is a `node_modules`. */
export function cacheFolder(root: string): string {
  return resolve(root, 'node_modules', '.cache', 'servebench')
}

/** All problems of all bench files. */
export class BenchFilesError extends ServebenchError {
  override readonly name = 'BenchFilesError'
  readonly problems: readonly CollectProblem[]

  constructor(problems: readonly CollectProblem[]) {
    const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`
    super('SERVEBENCH_BENCH_FILE', `The bench files have ${count}.`, {
      advice: 'Nothing was run. Mend what is listed and run again.',
    })
    this.problems = problems
  }
}

function noFiles(config: ResolvedConfig, filters: readonly string[]): ServebenchError {
  return filters.length > 0
    ? new ServebenchError(
        'SERVEBENCH_NO_FILES',
        `No bench file matches ${filters.map((filter) => `'${filter}'`).join(', ')}.`,
        {
          advice: 'Give a path, or a part of one; `servebench list` shows what there is.',
        },
      )
    : new ServebenchError('SERVEBENCH_NO_FILES', `There is no bench file in ${config.root}.`, {
        advice: `Bench files are found by ${config.include.map((glob) => `'${glob}'`).join(', ')}; \`servebench init\` writes a first one.`,
      })
}

function noStudies(collection: CollectResult, scenarios: readonly CollectedScenario[]): ServebenchError {
  if (collection.filtered > 0 && scenarios.length === 0)
    return new ServebenchError('SERVEBENCH_NO_STUDIES', 'The filters leave no study.', {
      advice: '`servebench list` shows names and tags.',
    })
  return new ServebenchError('SERVEBENCH_NO_STUDIES', 'The bench files hold no study that can be run.', {
    advice:
      scenarios.length > 0
        ? 'Scenarios are run by `servebench run`; write `study(name, { space, target, loads })` to look for the best configuration.'
        : 'Write `study(name, { space, target, loads })` in a file that imports servebench.',
  })
}

function noCases(collection: CollectResult, studies: readonly CollectedScenario[]): ServebenchError {
  if (studies.length > 0)
    return new ServebenchError('SERVEBENCH_NO_CASES', 'The bench files hold studies, but no scenario.', {
      advice: '`servebench tune` runs studies.',
    })
  return collection.filtered > 0
    ? new ServebenchError(
        'SERVEBENCH_NO_CASES',
        `The filters leave none of the ${collection.filtered} cases.`,
        {
          advice: '`servebench list` shows their names and tags.',
        },
      )
    : new ServebenchError('SERVEBENCH_NO_CASES', 'The bench files hold no scenario that can be run.', {
        advice: 'Write `scenario(name, { target, load })` in a file that imports servebench.',
      })
}
