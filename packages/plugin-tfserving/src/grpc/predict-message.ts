import { encodeEach, WireWriter } from '@servebench/plugin-oip/protocol'
import type { BoundRequest } from '@servebench/plugin-oip/protocol'
import { writeModelSpec } from './model-spec.ts'
import type { ModelChoice } from './model-spec.ts'
import { writeTensorProto } from './tensor-proto.ts'
import type { TensorEncoding } from './tensor-proto.ts'

/** Field numbers of `PredictRequest`. */
const Request = { modelSpec: 1, inputs: 2, outputFilter: 3 } as const
const Entry = { key: 1, value: 2 } as const

/**
 * Writes a `PredictRequest`.
 * @throws {ValidationError} for elements that do not fit their datatype, or are too many or too few
 */
export function writePredictMessage(
  request: BoundRequest,
  choice: ModelChoice,
  signature: string,
  encoding: TensorEncoding,
): Uint8Array {
  const entries = encodeEach(request.inputs, (input) =>
    new WireWriter()
      .string(Entry.key, input.name)
      .message(Entry.value, (tensor) => writeTensorProto(tensor, input, encoding))
      .finish(),
  )
  const writer = new WireWriter().message(Request.modelSpec, (spec) =>
    writeModelSpec(spec, choice, signature),
  )
  for (const entry of entries) writer.bytes(Request.inputs, entry)
  for (const { name } of request.outputs) writer.string(Request.outputFilter, name)
  return writer.finish()
}
