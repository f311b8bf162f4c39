import type { Tensor, TensorData } from '../../plugin.ts'
import { datasetError } from './row-reader.ts'

/**
 * Tensors of rows as one of a batch.
 * @throws {ServebenchError} when their shapes differ
 */
export function stackTensors(name: string, tensors: readonly Tensor[], batched: boolean): Tensor {
  const [first] = tensors as [Tensor]
  if (tensors.length === 1 && !batched) return first
  const shape = first.shape.join(', ')
  const other = tensors.find((tensor) => tensor.shape.join(', ') !== shape)
  if (other !== undefined) {
    throw datasetError(
      `Rows of the shapes [${shape}] and [${other.shape.join(', ')}] cannot stand in one batch of ${name}.`,
      'Use batch: 1, or rows of one shape.',
    )
  }
  return {
    datatype: first.datatype,
    shape: [tensors.length, ...first.shape],
    data: tensors.length === 1 ? first.data : joinData(tensors.map(({ data }) => data)),
  }
}

function joinData(parts: readonly TensorData[]): TensorData {
  const [first] = parts as [TensorData]
  if (!ArrayBuffer.isView(first)) return parts.flatMap((part) => [...(part as readonly string[])])
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  const joined = new (first.constructor as new (length: number) => Float32Array)(length)
  let at = 0
  for (const part of parts) {
    joined.set(part as Float32Array, at)
    at += part.length
  }
  return joined
}
