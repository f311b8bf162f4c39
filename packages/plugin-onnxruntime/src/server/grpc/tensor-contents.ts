import { joinBytesElements } from '../inference/bytes-tensor.ts'
import type { ModelTensor } from '../model/model-tensor.ts'
import { invalid } from '../status.ts'
import type { InferTensorContents } from './gen/open_inference_pb.ts'

/** The typed list of `contents` that carries a datatype. FP16 has none. */
const FIELDS: Readonly<Record<string, Exclude<keyof InferTensorContents, `$${string}`>>> = {
  BOOL: 'boolContents',
  INT8: 'intContents',
  INT16: 'intContents',
  INT32: 'intContents',
  INT64: 'int64Contents',
  UINT8: 'uintContents',
  UINT16: 'uintContents',
  UINT32: 'uintContents',
  UINT64: 'uint64Contents',
  FP32: 'fp32Contents',
  FP64: 'fp64Contents',
  BYTES: 'bytesContents',
}

/** The bytes of a tensor that came in typed lists. @throws {RequestError} */
export function encodeContents(contents: InferTensorContents, info: ModelTensor): Uint8Array {
  const field = FIELDS[info.type.name]
  if (field === undefined)
    throw invalid(
      `Input '${info.name}' is ${info.type.name}, which has no typed contents: use raw_input_contents.`,
    )
  const values = contents[field]
  if (info.type.size === 0) return joinBytesElements(values as Uint8Array[])
  const array = (info.type.array as Float32ArrayConstructor).from(values as number[])
  return new Uint8Array(array.buffer)
}
