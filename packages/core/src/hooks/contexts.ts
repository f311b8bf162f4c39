import type { TrialPlan } from '../plan/trial-plan.ts'
import type { Environment, RunResult } from '../report/result.ts'
import type { Log } from './plugin.ts'
import type { SamplerPlan } from './providers.ts'
import type { RunningServer } from './server.ts'

type Cleanup = () => void | Promise<void>

/** A run: everything between the start of the command and its exit code. */
export interface RunContext {
  readonly id: string
  /** The folder of this run's results. */
  readonly directory: string
  readonly seed: string
  readonly environment: Environment
  readonly log: Log
  /** Runs when the run ends, last registered first, on every exit path; failures are collected. */
  defer(cleanup: Cleanup): void
}

/** A trial that is about to run or has run. */
export interface TrialContext {
  readonly plan: TrialPlan
  /** `describe > scenario > axis=value · repeat`. */
  readonly name: string
  readonly server: RunningServer | null
  readonly run: RunContext
  readonly signal: AbortSignal
  /** Adds a sampler to this trial; only in `trialStart`. */
  addSampler(sampler: SamplerPlan): void
  /** Runs when the trial ends, last registered first, on every exit path; failures are collected. */
  defer(cleanup: Cleanup): void
}

export interface AnalysisContext {
  readonly result: RunResult
  readonly directory: string
}

export interface ReportContext {
  /** The folder of this run's results. */
  readonly directory: string
  /** Writes a file, by rename, relative to the run's folder (or to `--output` for a reporter's main file). Returns its path. */
  write(file: string, body: string | Uint8Array): Promise<string>
  /** Text for the terminal, after all other output. */
  print(text: string): void
  readonly colors: boolean
  readonly columns: number
  readonly log: Log
}

/** A run that is reported together with others. */
export interface ReportedRun {
  readonly directory: string
  readonly result: RunResult
}

/** The state of a run at one instant, at most ten times a second; frozen. */
export interface Snapshot {
  /** Instants on the clock of `performance.now()`; no end while the length of a trial depends on the server. */
  readonly run: {
    readonly id: string
    readonly startedAt: number
    readonly trialsDone: number
    readonly trialsTotal: number
    readonly estimatedEnd: number | null
  }
  readonly trial: LiveTrial | null
  /** The newest finished trials' one-line summaries and messages, oldest first. */
  readonly message: string | null
}

export interface LiveTrial {
  readonly id: string
  readonly name: string
  readonly phase: 'preparing' | 'warmup' | 'measurement' | 'drain' | 'finishing'
  /** Nanoseconds since the load started, and the expected total. */
  readonly elapsed: number
  readonly total: number | null
  /** Where the measurement begins and ends, in nanoseconds since the load started; `null` until that is decided. */
  readonly measureFrom: number | null
  readonly measureUntil: number | null
  readonly due: number
  readonly completed: number
  readonly failed: number
  readonly timedOut: number
  readonly dropped: number
  readonly inFlight: number
  readonly workers: number
  /** Over the last second: per second, and nanoseconds. */
  readonly offeredLoad: number | null
  readonly throughput: number | null
  readonly p50: number | null
  readonly p95: number | null
  readonly p99: number | null
  readonly lagP99: number | null
  /** Their means over the newest second that is over; absent until then, and without samplers. */
  readonly gauges?: Readonly<Record<string, number | null>>
  /** About how many more requests a stop rule needs; `null` or absent where there is none, or it is not known. */
  readonly remaining?: number | null
  /** How the load follows a gauge; absent where it does not. */
  readonly control?: LiveControl
}

/** A load that follows a gauge, as it is now. */
export interface LiveControl {
  readonly gauge: string
  readonly unit: string
  readonly target: number
  /** Over the last period; `null` before there was one. */
  readonly reading: number | null
  readonly vary: 'rate' | 'concurrency'
  /** Users, or arrivals per second. */
  readonly load: number
  readonly phase: 'warmup' | 'identify' | 'approach' | 'hold' | 'unreachable'
}

export type { RunResult }
