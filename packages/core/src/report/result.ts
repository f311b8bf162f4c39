import type { EnergyPerItem } from '../metrics/energy/energy-per-item.ts'
import type { GateSettings, ServerPlan, TrialPlan } from '../plan/trial-plan.ts'
import type { JsonObject, JsonValue } from '../units/json.ts'
import type { Plot } from './plot.ts'
import type { RunComparison } from './run-comparison.ts'
import type { SearchResult } from './search-result.ts'
import type { StaticReport } from './static-report.ts'
import type { StudyResult } from './study/study-result.ts'

/**
 * The content of `result.json`. Names here are a promise to scripts: add freely, rename only with a new
 * `schemaVersion`. Numbers are `number | null`, never NaN; times are nanoseconds; rates are per second; shares are 0–1.
 */
export interface RunResult {
  readonly schemaVersion: 1
  readonly run: RunInfo
  /** What each metric means, by its name: the definitions that these numbers follow. */
  readonly definitions: Readonly<Record<string, string>>
  readonly trials: readonly Trial[]
  readonly cases: readonly CaseResult[]
  readonly searches: readonly SearchResult[]
  /** Absent where there are none. */
  readonly studies?: readonly StudyResult[]
  readonly analyses: readonly AnalysisTable[]
  /** Against the baseline, when the run had one. */
  readonly comparison?: RunComparison
}

export interface RunInfo {
  /** For example `20261122T044200Z-k3f9`. */
  readonly id: string
  /** ISO 8601, UTC. */
  readonly startedAt: string
  readonly finishedAt: string | null
  readonly seed: string
  readonly command: readonly string[]
  readonly environment: Environment
  readonly versions: Readonly<Record<string, string>>
  readonly gates: GateSettings | null
  /** What the reader should know about this file: damaged parts that were left out, outputs that could not be written. */
  readonly notes: readonly string[]
  readonly exit: { readonly code: number; readonly reasons: readonly string[] }
  /** In which order trials ran; absent in results of earlier versions. */
  readonly order?: RunOrder
  /** Absent in results of earlier versions, and of runs that were killed. */
  readonly time?: RunTime
}

/**
 * Where the time of a run went, ns, until its analyses; what is left of `total` is neither of the parts. Measuring and
 * servers are what a run is about; the rest is its overhead.
 */
export interface RunTime {
  readonly total: number
  /** Trials from the start of their load to the end of their drain, with what they were told to wait. */
  readonly measuring: number
  /** Starting, changing and stopping servers. */
  readonly servers: number
  /** What is measured next, and what follows from what was. */
  readonly planning: number
  /** Of trials, before the load: connections, inputs, threads, samplers. */
  readonly preparing: number
  /** Of trials, after the drain: distributions, intervals, verdicts. */
  readonly finishing: number
  readonly storing: number
}

/** See `plan/order.ts` for what the words mean. */
export interface RunOrder {
  readonly cases: 'random' | 'as-written'
  readonly interleave: 'within-server' | 'across-servers'
  /** Ids of the trials in the order in which their loads started. */
  readonly trials: readonly string[]
}

export interface Environment {
  readonly os: {
    readonly platform: string
    readonly release: string
    readonly kernel: string
    readonly arch: string
    readonly container: string | null
  }
  readonly cpu: {
    readonly model: string
    readonly cores: number
    readonly physicalCores: number | null
    readonly mhz: number | null
    readonly governor: string | null
    readonly limit: number | null
  }
  readonly memory: { readonly total: number; readonly limit: number | null }
  readonly accelerators: readonly {
    readonly name: string
    readonly memory: number | null
    readonly driver: string | null
  }[]
  readonly node: string
  readonly servers: Readonly<Record<string, JsonValue>>
}

