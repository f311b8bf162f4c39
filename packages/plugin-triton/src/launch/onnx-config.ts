import type { JsonObject } from 'servebench/plugin'
import type { OnnxSignature, OnnxTensor } from './onnx-signature.ts'

/** Rows of the largest batch where a model takes any number and nothing else is asked for. */
const LARGEST_BATCH = 32

/**
 * The configuration of a model that runs an ONNX file. Where all tensors have a first dimension of any size, it is the
 * batch.
 */
export function configureOnnx(
  name: string,
  signature: OnnxSignature,
  backend: 'onnxruntime' | 'python',
): JsonObject {
  const tensors = [...signature.inputs, ...signature.outputs]
  const batched = tensors.length > 0 && tensors.every(({ dims }) => dims[0] === -1)
  const describe = ({ name: tensor, dataType, dims }: OnnxTensor): JsonObject => ({
    name: tensor,
    data_type: dataType,
    // A tensor of one element for each row has no dimension of its own.
    dims: batched ? (dims.length === 1 ? [1] : dims.slice(1)) : dims,
    ...(batched && dims.length === 1 ? { reshape: { shape: [] } } : {}),
  })
  return {
    name,
    backend,
    max_batch_size: batched ? LARGEST_BATCH : 0,
    input: signature.inputs.map(describe),
    output: signature.outputs.map(describe),
    instance_group: [{ count: 1, kind: backend === 'python' ? 'KIND_CPU' : 'KIND_AUTO' }],
  }
}
