import type { ElementType } from '../datatype.ts'
import type { Constant } from '../graph.ts'

/** Sizes of a tensor; a size that depends on the data is NaN, and so is all that is computed from it. */
export type Shape = readonly number[]

/** What is known of a value without running the model. */
export interface Tensor {
  readonly type: ElementType | null
  /** `null`: not even the rank is known. */
  readonly shape: Shape | null
  /** The elements of small tensors that do not depend on the data; NaN where one does. */
  readonly values?: readonly number[] | null
  /** Set where the value is known once the model is loaded: which constants it was made of. */
  readonly constants?: readonly Constant[]
  /** Of a value that is a quantised one behind a DequantizeLinear: its type. */
  readonly quantized?: ElementType
  /** A matrix product or a convolution made it. */
  readonly isProduct?: boolean
  /** It came into the model from outside, as it is. */
  readonly isInput?: boolean
  /** Of a cache that came in and was made longer: the axis. */
  readonly grownAlong?: number
}

export const UNKNOWN: Tensor = { type: null, shape: null }

/** Results that are looked into further are no larger than this. */
export const MOST_FOLDED = 8192

export function elementsOf(shape: Shape | null | undefined): number {
  return shape === null || shape === undefined
    ? Number.NaN
    : shape.reduce((product, size) => product * size, 1)
}

/**
 * Elements of a tensor in the order of another shape, which steps over them by `steps` along its axes.
 * @param length of the result: not taken from the shape, which a file may give any size
 */
export function stride(
  values: readonly number[],
  into: Shape,
  steps: readonly number[],
  length: number,
): readonly number[] {
  return Array.from({ length }, (_, index) => {
    let rest = index
    let at = 0
    for (let axis = into.length - 1; axis >= 0; axis--) {
      const size = into[axis] as number
      at += (rest % size) * (steps[axis] as number)
      rest = Math.floor(rest / size)
    }
    return values[at] as number
  })
}

/** Counted from the end where it is negative. */
export function axisOf(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis
}

/** By NumPy's rule, which is ONNX's and TensorFlow's. */
export function broadcast(...shapes: readonly (Shape | null | undefined)[]): Shape | null {
  let result: Shape = []
  for (const shape of shapes) {
    if (shape === null || shape === undefined) return null
    const rank = Math.max(result.length, shape.length)
    const left = result
    result = Array.from({ length: rank }, (_, index) => {
      const a = left[index - rank + left.length] ?? 1
      const b = shape[index - rank + shape.length] ?? 1
      return a === 1 ? b : b === 1 ? a : Number.isNaN(a) ? b : a
    })
  }
  return result
}
