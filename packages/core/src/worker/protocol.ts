import type { MessagePort } from 'node:worker_threads'
import type { LoadPlan, PopulationSegment, RateSegment } from '../arrival/load-plan.ts'
import type { UnitPlan } from '../engine/create-stream-load.ts'
import type { BalancePolicy } from '../dsl/balance.ts'
import type { ReplicaTotals } from '../engine/balance/replica-recorder.ts'
import type { StepTotals } from '../engine/pipeline/step-recorder.ts'
import type { ConnectionPlan, PatchPoint, SessionStatistics } from '../engine/session.ts'
import type { ModuleReference } from '../hooks/module-reference.ts'
import type { FunctionReference } from '../plan/trial-plan.ts'
import type { TraceReference } from '../trace/open-trace.ts'
import type { JsonValue } from '../units/json.ts'
import type { Nanos } from '../units/nanos.ts'

/**
 * What main and a load worker say to each other: a few plain messages per trial, so that a remote transport could carry
 * them. Everything that is frequent goes through shared memory.
 */
export type ToWorker =
  | { readonly type: 'prepare'; readonly trial: WorkerTrial; readonly blocks: MessagePort }
  /** The load starts at this instant of the machine's monotonic clock. */
  | { readonly type: 'start'; readonly origin: bigint }
  /** A change of rate, at least 50 ms ahead; instants from the start of the load. */
  | { readonly type: 'segment'; readonly stream: number; readonly segment: RateSegment }
  /** A change of the number of users, at least 50 ms ahead; instants from the start of the load. */
  | { readonly type: 'population'; readonly stream: number; readonly segments: readonly PopulationSegment[] }
  /** The trial is over: settle the rest, report, dispose. */
  | { readonly type: 'finish' }

export type FromWorker =
  | { readonly type: 'prepared'; readonly engines: readonly string[] }
  /** The population of this worker has settled (or can never grow again, for a fixed count). */
  | { readonly type: 'settled'; readonly lastSettlement: Nanos }
  | { readonly type: 'finished'; readonly report: WorkerReport }
  | { readonly type: 'failed'; readonly error: SerializedError }

export interface WorkerTrial {
  readonly worker: number
  readonly workers: number
  readonly seed: { readonly seed: string; readonly path: readonly string[]; readonly repeat: number }
  readonly streams: readonly WorkerStream[]
  /** Where the arrivals of the traces are that the loads name. */
  readonly traces: readonly TraceReference[]
  readonly maxInFlight: number
  readonly overflow: 'queue' | 'drop'
  readonly maxResponseBytes: number
  readonly control: SharedArrayBuffer
  readonly live: SharedArrayBuffer
  /** Where captured answers go; `null` when nothing is checked. */
  readonly answers: SharedArrayBuffer | null
  /** Whether the trial is long enough to warm the generator's own code before it. */
  readonly rehearse: boolean
}

export interface WorkerStream {
  readonly name: string
  readonly session: ModuleReference
  /** The transport engine that the session uses. */
  readonly engine: string
  readonly load: LoadPlan
  readonly unit: UnitPlan
  readonly payloads: PayloadRing
  readonly connections: ConnectionPlan
  readonly timeout: Nanos
  readonly retry: { readonly attempts: number; readonly on: readonly string[] }
  readonly captures: boolean
  readonly expectedBytes: number
  /** Limits of an answer's payload bytes, where its size is not expected to be one number. */
  readonly leastBytes?: number
  readonly mostBytes?: number
  readonly expectedCrc: number
  /** The bench file's think-time function of each stage, where it has one. */
  readonly thinkTimes: readonly (FunctionReference | null)[]
  /** Of a pipeline; `session` is then only for the aide. */
  readonly steps?: readonly WorkerStep[]
  /** Of a target that has replicas. */
  readonly balance?: { readonly policy: BalancePolicy; readonly replicas: readonly WorkerTarget[] }
}

/** One of several targets of a stream. */
export interface WorkerTarget {
  readonly session: ModuleReference
  readonly engine: string
  readonly connections: ConnectionPlan
}

/** A step of a pipeline: it has a target, or a function to run. */
export interface WorkerStep {
  readonly name: string
  readonly target: WorkerTarget | null
  readonly run: FunctionReference | null
  readonly input: FunctionReference | null
  readonly check: FunctionReference | null
}

/** Encoded payloads in shared memory. */
export interface PayloadRing {
  readonly buffer: SharedArrayBuffer
  readonly entries: readonly PayloadEntry[]
  /** Where inputs end: for how many units each user has some, or all users together where there is one number. */
  readonly units?: readonly number[]
}
export interface PayloadEntry {
  readonly offset: number
  readonly length: number
  readonly items: number
  readonly patches: readonly PatchPoint[]
  readonly meta: JsonValue
  readonly label: string | null
}

/** What a worker observed about itself and its sessions. */
export interface WorkerReport {
  readonly scheduler: string
  readonly sessions: readonly SessionStatistics[]
  readonly inFlight: { readonly area: number; readonly max: number }
  /** CPU time of the thread between A and B, ns; `null` when the platform does not tell. */
  readonly cpu: number | null
  /** What sessions sent and received, and how many requests completed, while `cpu` was counted; `null` without an end. */
  readonly work: Work | null
  /** Length of event-loop turns: the bytes of a coarse histogram. */
  readonly turns: SharedArrayBuffer
  /** Gaps between messages, per stream: the bytes of fine histograms. */
  readonly gaps: readonly SharedArrayBuffer[]
  /** Answers that came after their deadline, per stream. */
  readonly late: readonly number[]
  /** The steps of each stream that is a pipeline. */
  readonly steps: readonly (StepTotals | null)[]
  /** The replicas of each stream whose target has some. */
  readonly replicas: readonly (ReplicaTotals | null)[]
  /** Units of the measurement that took as long as their user's cycle or longer, per stream. */
  readonly overruns: readonly number[]
  readonly gc: { readonly count: number; readonly total: Nanos }
  readonly lastSettlement: Nanos
  /** Rows handed to the aide. */
  readonly rows: number
  /** Record blocks that had to exist at once. */
  readonly blocks: number
  /** Slots that had to exist at once. */
  readonly slots: number
}

export interface Work {
  readonly bytesOut: number
  readonly bytesIn: number
  readonly completed: number
}

export interface SerializedError {
  readonly name: string
  readonly code: string | null
  readonly message: string
  readonly advice: string | null
  readonly exitCode: number | null
  readonly stack: string | null
}
