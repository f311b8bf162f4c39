import { elementCount } from 'servebench/plugin'
import type { Datatype } from 'servebench/plugin'
import { answerError } from '../answer-error.ts'
import { OipOutput, OipResponse } from '../response.ts'
import { isDatatype } from '../tensor/datatype.ts'
import type { OipData } from '../tensor/datatype.ts'
import { decodeTensor } from '../tensor/decode-tensor.ts'
import { WireReader } from '../wire/wire-reader.ts'
import { readContents } from './tensor-contents.ts'
import type { TensorContents } from './tensor-contents.ts'

type Parameter = string | number | bigint | boolean

interface Output {
  name: string
  datatype: string
  shape: number[]
  contents: TensorContents | undefined
}

/**
 * Reads a `ModelInferResponse`, with raw or typed contents.
 * @throws {ServebenchError} `SERVEBENCH_OIP_ANSWER` or `SERVEBENCH_PROTOBUF`
 */
export function readInferAnswer(message: Uint8Array): OipResponse {
  const fields = { modelName: '', modelVersion: '', id: '' }
  const parameters: Record<string, Parameter> = {}
  const outputs: Output[] = []
  const raw: Uint8Array[] = []
  const reader = new WireReader(message)
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        fields.modelName = reader.string()
        break
      case 2:
        fields.modelVersion = reader.string()
        break
      case 3:
        fields.id = reader.string()
        break
      case 4:
        readParameter(reader.bytes(), parameters)
        break
      case 5:
        outputs.push(readOutput(reader.bytes()))
        break
      case 6:
        raw.push(reader.bytes())
        break
      default:
        reader.skip()
    }
  }
  if (raw.length > 0 && raw.length !== outputs.length) {
    throw answerError(`The answer has ${outputs.length} outputs, but ${raw.length} raw_output_contents.`)
  }
  return new OipResponse({
    ...fields,
    parameters,
    outputs: outputs.map((output, index) => toOutput(output, raw[index])),
  })
}

function toOutput({ name, datatype, shape, contents }: Output, raw: Uint8Array | undefined): OipOutput {
  const what = `The output '${name}'`
  if (!isDatatype(datatype))
    throw answerError(`${what} has the datatype '${datatype}', which the protocol does not have.`)
  if (shape.some((size) => size < 0)) throw answerError(`${what} has the shape [${shape.join(', ')}].`)
  const count = elementCount(shape)
  const data = raw === undefined ? fromContents(what, contents, datatype, count) : decodeTensor(datatype, raw)
  if (data === null || data.length !== count) {
    throw answerError(
      `${what} of shape [${shape.join(', ')}] does not have ${count} elements of ${datatype}.`,
    )
  }
  return new OipOutput(name, datatype, shape, data)
}

/** An output without elements may leave its contents out. */
function fromContents(
  what: string,
  contents: TensorContents | undefined,
  datatype: Datatype,
  count: number,
): OipData {
  if (contents === undefined && count > 0) throw answerError(`${what} has no data.`)
  try {
    return readContents(contents ?? new Uint8Array(), datatype)
  } catch (error) {
    throw answerError(`${what} ${(error as Error).message}`)
  }
}

function readOutput(bytes: Uint8Array): Output {
  const output: Output = { name: '', datatype: '', shape: [], contents: undefined }
  const reader = new WireReader(bytes)
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        output.name = reader.string()
        break
      case 2:
        output.datatype = reader.string()
        break
      case 3:
        reader.repeated(0, output.shape, (element) => Number(element.int64()))
        break
      case 5:
        output.contents = reader.bytes()
        break
      default:
        reader.skip()
    }
  }
  return output
}

function readParameter(bytes: Uint8Array, parameters: Record<string, Parameter>): void {
  const entry = new WireReader(bytes)
  let name = ''
  let value: Parameter | undefined
  while (entry.next()) {
    if (entry.field === 1) name = entry.string()
    else if (entry.field === 2) value = readChoice(new WireReader(entry.bytes()))
    else entry.skip()
  }
  if (value !== undefined)
    Object.defineProperty(parameters, name, { value, enumerable: true, configurable: true, writable: true })
}

/** `InferParameter`: integers beyond 2^53 stay `bigint`s. */
function readChoice(reader: WireReader): Parameter | undefined {
  let value: Parameter | undefined
  while (reader.next()) {
    if (reader.field === 1) value = reader.bool()
    else if (reader.field === 2) value = narrow(reader.int64())
    else if (reader.field === 3) value = reader.string()
    else if (reader.field === 4) value = reader.double()
    else if (reader.field === 5) value = narrow(reader.uint64())
    else reader.skip()
  }
  return value
}

function narrow(value: bigint): number | bigint {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}
