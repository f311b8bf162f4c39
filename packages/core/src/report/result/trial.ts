import type { StaticReport } from '../static-report.ts'
import type { TrialPlan } from '../../plan/trial-plan.ts'
import type { JsonObject } from '../../units/json.ts'
import type { AnalysisTable } from './analysis-table.ts'
import type { AgreementReport, QualityReport } from './answer-reports.ts'
import type { ColdStartReport } from './cold-start-report.ts'
import type { Certificate, Compliance } from './compliance.ts'
import type { CostReport, EnergyReport } from './energy-report.ts'
import type { GaugeSummary, SamplerReport } from './gauge-report.ts'
import type { BurstReport, ControlReport, WindowResult } from './load-report.ts'
import type { Metrics } from './metrics.ts'
import type { ReplayReport } from './replay-report.ts'
import type { AttachedServer, ServerReport } from './server-report.ts'
import type { SloResult } from './slo-result.ts'

export type TrialState = 'completed' | 'interrupted' | 'failed' | 'skipped'

/** What a data set gave. */
export interface DatasetReport {
  /** As the bench file names it. */
  readonly file: string
  /** Rows (or files) that were read, those that could not be used included. */
  readonly rows: number
  /** Rows that could not be used. */
  readonly bad: number
  /** Where the first of these is, and what is wrong with it. */
  readonly firstBad: string | null
}

export interface Trial extends Metrics {
  readonly id: string
  readonly caseId: string
  readonly file: string
  readonly path: readonly string[]
  readonly case: TrialPlan['case']
  readonly repeat: number
  readonly role: TrialPlan['role']
  readonly tags: readonly string[]
  readonly state: TrialState
  /** Why the trial failed or was skipped. */
  readonly error: TrialError | null
  readonly startedAt: string | null
  readonly seed: string
  readonly plan: TrialPlan
  /** SHA-256 of the canonical plan. */
  readonly planHash: string
  /** In ns from the trial's origin, the instant the load started. */
  readonly phases: {
    readonly warmup: { readonly from: number; readonly until: number }
    readonly measurement: { readonly from: number; readonly until: number }
    readonly drain: { readonly from: number; readonly until: number }
  }
  /** The transport engine and what the generator observed about itself. */
  readonly engine: EngineReport
  readonly workers: number
  readonly connections: {
    readonly count: number
    readonly opened: number
    readonly failed: number
    readonly closed: number
    readonly connectMean: number | null
    readonly handshakeMean: number | null
  }
  readonly payloads: {
    readonly count: number
    readonly distinct: number
    readonly bytes: number
    /** Where payloads come from files. */
    readonly datasets?: readonly DatasetReport[]
  }
  /** What a request takes beside time; absent in results of earlier versions, and of trials that measured nothing. */
  readonly perRequest?: RequestCosts
  readonly streams: Readonly<Record<string, Metrics>>
  readonly verdict: Verdict
  readonly slo: SloResult | null
  readonly server: ServerReport | null
  /** Servers on this machine that the tool has not started; absent without any. */
  readonly attached?: readonly AttachedServer[]
  readonly gauges: Readonly<Record<string, GaugeSummary>>
  readonly windows: readonly WindowResult[]
  /** Things that happened, on the trial's clock: segments, server events, warnings. */
  readonly events: readonly { readonly at: number; readonly kind: string; readonly message: string }[]
  /** One entry per burst of the load, in their order. */
  readonly bursts?: readonly BurstReport[]
  /** Of a load that follows a gauge: where it was held, and how it got there. */
  readonly control?: ControlReport
  /** Of a scenario with `coldStart`: how long it took until the server answered. */
  readonly coldStart?: ColdStartReport
  /** Of a scenario with `agreement`: how the answers of the case compare with those of the case asked first. */
  readonly agreement?: AgreementReport
  /** Of a configuration whose answers were scored before this trial. */
  readonly quality?: QualityReport
  /** Absent sources of power are no energy: `null`. */
  readonly energy: EnergyReport | null
  /** `null` unless the settings say what the target runs on. */
  readonly cost: CostReport | null
  /** What is known about the models without running them, by stream; for steps of a pipeline by `stream/step`. */
  readonly static: Readonly<Record<string, StaticReport>> | null
  readonly steadyState: JsonObject | null
  /** What the measurement was to prove (`until`), and whether it has. */
  readonly certificate?: Certificate | null
  /** For loads of MLPerf: which of its rules were kept. */
  readonly compliance?: Compliance | null
  /** Path of the Arrow stream, relative to the run's folder, and how much of the trial it holds. */
  readonly records: { readonly path: string; readonly rows: number; readonly complete: boolean } | null
  /** Of a trial with the role `profile`: what the server's profiler has found. */
  readonly profile?: ProfileReport
  /** The same for the readings of samplers; absent without samplers. */
  readonly samples?: Trial['records']
  /** What samplers did, and what they cost; absent without samplers. */
  readonly samplers?: readonly SamplerReport[]
  /** Of streams that replay query files; absent without any. */
  readonly replays?: readonly ReplayReport[]
}

export interface TrialError {
  readonly code: string
  readonly message: string
  readonly advice: string | null
  /** Further lines, such as the tail of a server's log. */
  readonly detail: string | null
  /** The exit code that this error stands for; 4 (target or server) when absent. */
  readonly exitCode?: number
}

export interface EngineReport {
  /** For example `http1-raw`, `http1-undici`, `http2`, `grpc-http2`; part of a case's identity in comparisons. */
  readonly name: string
  readonly scheduler: string
  /** Mean share of one core that a load thread used in the measurement. */
  readonly cpu: number | null
  /** Length of an event-loop turn of a load thread, ns. */
  readonly turn: { readonly p50: number | null; readonly p99: number | null; readonly max: number | null }
  readonly gc: { readonly count: number; readonly total: number }
  /** Share of the machine's CPU that belonged neither to the tool nor to its servers; and stolen by the hypervisor. */
  readonly foreignCpu: number | null
  readonly stealCpu: number | null
  /** Monotonic clock against wall clock. */
  readonly clockDrift: number | null
  /** Live in-flight integral against the sum of records, relative. */
  readonly accounting: number | null
}

/** Of the measurement, divided by the requests completed in it. Bytes are those of the connection, with heads and frames. */
export interface RequestCosts {
  readonly bytesOut: number | null
  readonly bytesIn: number | null
  /** To make the bytes of a request, before the load, ns: the median of warm code; the mean over streams. */
  readonly encodeTime: number | null
  /** CPU time of the load threads, ns. */
  readonly clientCpu: number | null
  /** CPU time of the server's processes, ns, counted in steps of 10 ms; `null` where they are not on this machine. */
  readonly serverCpu: number | null
}

export interface Verdict {
  readonly validity: 'valid' | 'suspect' | 'invalid'
  readonly reasons: readonly VerdictReason[]
}

export interface VerdictReason {
  /** Stable: `dispatch-lag`, `dispatched`, `load-thread-cpu`, `accounting`, `littles-law`, `foreign-cpu`, `clock-drift`, … */
  readonly code: string
  readonly severity: 'suspect' | 'invalid' | 'note'
  readonly message: string
  readonly advice: string | null
}

export interface ProfileReport {
  /** Of the profiler: `ONNX Runtime`. */
  readonly name: string
  readonly tables: readonly AnalysisTable[]
  /** Paths relative to the run's folder. */
  readonly files: readonly string[]
  readonly notes: readonly string[]
}
