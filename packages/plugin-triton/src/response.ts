import { OipResponse } from '@servebench/plugin-oip/protocol'

/** An answer, as `check` sees it: the first one, and all where a model gives several. */
export class TritonResponse extends OipResponse {
  /** In their order; empty when a decoupled model gave none. */
  readonly answers: readonly OipResponse[]

  constructor(answers: readonly OipResponse[]) {
    super(answers[0] ?? { modelName: '', modelVersion: '', id: '', parameters: {}, outputs: [] })
    this.answers = answers
  }
}
