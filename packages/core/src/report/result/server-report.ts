import type { ServerPlan } from '../../plan/trial-plan.ts'
import type { JsonObject, JsonValue } from '../../units/json.ts'

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
