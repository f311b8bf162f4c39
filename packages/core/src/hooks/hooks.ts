import { AsyncSeriesBailHook, AsyncSeriesHook, AsyncSeriesWaterfallHook, HookMap, SyncHook } from 'tapable'
import type { ResolvedConfig } from '../config/resolved-config.ts'
import type { DevicePeaks } from '../hardware/peaks.ts'
import type { RunPlan } from '../plan/run-plan.ts'
import type { StudyProgress } from '../plan/study/study-progress.ts'
import type { InputPlan, ServerPlan, TargetPlan } from '../plan/trial-plan.ts'
import type { RunHistory } from '../report/history/read-history.ts'
import type { AnalysisTable, RunResult, Trial, WindowResult } from '../report/result.ts'
import type { ArtifactSpec, BuiltArtifact } from './artifact.ts'
import { attributeErrors } from './attribute-errors.ts'
import type {
  ConnectContext,
  InputContext,
  SamplerContext,
  SamplerPlan,
  SessionReference,
} from './providers.ts'
import type { ControlContext, LaunchContext, RunningServer, ServerControl } from './server.ts'
import type { ModuleReference } from './module-reference.ts'
import type { ForeignStudies, ImportedStudies, ImportOptions } from './import-studies.ts'
import type { ServerTuning } from './tuning.ts'
import type { WriteModelsContext, WrittenModel } from './write-models.ts'
import type {
  AnalysisContext,
  ReportContext,
  ReportedRun,
  RunContext,
  Snapshot,
  TrialContext,
} from './contexts.ts'

type Provided<T> = T | undefined
type ProviderInput = Extract<InputPlan, { from: 'provider' }>

/** A family of hooks, one per key; a provider taps its own key. */
export interface Keyed<H> {
  for(key: string): H
}

/**
 * Every hook of servebench, declared once. The runner calls them; plugins see {@link Hooks}, which can only tap.
 * Hooks belong to the control plane: none is called between a request and its settlement.
 */
export interface RunnerHooks {
  readonly resolveConfig: AsyncSeriesWaterfallHook<[config: ResolvedConfig]>
  readonly resolvePlan: AsyncSeriesWaterfallHook<[plan: RunPlan]>

  readonly connect: Keyed<
    AsyncSeriesBailHook<[target: TargetPlan, context: ConnectContext], Provided<SessionReference>>
  >
  readonly launch: Keyed<
    AsyncSeriesBailHook<[server: ServerPlan, context: LaunchContext], Provided<RunningServer>>
  >
  readonly control: Keyed<
    AsyncSeriesBailHook<[target: TargetPlan, context: ControlContext], Provided<ServerControl>>
  >
  readonly buildArtifact: Keyed<
    AsyncSeriesBailHook<[artifact: ArtifactSpec, directory: string], Provided<BuiltArtifact>>
  >
  /** Writes the models of a server into a folder, in the layout that servers of its kind read. */
  readonly writeModels: Keyed<
    AsyncSeriesBailHook<[server: ServerPlan, context: WriteModelsContext], Provided<readonly WrittenModel[]>>
  >
  /** How servers of a kind are tuned; none has to run for it. */
  readonly tune: Keyed<AsyncSeriesBailHook<[server: ServerPlan], Provided<ServerTuning>>>
  /** The bench file that a file of another tool stands for, by the tool's name; nothing is asked or started. */
  readonly importStudies: Keyed<
    AsyncSeriesBailHook<[studies: ForeignStudies, options: ImportOptions], Provided<ImportedStudies>>
  >
  readonly createInput: Keyed<
    AsyncSeriesBailHook<[input: ProviderInput, context: InputContext], Provided<ModuleReference>>
  >
  readonly createSampler: Keyed<
    AsyncSeriesBailHook<[sampler: SamplerPlan, context: SamplerContext], Provided<ModuleReference>>
  >

