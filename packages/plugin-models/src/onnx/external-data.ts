import { countBytes, type Weight } from '../graph/graph.ts'
import { bytesOf } from '../graph/weight-bytes.ts'

/** Weights in a file of their own, because a protobuf message ends at 2 GiB. */
export interface ExternalData {
  /** The name of the file, beside that of the model. */
  readonly file: string
  readonly byteLength: number
  readonly places: ReadonlyMap<string, { readonly offset: number; readonly length: number }>
  /** A block is only valid until the next one is asked for. */
  blocks(seed: number): Iterable<Uint8Array>
}

/** Where weights begin: a page, so that they can be mapped into memory. */
const ALIGNMENT = 4096
/** Smaller ones stay in the message: some operations want theirs when the model is loaded. */
const SMALLEST = 1024

export function layOut(weights: readonly Weight[], file: string): ExternalData {
  const placed = weights.filter((weight) => countBytes(weight) >= SMALLEST)
  const places = new Map<string, { offset: number; length: number }>()
  let end = 0
  for (const weight of placed) {
    const offset = Math.ceil(end / ALIGNMENT) * ALIGNMENT
    const length = countBytes(weight)
    places.set(weight.name, { offset, length })
    end = offset + length
  }
  return {
    file,
    byteLength: end,
    places,
    *blocks(seed) {
      let position = 0
      for (const weight of placed) {
        const { offset, length } = places.get(weight.name) as { offset: number; length: number }
        if (offset > position) yield new Uint8Array(offset - position)
        yield* bytesOf(weight, seed).blocks()
        position = offset + length
      }
    },
  }
}