/** A table that an analysis plugin adds; reporters render it. */
export interface AnalysisTable {
  readonly name: string
  readonly title: string
  readonly columns: readonly {
    readonly name: string
    readonly unit: string | null
    readonly description?: string
    /** Where a table for people has no room, columns are left out, those with the highest rank first; 0, the default: never. */
    readonly rank?: number
  }[]
  readonly rows: readonly (readonly JsonValue[])[]
  readonly notes: readonly string[]
  /** Pictures of the rows, for reporters that draw. */
  readonly plots?: readonly Plot[]
  /** The rows are there for the plots: reports of text name the table and leave its rows out. */
  readonly plotOnly?: boolean
  /**
   * Tables with the same one stand together, for who wants to know more: pages fold them, and text for a terminal leaves
   * them out unless they are `open`.
   */
  readonly chapter?: {
    /** In links: lowercase with hyphens, unique within the result. */
    readonly id: string
    readonly title: string
    /** Somebody asked for it. */
    readonly open?: boolean
  }
}

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

/**
 * From nothing to an answer. Times in ns; what is seen from outside by polling (`live`, `ready`, and `system`) is late by
 * up to `resolution`. `total` = `ready` + `firstAnswer`: what the tool does in between is `pause`, and no part of it.
 */
export interface ColdStartReport {
  /** `launch`: the server was started for this trial. `idle`: nothing was sent to a running one for a while. */
  readonly kind: 'launch' | 'idle'
  /** How long nothing was sent. */
  readonly idle: number | null
  readonly resolution: number
  /** From the launch until it is up, without any model. */
  readonly system: number | null
  /** From the launch until it says that it is live; it may be loading models already. */
  readonly live: number | null
  /** How long the model was loaded and initialised; of several, the one that took longest. */
  readonly modelLoad: number | null
  /** Who says so: the server itself, calls that loaded it, or the probes that found the server live and then ready. */
  readonly modelLoadBy: 'server' | 'calls' | 'probes' | null
  /** From the launch until it says that it is ready. */
  readonly ready: number | null
  /** Between ready and the first request. */
  readonly pause: number | null
  /** From the first request to the first answer that was a success, with its connection, and with what failed before. */
  readonly firstAnswer: number | null
  readonly failedBefore: number
  /** Median response time of the requests after that. */
  readonly warm: number | null
  readonly warmCount: number
  readonly total: number | null
  /** Files of the models: their size, and the share of it that was in the page cache at the launch (`null`: unknown). */
  readonly model: { readonly bytes: number; readonly cached: number | null } | null
}

/** What the answers to labelled samples are worth. */
export interface QualityReport {
  /** `function` where the bench file scores answers itself. */
  readonly metric: 'accuracy' | 'top5' | 'f1' | 'mse' | 'function'
  readonly value: number
  /** 95 %: Wilson's of a share, else by resampling the items; `null` of a single one. */
  readonly interval: readonly [low: number, high: number] | null
  /** Items that were scored. */
  readonly samples: number
}

/** What the same inputs gave, compared with what they gave in another case. */
export interface AgreementReport {
  /** The case that was asked first; `null` for itself. */
  readonly reference: TrialPlan['case'] | null
  readonly inputs: number
  /** |value − reference| ≤ absolute + relative × |reference| */
  readonly tolerance: { readonly absolute: number; readonly relative: number }
  readonly agrees: boolean
  readonly outputs: readonly OutputAgreement[]
}

/** One output, over all inputs. What cannot be compared has a `problem` instead of differences. */
export interface OutputAgreement {
  /** Its common name. */
  readonly name: string
  /** `null` where the protocol does not tell, or the output is missing. */
  readonly datatype: string | null
  /** Of the first answer; `null` when the output is missing. */
  readonly shape: readonly number[] | null
  readonly elements: number
  /** Elements outside of the tolerance; `null` where nothing is compared. */
  readonly differing: number | null
  /** The largest differences of finite elements; relative ones where the reference is not 0. */
  readonly maxAbsolute: number | null
  readonly maxRelative: number | null
  /** Elements that are NaN on both sides. */
  readonly notNumbers: number | null
  /** Why it does not agree, in a sentence; `null` when it does. */
  readonly problem: string | null
}

