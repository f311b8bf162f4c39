import type { JsonObject } from 'servebench/plugin'
import type { EnsembleGraph } from './control/ensemble-graph.ts'

/** What the preflight of a target has learned about its model, for the analyses at the end of a run. */
export interface FoundModel {
  /** `null` for servers that do not tell. */
  readonly config: JsonObject | null
  /** The models that it consists of. */
  readonly graph: EnsembleGraph
  /** Whether its answers come on streams, any number of them for each request. */
  readonly streams: boolean
}

/** By the name that targets ask for. */
export type FoundModels = ReadonlyMap<string, FoundModel>
