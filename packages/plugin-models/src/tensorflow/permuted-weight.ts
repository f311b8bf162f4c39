import { countBytes, type Weight } from '../graph/graph.ts'
import { encodeElements } from '../graph/weight-bytes.ts'
import { readWeight } from '../graph/weight-values.ts'
import type { Deferred } from '../onnx/wire.ts'

/** A weight with its dimensions in another order. It is held in memory while it is written: kernels are small. */
export function permute(weight: Weight, order: readonly number[], seed: number): Deferred {
  return {
    byteLength: countBytes(weight),
    *blocks() {
      yield encodeElements(reorder(readWeight(weight, seed), weight.shape, order), weight.type)
    },
  }
}

function reorder(values: Float32Array, shape: readonly number[], order: readonly number[]): Float32Array {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1))
  const sizes = order.map((axis) => shape[axis] as number)
  const steps = order.map((axis) => strides[axis] as number)
  const result = new Float32Array(values.length)
  const at = sizes.map(() => 0)
  let from = 0
  for (let index = 0; index < result.length; index++) {
    result[index] = values[from] as number
    for (let axis = sizes.length - 1; axis >= 0; axis--) {
      at[axis] = (at[axis] as number) + 1
      from += steps[axis] as number
      if ((at[axis] as number) < (sizes[axis] as number)) break
      from -= (steps[axis] as number) * (sizes[axis] as number)
      at[axis] = 0
    }
  }
  return result
}
