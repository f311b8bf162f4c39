import { WireReader } from '@servebench/plugin-oip/protocol'
import { ServebenchError } from 'servebench/plugin'

/** An input or output of an ONNX file. */
export interface OnnxTensor {
  readonly name: string
  /** As Triton's configurations call it: `TYPE_FP32`. */
  readonly dataType: string
  /** −1 for any size. */
  readonly dims: readonly number[]
}
export interface OnnxSignature {
  readonly inputs: readonly OnnxTensor[]
  readonly outputs: readonly OnnxTensor[]
}

/** By number: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto, `TensorProto.DataType`. */
const DATA_TYPES: Readonly<Record<number, string>> = {
  1: 'TYPE_FP32',
  2: 'TYPE_UINT8',
  3: 'TYPE_INT8',
  4: 'TYPE_UINT16',
  5: 'TYPE_INT16',
  6: 'TYPE_INT32',
  7: 'TYPE_INT64',
  8: 'TYPE_STRING',
  9: 'TYPE_BOOL',
  10: 'TYPE_FP16',
  11: 'TYPE_FP64',
  12: 'TYPE_UINT32',
  13: 'TYPE_UINT64',
  16: 'TYPE_BF16',
}
const Model = { graph: 7 } as const
const Graph = { initializer: 5, input: 11, output: 12 } as const
const Initializer = { name: 8 } as const
const Value = { name: 1, type: 2 } as const
const Type = { tensor: 1 } as const
const Tensor = { elementType: 1, shape: 2 } as const
const Shape = { dimension: 1 } as const
const Dimension = { value: 1 } as const

/**
 * Inputs and outputs of an ONNX file.
 * @throws {ServebenchError} `SERVEBENCH_TRITON_ONNX` when it is none, or has what Triton cannot serve
 */
export function readOnnxSignature(file: Uint8Array, path: string): OnnxSignature {
  try {
    const graph = fieldsOf(file).find(({ field }) => field === Model.graph)
    if (graph === undefined) throw new Error('it has no graph')
    const fields = fieldsOf(graph.bytes)
    const initialized = new Set(
      fields
        .filter(({ field }) => field === Graph.initializer)
        .map(({ bytes }) => textIn(bytes, Initializer.name)),
    )
    const tensors = (wanted: number): OnnxTensor[] =>
      fields.filter(({ field }) => field === wanted).map(({ bytes }) => readTensor(bytes))
    // Files of old versions list weights among the inputs.
    const inputs = tensors(Graph.input).filter(({ name }) => !initialized.has(name))
    return { inputs, outputs: tensors(Graph.output) }
  } catch (cause) {
    throw new ServebenchError(
      'SERVEBENCH_TRITON_ONNX',
      `${path} is not an ONNX model that can be served: ${(cause as Error).message.replace(/\.$/, '')}.`,
      {
        advice:
          'Check the file with another tool; servebench reads models of tensors, without sequences and maps.',
        cause,
      },
    )
  }
}

function readTensor(value: Uint8Array): OnnxTensor {
  const name = textIn(value, Value.name)
  const type = bytesIn(bytesIn(value, Value.type), Type.tensor)
  const dims: number[] = []
  let elementType = 0
  const reader = new WireReader(type)
  while (reader.next()) {
    if (reader.field === Tensor.elementType) elementType = Number(reader.int64())
    else if (reader.field === Tensor.shape) dims.push(...readShape(reader.bytes()))
    else reader.skip()
  }
  const dataType = DATA_TYPES[elementType]
  if (dataType === undefined) throw new Error(`'${name}' has elements of type ${elementType}`)
  return { name, dataType, dims }
}

function readShape(shape: Uint8Array): number[] {
  return fieldsOf(shape)
    .filter(({ field }) => field === Shape.dimension)
    .map(({ bytes }) => {
      const reader = new WireReader(bytes)
      let size = -1
      while (reader.next()) {
        if (reader.field === Dimension.value) size = Number(reader.int64())
        else reader.skip()
      }
      return size > 0 ? size : -1
    })
}

interface Field {
  readonly field: number
  readonly bytes: Uint8Array
}

/** The length-delimited fields of a message, as views. */
function fieldsOf(message: Uint8Array): Field[] {
  const fields: Field[] = []
  const reader = new WireReader(message)
  while (reader.next()) {
    if (reader.type === 2) fields.push({ field: reader.field, bytes: reader.bytes() })
    else reader.skip()
  }
  return fields
}

/** Empty when the field is not there. */
function bytesIn(message: Uint8Array, field: number): Uint8Array {
  return fieldsOf(message).find((each) => each.field === field)?.bytes ?? new Uint8Array()
}

function textIn(message: Uint8Array, field: number): string {
  return Buffer.from(bytesIn(message, field)).toString()
}
