import type { VespaTensor } from './vespa-tensor.ts'

/** An answer, as `check` sees it. */
export interface VespaModelResponse {
  readonly model: string
  /** The function that was evaluated. */
  readonly function: string
  readonly tensor: VespaTensor
}
