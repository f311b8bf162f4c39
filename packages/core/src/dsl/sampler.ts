import type { JsonObject } from '../units/json.ts'

/** Side signals to record during the trials of a scenario, such as the power of a GPU. */
export interface SamplerSpec {
  readonly kind: string
  /** The npm package whose plugin provides the kind. */
  readonly package: string
  readonly options: JsonObject
}
