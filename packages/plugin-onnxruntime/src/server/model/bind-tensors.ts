import { isUtf8 } from 'node:buffer'
import { readBytesElements } from '../inference/bytes-tensor.ts'
import { invalid } from '../status.ts'
import type { InferenceCall } from './inference-call.ts'
import type { Model } from './model.ts'
import type { ModelTensor } from './model-tensor.ts'

/** An input as a protocol carries it. */
export interface GivenInput {
  readonly name: string
  readonly datatype: string
  readonly shape: readonly number[]
  /** The tensor's bytes, little-endian and row-major. Called after name, type and shape have been checked. */
  bytes(info: ModelTensor, elements: number): Uint8Array
}

/**
 * Checks a request's tensors against the model's signature and puts them into the call, in the model's order.
 * @param outputs names of the wanted outputs; empty: all
 * @throws {RequestError} `invalidArgument`, with a sentence for the sender
 */
export function bindTensors(
  call: InferenceCall,
  model: Model,
  inputs: readonly GivenInput[],
  outputs: readonly string[],
): void {
  const count = model.inputs.length
  const shapes: (readonly number[])[] = []
  const bytes: Uint8Array[] = []
  let shapeKey = ''
  for (const given of inputs) {
    const index = model.inputs.findIndex((info) => info.name === given.name)
    if (index < 0)
      throw invalid(
        `Unexpected inference input '${given.name}' for model '${model.name}'; it has ${names(model.inputs)}.`,
      )
    if (bytes[index] !== undefined)
      throw invalid(`Input '${given.name}' of model '${model.name}' is given twice.`)
    const info = model.inputs[index] as ModelTensor
    const elements = checkShape(model, info, given)
    shapes[index] = given.shape
    const data = given.bytes(info, elements)
    checkLength(info, elements, data)
    bytes[index] = data
  }
  for (let index = 0; index < count; index++) {
    const shape = shapes[index]
    if (shape === undefined) {
      throw invalid(
        `Input '${model.inputs[index]?.name}' of model '${model.name}' is missing; it needs ${names(model.inputs)}.`,
      )
    }
    for (let axis = 1; axis < shape.length; axis++) shapeKey += `${shape[axis]},`
    shapeKey += ';'
  }
  call.shapes = shapes
  call.inputs = bytes
  call.shapeKey = shapeKey
  call.rows = countRows(model, shapes)
  call.wanted = outputs.length === 0 ? model.allOutputs : outputs.map((name) => indexOfOutput(model, name))
}

function checkShape(model: Model, info: ModelTensor, given: GivenInput): number {
  if (given.datatype !== info.type.name) {
    throw invalid(
      `Input '${info.name}' of model '${model.name}' has the datatype ${info.type.name}, not ${given.datatype}.`,
    )
  }
  const { shape } = given
  let elements = 1
  let fits = info.shape.length === shape.length || info.shape.length === 0
  for (let axis = 0; axis < shape.length; axis++) {
    const size = shape[axis] as number
    const expected = info.shape[axis] ?? -1
    if (!Number.isSafeInteger(size) || size < 0 || (expected !== -1 && expected !== size)) fits = false
    elements *= size
  }
  if (!fits || !Number.isSafeInteger(elements)) {
    throw invalid(
      `Unexpected shape for input '${info.name}' of model '${model.name}': expected [${info.shape.join(',')}], got [${shape.join(',')}].`,
    )
  }
  return elements
}

function checkLength(info: ModelTensor, elements: number, data: Uint8Array): void {
  const { size } = info.type
  if (size > 0) {
    if (data.byteLength === elements * size) return
    throw invalid(
      `Input '${info.name}' has ${data.byteLength} bytes, but its shape and datatype ${info.type.name} need ${elements * size}.`,
    )
  }
  let given: readonly Uint8Array[]
  try {
    given = readBytesElements(data)
  } catch (error) {
    throw invalid(`Input '${info.name}' is not a BYTES tensor: ${(error as Error).message}.`)
  }
  if (given.length !== elements) {
    throw invalid(`Input '${info.name}' has ${given.length} elements, but its shape needs ${elements}.`)
  }
  // ONNX Runtime's Node.js binding takes strings: what is not UTF-8 would arrive as something else, a zero would end it.
  if (given.some((element) => element.includes(0) || !isUtf8(element))) {
    throw invalid(`Input '${info.name}' has an element that is not UTF-8 text or contains a zero byte.`)
  }
}

function countRows(model: Model, shapes: readonly (readonly number[])[]): number {
  if (model.maxBatchSize === 0) return 1
  const rows = shapes[0]?.[0] ?? 1
  if (shapes.some((shape) => shape[0] !== rows)) {
    throw invalid(`The inputs of a request to model '${model.name}' must have the same batch size.`)
  }
  if (rows < 1 || rows > model.maxBatchSize) {
    throw invalid(
      `Inference request batch-size must be from 1 to ${model.maxBatchSize} for model '${model.name}', not ${rows}.`,
    )
  }
  return rows
}

function indexOfOutput(model: Model, name: string): number {
  const index = model.outputs.findIndex((info) => info.name === name)
  if (index < 0)
    throw invalid(
      `Unexpected inference output '${name}' for model '${model.name}'; it has ${names(model.outputs)}.`,
    )
  return index
}

function names(tensors: readonly ModelTensor[]): string {
  return tensors.map((info) => `'${info.name}'`).join(', ')
}