  readonly peaks: AsyncSeriesHook<[devices: DevicePeaks[]]>
  readonly runStart: AsyncSeriesHook<[run: RunContext]>
  readonly serverReady: AsyncSeriesHook<[server: RunningServer, run: RunContext]>
  readonly trialStart: AsyncSeriesHook<[trial: TrialContext]>
  readonly window: AsyncSeriesHook<[window: WindowResult, trial: TrialContext]>
  readonly trialEnd: AsyncSeriesHook<[result: Trial, trial: TrialContext]>
  readonly analyse: AsyncSeriesHook<[tables: AnalysisTable[], context: AnalysisContext]>
  readonly report: AsyncSeriesHook<[result: RunResult, context: ReportContext]>
  /** Several runs side by side; the first is what the others are compared with. */
  readonly reportRuns: AsyncSeriesHook<[runs: readonly ReportedRun[], context: ReportContext]>
  /** All runs of a results folder, which is the context's directory. */
  readonly reportHistory: AsyncSeriesHook<[history: RunHistory, context: ReportContext]>
  readonly runEnd: AsyncSeriesHook<[result: RunResult, run: RunContext]>

  readonly studyProgress: SyncHook<[study: StudyProgress]>
  readonly snapshot: SyncHook<[snapshot: Snapshot]>
}

type Tappable<H> =
  H extends Keyed<infer Inner>
    ? Keyed<Tappable<Inner>>
    : H extends { tapPromise: unknown }
      ? Pick<H, 'tapPromise'>
      : H extends { tap: unknown }
        ? Pick<H, 'tap'>
        : never

/**
 * The plugin's view: the one way to tap each hook that the runner awaits (`tapPromise` on asynchronous hooks, `tap` on
 * `snapshot` and `studyProgress`), and no way to call one.
 */
export type Hooks = { readonly [Name in keyof RunnerHooks]: Tappable<RunnerHooks[Name]> }

export function createHooks(): RunnerHooks {
  const hooks: RunnerHooks = {
    resolveConfig: new AsyncSeriesWaterfallHook(['config'], 'resolveConfig'),
    resolvePlan: new AsyncSeriesWaterfallHook(['plan'], 'resolvePlan'),
    connect: keyed('connect', ['target', 'context']),
    launch: keyed('launch', ['server', 'context']),
    control: keyed('control', ['target', 'context']),
    buildArtifact: keyed('buildArtifact', ['artifact', 'directory']),
    writeModels: keyed('writeModels', ['server', 'context']),
    tune: keyed('tune', ['server']),
    importStudies: keyed('importStudies', ['studies', 'options']),
    createInput: keyed('createInput', ['input', 'context']),
    createSampler: keyed('createSampler', ['sampler', 'context']),
    peaks: new AsyncSeriesHook(['devices'], 'peaks'),
    runStart: new AsyncSeriesHook(['run'], 'runStart'),
    serverReady: new AsyncSeriesHook(['server', 'run'], 'serverReady'),
    trialStart: new AsyncSeriesHook(['trial'], 'trialStart'),
    window: new AsyncSeriesHook(['window', 'trial'], 'window'),
    trialEnd: new AsyncSeriesHook(['result', 'trial'], 'trialEnd'),
    analyse: new AsyncSeriesHook(['tables', 'context'], 'analyse'),
    report: new AsyncSeriesHook(['result', 'context'], 'report'),
    reportRuns: new AsyncSeriesHook(['runs', 'context'], 'reportRuns'),
    reportHistory: new AsyncSeriesHook(['history', 'context'], 'reportHistory'),
    runEnd: new AsyncSeriesHook(['result', 'run'], 'runEnd'),
    studyProgress: new SyncHook(['study'], 'studyProgress'),
    snapshot: new SyncHook(['snapshot'], 'snapshot'),
  }
  for (const hook of Object.values(hooks)) {
    if ('intercept' in hook && 'name' in hook) attributeErrors(hook as never)
  }
  return hooks
}

function keyed<H>(name: string, args: string[]): Keyed<H> {
  const map = new HookMap((key) => {
    const hook = new AsyncSeriesBailHook<[unknown, unknown], unknown>(
      args as [string, string],
      `${name}.for('${String(key)}')`,
    )
    attributeErrors(hook as never)
    return hook
  })
  return map as unknown as Keyed<H>
}
