import { bytesOf } from '../datatype.ts'
import type { Tensor } from '../operators/tensor.ts'
import type { Evaluation } from './evaluate.ts'

/** Keys and values that a decoder keeps from one token to the next. */
export interface CacheMetrics {
  /** After this execution. */
  readonly bytes: number
  /** What each further token of a sequence adds. */
  readonly bytesPerToken: number
  /** Tensors that it consists of. */
  readonly tensors: number
}

const NAMES = /present|past|cache|key_values/i

/** Caches are inputs that get something put behind them; without such inputs, outputs with the usual names. */
export function measureCache({ steps, outputs }: Evaluation): CacheMetrics | null {
  const grown = steps.flatMap((step) => step.outputs).filter((tensor) => tensor.grownAlong !== undefined)
  const named = outputs
    .filter(({ name, tensor }) => NAMES.test(name) && tensor.shape?.length === 4)
    .map(({ tensor }) => ({ ...tensor, grownAlong: 2 }))
  const tensors = grown.length > 0 ? grown : named
  if (tensors.length === 0) return null
  const total = (pick: (tensor: Tensor) => number): number =>
    tensors.reduce((sum, tensor) => sum + pick(tensor), 0)
  const bytes = total(({ type, shape }) => bytesOf(product(shape), type))
  const bytesPerToken = total(({ type, shape, grownAlong = -2 }) => {
    const batch = shape?.length === 5 ? (shape[1] ?? 1) : (shape?.[0] ?? 1)
    return bytesOf(product(shape?.with(grownAlong, 1) ?? null) / batch, type)
  })
  return Number.isFinite(bytes + bytesPerToken) ? { bytes, bytesPerToken, tensors: tensors.length } : null
}

function product(shape: readonly number[] | null): number {
  return shape?.reduce((total, size) => total * size, 1) ?? Number.NaN
}
