import { OipResponse } from '@servebench/plugin-oip/protocol'
import type { OipOutput } from '@servebench/plugin-oip/protocol'

/** A class of an example. */
export interface TfServingClass {
  /** `''` where the model has none. */
  readonly label: string
  readonly score: number
}

interface Fields {
  readonly modelName: string
  readonly modelVersion?: string
  readonly signature?: string
  readonly outputs?: readonly OipOutput[]
  readonly classifications?: readonly (readonly TfServingClass[])[]
  readonly regressions?: readonly number[]
}

/** An answer, as `check` sees it. The REST API does not say which version answered: then `modelVersion` is that asked for. */
export class TfServingResponse extends OipResponse {
  readonly signature: string
  /** Of the method `classify`: the classes of each example, in the order of the server. */
  readonly classifications: readonly (readonly TfServingClass[])[]
  /** Of the method `regress`: a value for each example. */
  readonly regressions: readonly number[]

  constructor({ modelName, modelVersion = '', signature = '', outputs = [], ...results }: Fields) {
    super({ modelName, modelVersion, id: '', parameters: {}, outputs })
    this.signature = signature
    this.classifications = results.classifications ?? []
    this.regressions = results.regressions ?? []
  }
}
