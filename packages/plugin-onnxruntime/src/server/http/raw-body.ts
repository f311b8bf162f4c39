import type { GivenInput } from '../model/bind-tensors.ts'
import type { Model } from '../model/model.ts'
import { invalid } from '../status.ts'

/**
 * The form without any JSON (`Inference-Header-Content-Length: 0`): the body is the only input's tensor, a batch of one;
 * one variable size is taken from the number of bytes.
 * @throws {RequestError} when the model has more inputs or more than one variable size
 */
export function readRawBody(body: Buffer, model: Model): GivenInput {
  const [info] = model.inputs
  if (info === undefined || model.inputs.length > 1) {
    throw invalid(
      `A raw binary request needs a model with one input; '${model.name}' has ${model.inputs.length}.`,
    )
  }
  const shape = model.maxBatchSize > 0 ? [1, ...info.shape.slice(1)] : [...info.shape]
  const open = shape.flatMap((size, axis) => (size === -1 ? axis : []))
  if (open.length > 1 || info.type.size === 0) {
    throw invalid(
      `A raw binary request cannot tell the shape of input '${info.name}': [${info.shape.join(',')}] ${info.type.name}.`,
    )
  }
  for (const axis of open) {
    const known = shape.reduce((product, size) => product * (size === -1 ? 1 : size), info.type.size)
    shape[axis] = Math.floor(body.byteLength / known)
  }
  return { name: info.name, datatype: info.type.name, shape, bytes: () => body }
}
