import type { MessagePort } from 'node:worker_threads'
import type { ReplicaTotals } from '../engine/balance/replica-recorder.ts'
import type { StepTotals } from '../engine/pipeline/step-recorder.ts'
import type { ModuleReference } from '../hooks/module-reference.ts'
import type { FunctionReference } from '../plan/trial-plan.ts'
import type { Certificate, DatasetReport, QualityReport, WindowResult } from '../report/result.ts'
import type { JsonValue } from '../units/json.ts'
import type { PayloadRing, SerializedError } from '../worker/protocol.ts'
import type { QualityRequest } from './evaluate-quality.ts'
import type { SampleRequest } from './sample-outputs.ts'
import type { SampledOutput } from './sampled-output.ts'
import type { InputFiles } from './sample-source.ts'
import type { SamplerReference } from './sampler-thread.ts'
import type { Nanos } from '../units/nanos.ts'
import type { OpenedSampler, SamplerEvent, SamplersOutcome } from './trial-samplers.ts'
import type { StopCondition } from './stop-watch.ts'
import type { AggregateStream, TrialMetrics } from './trial-aggregate.ts'

/** What the thread is started with. */
export interface AideData {
  readonly root: string
  /** What it imports before it is asked. */
  readonly modules: readonly string[]
  /** See {@link UserCall}. */
  readonly calls: SharedArrayBuffer
}

/** What main asks of the aide. Every request is answered once, with its `id`; `window` and `event` messages come unasked. */
export type ToAide =
  | { readonly type: 'encode'; readonly id: number; readonly streams: readonly EncodeStream[] }
  /** Sends a few requests, before any load. */
  | { readonly type: 'sample'; readonly id: number; readonly request: SampleRequest }
  /** Sends labelled samples, before any load. */
  | { readonly type: 'evaluate'; readonly id: number; readonly request: QualityRequest }
  | {
      readonly type: 'open'
      readonly id: number
      readonly trial: AideTrial
      readonly blocks: readonly MessagePort[]
    }
  /** The load is about to start; `origin` is that of the trial's clock. */
  | { readonly type: 'start'; readonly id: number; readonly origin: bigint }
  | { readonly type: 'finish'; readonly id: number; readonly totals: TrialTotals }
  /** Drops the trial without a result. */
  | { readonly type: 'abandon'; readonly id: number }

export type FromAide =
  | { readonly type: 'encoded'; readonly id: number; readonly rings: readonly EncodedRing[] }
  | {
      readonly type: 'sampled'
      readonly id: number
      /** By input. */
      readonly outputs: readonly (readonly SampledOutput[])[]
    }
  | { readonly type: 'evaluated'; readonly id: number; readonly quality: QualityReport }
  | { readonly type: 'opened'; readonly id: number; readonly samplers: readonly OpenedSampler[] }
  | { readonly type: 'started'; readonly id: number }
  | { readonly type: 'finished'; readonly id: number; readonly outcome: AideOutcome }
  | { readonly type: 'abandoned'; readonly id: number }
  | { readonly type: 'failed'; readonly id: number; readonly error: SerializedError }
  | { readonly type: 'window'; readonly window: WindowResult }
  | { readonly type: 'event'; readonly event: SamplerEvent }
  /** What is known so far about the percentile that the trial waits for. */
  | { readonly type: 'certificate'; readonly certificate: Certificate }
  /** Of the gauge that the load follows. */
  | { readonly type: 'reading'; readonly reading: GaugeReading }
  | { readonly type: 'gauge-lost'; readonly problem: string }

/** A reading and the time that it stands for, on the trial's clock. */
export interface GaugeReading {
  readonly from: Nanos
  readonly until: Nanos
  readonly value: number
}

export interface EncodeStream {
  readonly name: string
  readonly codec: ModuleReference
  readonly input: ResolvedInput
  /** Distinct payloads and bytes at most. */
  readonly limit: { readonly count: number; readonly bytes: number }
  readonly seed: { readonly seed: string; readonly path: readonly string[]; readonly repeat: number }
}

/** Where requests come from, once providers have been asked. */
export type ResolvedInput =
  | { readonly from: 'module'; readonly reference: ModuleReference }
  | { readonly from: 'literal'; readonly value: JsonValue }
  | { readonly from: 'function'; readonly reference: FunctionReference }
  /** Nothing is given and the target has no default: the empty request. */
  | { readonly from: 'nothing' }

export interface EncodedRing extends PayloadRing {
  /** Payloads that differ from each other. */
  readonly distinct: number
  /** What it takes to encode one of them, ns: the median once the code is warm; `null` where nothing is encoded. */
  readonly encodeTime: Nanos | null
  /** For inputs that are read from files while measuring. */
  readonly files?: InputFiles
  readonly datasets?: readonly DatasetReport[]
}

export interface AideTrial {
  readonly streams: readonly AideStream[]
  readonly control: SharedArrayBuffer
  /** One ring per worker; empty when nothing is checked. */
  readonly answers: readonly SharedArrayBuffer[]
  /** The Arrow file, and how much of the trial it gets; `null`: no records. */
  readonly records: {
    readonly path: string
    readonly oneIn: number
    readonly budget: number
    readonly seed: number
  } | null
  readonly samplers: readonly SamplerReference[]
  /** The Arrow file for their readings; `null`: none. */
  readonly samples: string | null
  /** The gauge that the load follows: its readings are told as they come. */
  readonly follows: string | null
  /** What must be known before the measurement may end. */
  readonly until: StopCondition | null
  /** Where scratch files may be made. */
  readonly scratch: string
}

export interface AideStream extends AggregateStream {
  readonly codec: ModuleReference
  readonly check: FunctionReference | null
  /** The payloads' meta, by index: a codec may need it to decode. */
  readonly metas: readonly JsonValue[]
}

/** What the workers counted, needed to finish the metrics. */
export interface TrialTotals {
  readonly inFlight: { readonly area: number; readonly max: number }
  /** Histograms of message gaps, by stream, from each worker. */
  readonly gaps: readonly (readonly SharedArrayBuffer[])[]
  /** By stream. */
  readonly late: readonly number[]
  /** Of each stream that is a pipeline, what each worker knows of its steps; none for other streams. */
  readonly steps: readonly (readonly StepTotals[])[]
  /** Of each stream whose target has replicas, what each worker knows of them; none for other streams. */
  readonly replicas: readonly (readonly ReplicaTotals[])[]
  /** Rows that the workers have sent: the aide waits until it has them all. */
  readonly rows: number
}

export interface AideOutcome extends TrialMetrics, SamplersOutcome {
  /** `null` when nothing was to be proven. */
  readonly certificate: Certificate | null
  readonly records: {
    readonly rows: number
    readonly complete: boolean
    readonly problem: string | null
  } | null
  /** Errors that `check` threw, as one message each, at most a few. */
  readonly checkErrors: readonly string[]
}