/** A stream whose requests were read from query files. */
export interface ReplayReport {
  readonly stream: string
  /** As the input's options have them. */
  readonly lines: string
  readonly deal: string
  /** How often each client replays its queries; `null`: until the load ends. */
  readonly times: number | null
  readonly files: readonly {
    readonly file: string
    /** From the offset on. */
    readonly bytes: number
    readonly sha256: string
    readonly queries: number
    /** What could not be sent and was left out. */
    readonly skipped: number
    readonly firstSkipped: { readonly line: number; readonly problem: string } | null
  }[]
  readonly answers: {
    /** In the whole trial, of all attempts. */
    readonly total: number
    /** In the measurement, by HTTP status. */
    readonly statuses: Readonly<Record<string, number>>
    /** Of those with status 200: how many said how many hits they have, and how many said that there are none. */
    readonly withHits: number
    readonly zeroHits: number
  }
  /** Requests of the measurement that took as long as their client's cycle or longer; `null` without a cycle. */
  readonly cyclesNotHeld: number | null
}

export interface Certificate {
  readonly rule: 'certified' | 'precise'
  readonly percentile: number
  /** `pass` and `fail`: of the limit; `certified`: known as well as was wanted. */
  readonly verdict: 'pass' | 'fail' | 'certified' | 'undecided'
  /** For all looks together. */
  readonly confidence: number
  readonly limit: number | null
  /** Requests of the population; those over the limit; and independent ones that they are worth. */
  readonly count: number
  readonly over: number | null
  readonly effectiveCount: number
  /** How often the rule was asked, the end included. */
  readonly looks: number
  /** The percentile, failures as +∞; its 95 % interval; and what it is certified not to exceed. */
  readonly measured: number | null
  readonly interval: Interval | null
  readonly bound: number | null
  /** Of the interval, relative. */
  readonly halfWidth: number | null
  /** About how many more requests it takes, if they are like those so far; `null`: no number would do, or it is not known. */
  readonly more: number | null
  /** MLPerf's own rule at this number of requests: as if they were independent and this were the only look. */
  readonly independent: {
    readonly verdict: 'pass' | 'fail' | 'undecided'
    /** Further requests within the limit that it needs. */
    readonly clean: number
    readonly chance: number | null
    readonly estimate?: number | null
  } | null
}

export interface Compliance {
  /** For example `SingleStream`. */
  readonly scenario: string
  readonly rules: readonly {
    readonly rule: string
    readonly wanted: string
    readonly found: string
    readonly kept: boolean
  }[]
  /** What the scenario measures, in its unit. */
  readonly metric: { readonly name: string; readonly value: number | null; readonly unit: string }
  readonly note: string
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

/** What a container was made of. */
export interface ContainerFacts {
  readonly runtime: string
  readonly runtimeVersion: string
  /** As it was asked for. */
  readonly image: string
  /** Of its configuration: equal ids are equal images. */
  readonly imageId: string
  /** What registries know it by: `name@sha256:…`; empty for one that was built here. */
  readonly digests: readonly string[]
}

export interface ServerReport {
  readonly kind: string
  readonly plan: ServerPlan | null
  readonly version: string | null
  /** What it ran in; absent on the machine itself. */
  readonly container?: ContainerFacts
  /** Effective configuration, read back. */
  readonly effectiveConfig: JsonValue
  readonly startup: JsonObject | null
  /** Mean server stages in the measurement, ns. */
  readonly stages: Readonly<Record<string, number | null>> | null
  readonly batchSizes: readonly { readonly size: number; readonly count: number }[] | null
  readonly counters: JsonObject | null
  /** How much the totals of the server as a whole grew in the measurement; absent where it has none. */
  readonly totals?: Readonly<Record<string, number>>
  /** By stream: how the model that it asks waits for batches; absent where none waits, or nobody says. */
  readonly batching?: Readonly<Record<string, BatchingReport>>
}

/** A server that was running already, found by the port that it listens on. */
export interface AttachedServer {
  readonly port: number
  /** Those that listen there; with their descendants they are what counts as the server. */
  readonly processes: readonly { readonly pid: number; readonly command: string }[]
  /** Why they are not known; `null` when they are. */
  readonly unknown: string | null
}

export interface BatchingReport {
  readonly model: string
  /** The smallest batch that does not wait, in items. */
  readonly size: number
  /** Batches that are executed at a time. */
  readonly instances: number
  /** How long the first request of a batch waits for others, ns. */
  readonly delay: number
}

export interface GaugeSummary {
  readonly unit: string
  readonly device: string | null
  /** Time-weighted over the measurement. */
  readonly mean: number | null
  readonly min: number | null
  readonly max: number | null
  readonly p95: number | null
  /** Share of the measurement that samples cover. */
  readonly coverage: number
}

export interface ProfileReport {
  /** Of the profiler: `ONNX Runtime`. */
  readonly name: string
  readonly tables: readonly AnalysisTable[]
  /** Paths relative to the run's folder. */
  readonly files: readonly string[]
  readonly notes: readonly string[]
}

/** What a measurement drew. Energies in J, powers in W; carbon in g CO2e. */
export interface EnergyReport extends EnergyPerItem {
  /** `system`: meters of the whole machine; `components`: those of its parts that were read. */
  readonly scope: 'system' | 'components'
  readonly includes: readonly string[]
  /** Some of it is a model's guess. */
  readonly estimated: boolean
  /** Mean power. */
  readonly power: number
  /** The smallest share of the measurement that one of the sources covers. */
  readonly coverage: number
  readonly sources: readonly {
    readonly gauge: string
    readonly device: string | null
    readonly scope: string
    readonly method: string
    readonly power: number | null
    readonly coverage: number
    /** Whether it is part of `energy`. */
    readonly used: boolean
  }[]
  /** Devices with a counter of energy and readings of power: readings over counter, less 1. */
  readonly crossChecks: readonly {
    readonly device: string | null
    readonly counter: string
    readonly readings: string
    readonly gap: number
  }[]
  /** Before the load, the server ready and its models loaded; `null` when that was not measured. */
  readonly idle: { readonly power: number; readonly seconds: number } | null
  /** Of a machine with a battery: items that a full one lasts for. */
  readonly itemsPerBattery: number | null
  readonly carbon: {
    /** g CO2e per kWh, of which region and year, and who says so. */
    readonly intensity: number
    readonly region: string | null
    readonly year: number | null
    readonly source: string
    readonly kind: string | null
    readonly pue: number
    readonly perItem: number | null
    readonly total: number
    /** Of making the hardware, over the measurement. */
    readonly embodied: number | null
    /** (E·I + M) / R, per item (ISO/IEC 21031). */
    readonly sci: number | null
  } | null
}

/** What the measured throughput costs, in `currency`. */
export interface CostReport {
  readonly model: 'hourly' | 'serverless' | 'own'
  readonly currency: string
  readonly nodes: number
  /** Of one node, and where that is from; `null` for serverless. */
  readonly price: HourlyPrice | null
  /** Of all nodes; `null` for serverless. */
  readonly perHour: number | null
  readonly perMonth: number | null
  readonly hoursPerMonth: number
  /** Items per second that were correct and in time: what is paid for. */
  readonly itemsPerSecond: number | null
  readonly perMillion: number | null
  /** At the utilisation that is assumed. */
  readonly utilization: number
  readonly perMillionUsed: number | null
  readonly itemsPerMonth: number | null
  /** What a monthly budget pays for. */
  readonly budget: {
    readonly amount: number
    readonly targets: number | null
    readonly items: number | null
  } | null
  /** Such targets that a demand takes, and what they cost per month. */
  readonly demand: {
    readonly requests: number
    readonly headroom: number
    readonly targets: number | null
    readonly perMonth: number | null
  } | null
}

export interface HourlyPrice {
  readonly perHour: number
  readonly shape: string | null
  readonly provider: string | null
  readonly region: string | null
  /** ISO date. */
  readonly asOf: string | null
  readonly source: string
  readonly pricing: string | null
}

export interface SamplerReport {
  readonly kind: string
  /** Nanoseconds between reads; `null` when it never got ready. */
  readonly period: number | null
  readonly reads: number
  /** Reads that were due and did not take place. */
  readonly missed: number
  /** Nanoseconds that reads took, together and at most. */
  readonly time: number
  readonly longest: number
  /** Why it was switched off. */
  readonly problem: string | null
  /** Paths of what it has written, relative to the run's folder; absent where it wrote nothing. */
  readonly files?: readonly string[]
}

/** One second of a trial; by completion time for completions, by intended time for `due`, by sending time for `sent`. */
export interface WindowResult {
  readonly from: number
  readonly until: number
  readonly phase: 'warmup' | 'measurement' | 'drain'
  readonly due: number
  /** Absent in results of earlier versions. */
  readonly sent?: number
  readonly completed: number
  readonly failed: number
  readonly inFlight: number | null
  readonly p50: number | null
  readonly p95: number | null
  readonly p99: number | null
  readonly lagP99: number | null
  /** The same by stream; absent where there is only one. */
  readonly streams?: Readonly<Record<string, StreamWindow>>
  /** Time-weighted means of gauges over this second; absent without samplers. */
  readonly gauges?: Readonly<Record<string, number | null>>
}

/** A burst, or a spike on a plateau: how it started, what became of it, and how long others felt it. */
export interface BurstReport {
  readonly stream: string
  /** The first and the last instant at which it was due, on the trial's clock. */
  readonly from: number
  readonly until: number
  /** Of the requests that were due in it. `completed` were accepted; `failures` has the classes of the rejected ones. */
  readonly counts: {
    readonly due: number
    readonly completed: number
    readonly failed: number
    readonly timedOut: number
    readonly dropped: number
    readonly censored: number
  }
  readonly failures: Readonly<Record<string, number>>
  /** From the dispatch of its first request to that of its last. */
  readonly startSpread: number | null
  /** From `until` to the last settlement; `null` when some were still open at the end. */
  readonly drain: number | null
  /** Requests outside of bursts: other streams, or else the same one; `null` when there were too few before the first. */
  readonly background: {
    readonly stream: string
    /** p95 of its response time before the first burst, and the upper end of that percentile's 95 % interval. */
    readonly p95: number
    readonly limit: number
    /** From `until` until the p95 of 20 consecutive requests is inside the limit; `null` when that was not seen. */
    readonly recovery: number | null
  } | null
}

/** How a load followed a gauge (`utilization()`); instants on the trial's clock, values in the gauge's unit. */
export interface ControlReport {
  readonly stream: string
  readonly gauge: string
  readonly unit: string
  readonly target: number
  readonly tolerance: number
  readonly method: 'controller' | 'steps'
  readonly vary: 'rate' | 'concurrency'
  /** The highest load that was allowed, in users or arrivals per second, like all loads here. */
  readonly most: number
  readonly period: number
  /**
   * Of the measurement: `held` when its mean is within the tolerance; `unreachable` when no load that is allowed brings the
   * gauge there; `lost` when the gauge could not be read any more.
   */
  readonly outcome: 'held' | 'not-held' | 'unreachable' | 'lost'
  /** Why it is unreachable: more load brings no more, the highest load is not enough, or the lowest is too much. */
  readonly obstacle: 'plateau' | 'most' | 'least' | null
  /** What the gauge comes to instead. */
  readonly plateau: number | null
  /** Why the gauge was lost. */
  readonly problem: string | null
  /** What went before the measurement: the warm-up at the first load, the way up, the way to the target. */
  readonly phases: {
    readonly warmup: { readonly from: number; readonly until: number }
    readonly identify: { readonly from: number; readonly until: number }
    readonly approach: { readonly from: number; readonly until: number }
  }
  /** Whether the target was held when the measurement began; otherwise the time for it was up. */
  readonly settled: boolean
  /** The gauge in the measurement: its mean, that mean's 95 % interval by batch means, the share of the time that was read. */
  readonly mean: number | null
  readonly interval: Interval | null
  readonly coverage: number
  /** How its readings swing about that: deviation, p5 and p95, and the period of the swing in ns where there is one. */
  readonly oscillation: {
    readonly deviation: number | null
    readonly p5: number | null
    readonly p95: number | null
    readonly cycle: number | null
  }
  /** How far a period's mean was above the target, at most, before the measurement. */
  readonly overshoot: number
  /** In the measurement. */
  readonly load: { readonly mean: number | null; readonly min: number | null; readonly max: number | null }
  /** Changes of the load over the whole trial, and those among them that cut it because the gauge was far too high. */
  readonly moves: number
  readonly backOffs: number
  /** Every decision; of more than 2000, every second, third, … */
  readonly course: readonly ControlStep[]
}

/** The end of a period of control: what the gauge was in it, and the load that brought this. */
export interface ControlStep {
  readonly at: number
  readonly reading: number
  readonly load: number
  readonly phase: 'warmup' | 'identify' | 'approach' | 'hold' | 'unreachable'
}

/** One stream in one second of a trial. */
export type StreamWindow = Pick<WindowResult, 'due' | 'completed' | 'failed' | 'p50' | 'p95' | 'p99'>

export interface Metrics {
  readonly counts: Counts
  /** Failed requests by kind: `{ 'http-503': 12, reset: 1 }`. */
  readonly failures: Readonly<Record<string, number>>
  /** Due per second of measurement. */
  readonly offeredLoad: number | null
  /** Completions inside the measurement per second. */
  readonly throughput: number | null
  /** Completed, correct and inside the deadline, per second. */
  readonly goodput: number | null
  /** Intervals at 95 %, of the rates above. */
  readonly rateIntervals: { readonly throughput: Interval | null; readonly goodput: Interval | null }
  readonly items: { readonly perRequest: number | null; readonly throughput: number | null }
  readonly responseTime: Distribution
  readonly serviceTime: Distribution
  readonly firstByte: Distribution
  readonly dispatchLag: Distribution
  readonly transportWait: Distribution
  /** Between messages of one answer. */
  readonly messageGap: Distribution
  /** Response time with everything that did not complete as +∞. */
  readonly responseTimeWithFailures: Distribution
  /** Response time of failed requests, apart. */
  readonly failedResponseTime: Distribution
  /** Time that the server itself reports per request. */
  readonly serverQueue: Distribution
  readonly serverCompute: Distribution
  readonly inFlight: { readonly mean: number | null; readonly max: number | null }
  /** The articles' formulas beside the right ones. */
  readonly littlesLaw: { readonly relativeGap: number | null }
  readonly labels?: Readonly<Record<string, Distribution>>
  /** Of a target that is a pipeline: what its steps took. */
  readonly pipeline?: PipelineMetrics
  /** Of a target that has replicas: each of them apart, in their order. */
  readonly replicas?: readonly ReplicaMetrics[]
}

/** Requests of the population by the replica that they went to last; due = completed + failed + timedOut + censored. */
export interface ReplicaMetrics {
  /** Its URL, or its number (from 1) where it has none. */
  readonly name: string
  readonly counts: {
    readonly due: number
    readonly completed: number
    readonly failed: number
    readonly timedOut: number
    readonly censored: number
  }
  readonly failures: Readonly<Record<string, number>>
  /** Of completed requests. */
  readonly responseTime: Distribution
  /** Of requests that are with it; the maximum is that of each load worker, added up, over the whole trial. */
  readonly inFlight: { readonly mean: number | null; readonly max: number | null }
}

/**
 * Where the time of a chain goes. Means and shares are over the chains that completed, and add up: mean response time =
 * before + the steps' means + glue. Percentiles of steps do not add up.
 */
export interface PipelineMetrics {
  /** Chains that completed. */
  readonly completed: number
  /** Mean response time of these chains, ns. */
  readonly response: number | null
  /** Mean time from the intended start to that of the first step, ns: dispatch lag, and attempts before the last one. */
  readonly before: number | null
  /** Time between steps: decoding an answer, `check`, `input`, encoding the next request; all of a chain together. */
  readonly glue: Distribution
  /** Share of the response time, 0 to 1. */
  readonly glueShare: number | null
  /** In their order. */
  readonly steps: readonly StepMetrics[]
}

/** One step of a pipeline. due = completed + failed + timedOut + censored; the last three end the chain. */
export interface StepMetrics {
  readonly name: string
  /** The kind of its target; `null` where it runs a function. */
  readonly target: string | null
  readonly counts: {
    /** Chains that came to this step. */
    readonly due: number
    readonly sent: number
    readonly completed: number
    readonly failed: number
    readonly timedOut: number
    readonly censored: number
  }
  readonly failures: Readonly<Record<string, number>>
  /** From its start (the request is made and handed to the session) to its answer, of completed steps. */
  readonly time: Distribution
  /** From the answer before to its start. */
  readonly glue: Distribution
  readonly transportWait: Distribution
  /** From its start to the first byte of its answer. */
  readonly firstByte: Distribution
  readonly serverQueue: Distribution
  readonly serverCompute: Distribution
  /** Mean time and glue in chains that completed, ns. */
  readonly mean: number | null
  readonly glueMean: number | null
  /** Share of the response time of these chains, 0 to 1. */
  readonly share: number | null
}

/** Of the population: requests whose intended start lies in the measurement. due = completed + failed + timedOut + dropped + censored. */
export interface Counts {
  readonly due: number
  readonly sent: number
  readonly completed: number
  readonly failed: number
  readonly timedOut: number
  readonly dropped: number
  readonly censored: number
  /** Completed, but `check` or `expect` said no; a subset of `completed`. */
  readonly incorrect: number
  /** Completed and looked at by `check`. */
  readonly checked: number
  /** Attempts that were retried. */
  readonly retried: number
  /** Answers that came after their deadline. */
  readonly late: number
}

/** `null` on the upper side: no finite upper bound exists at this sample size. */
export type Interval = readonly [low: number, high: number | null]

export interface Distribution {
  readonly unit: 'ns'
  readonly count: number
  readonly mean: number | null
  readonly min: number | null
  readonly max: number | null
  readonly p50: number | null
  readonly p90: number | null
  readonly p95: number | null
  readonly p99: number | null
  readonly 'p99.9': number | null
  readonly 'p99.99'?: number | null
  /** Further percentiles, where an SLO judges by them. */
  readonly [percentile: `p${number}`]: number | null
  /** `exact`: nearest rank over all samples; `histogram`: within 0.1 %. */
  readonly method: 'exact' | 'histogram' | 'none'
  /** 95 % intervals that allow for autocorrelation. */
  readonly intervals: Readonly<Record<string, Interval | null>>
  /** Why a percentile is `null` or a lower bound. */
  readonly why: Readonly<Record<string, 'censored' | 'too-few' | 'failures'>>
  /** Independent samples that this many correlated ones are worth, at p99 (or the median when few). */
  readonly effectiveCount: number | null
  /** The same for each percentile with an interval; not for what was pooled from histograms. */
  readonly effectiveCounts?: Readonly<Record<string, number>>
  /** What the root mean square is not above, at 99 %; absent where a request is infinite, or the order is not known. */
  readonly rmsBound?: number
  /** HdrHistogram V2, compressed, base64, in nanoseconds; `null` when empty. */
  readonly hdr: string | null
}

export interface SloResult {
  readonly verdict: 'pass' | 'fail' | 'undecided'
  readonly terms: readonly SloTermResult[]
  readonly deadline: number | null
}
export interface SloTermResult {
  /** For example `responseTime.p99`. */
  readonly term: string
  readonly limit: number
  readonly measured: number | null
  readonly interval: Interval | null
  readonly verdict: 'pass' | 'fail' | 'undecided'
  readonly reason: string | null
}

export interface CaseResult {
  readonly id: string
  readonly file: string
  readonly path: readonly string[]
  readonly case: TrialPlan['case']
  readonly tags: readonly string[]
  readonly trials: readonly string[]
  /** Over the requests of all repeats that are not invalid. */
  readonly pooled: Metrics | null
  /** The same for each stream; absent where there is only one. */
  readonly streams?: Readonly<Record<string, Metrics>>
  /** Spread between repeats: for each metric the values, their mean, and a t interval of the mean. */
  readonly betweenRepeats: Readonly<
    Record<
      string,
      {
        readonly values: readonly (number | null)[]
        readonly mean: number | null
        readonly interval: Interval | null
        readonly cv: number | null
      }
    >
  >
  readonly slo: SloResult | null
  readonly verdict: Verdict
}
