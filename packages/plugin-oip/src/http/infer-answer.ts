import { elementCount } from 'servebench/plugin'
import { answerError } from '../answer-error.ts'
import { parseJson } from '../json/parse-json.ts'
import type { ParsedJson } from '../json/parse-json.ts'
import { readTensorJson } from '../json/tensor-json.ts'
import { OipOutput, OipResponse } from '../response.ts'
import { isDatatype } from '../tensor/datatype.ts'
import { decodeTensor } from '../tensor/decode-tensor.ts'

type Fields = { readonly [name: string]: ParsedJson | undefined }

/**
 * Reads the answer to `POST …/infer`.
 * @param content without its `Content-Encoding`
 * @param headerLength of `Inference-Header-Content-Length`; `null` without it: all of the content is JSON
 * @throws {ServebenchError} `SERVEBENCH_OIP_ANSWER` or `SERVEBENCH_JSON`
 */
export function readInferAnswer(content: Uint8Array, headerLength: number | null): OipResponse {
  const jsonLength = headerLength ?? content.length
  if (jsonLength > content.length) {
    throw answerError(`The answer announces ${jsonLength} bytes of JSON, but has ${content.length}.`)
  }
  const answer = asFields(parseJson(content.subarray(0, jsonLength)), 'The answer')
  if (typeof answer['error'] === 'string')
    throw answerError(`The answer is an error: ${answer['error'].slice(0, 500)}`)
  const { outputs } = answer
  if (!Array.isArray(outputs)) throw answerError('The answer has no list of outputs.')
  const tensors = new BinaryTensors(content.subarray(jsonLength))
  const response = new OipResponse({
    modelName: textOf(answer['model_name']),
    modelVersion: textOf(answer['model_version']),
    id: textOf(answer['id']),
    parameters: optionalFields(answer['parameters']),
    outputs: (outputs as readonly ParsedJson[]).map((output) =>
      readOutput(asFields(output, 'An output'), tensors),
    ),
  })
  tensors.finish()
  return response
}

/** @throws {ServebenchError} when the header is no length */
export function readHeaderLength(header: string | undefined): number | null {
  if (header === undefined) return null
  const length = Number(header)
  if (/^\d+$/.test(header) && Number.isSafeInteger(length)) return length
  throw answerError(`The answer's Inference-Header-Content-Length is '${header.slice(0, 40)}'.`)
}

function readOutput(output: Fields, tensors: BinaryTensors): OipOutput {
  const { name, datatype, shape, data } = output
  if (typeof name !== 'string') throw answerError('An output of the answer has no name.')
  const what = `The output '${name}'`
  if (!isDatatype(datatype)) throw answerError(`${what} has no datatype of the protocol.`)
  if (!isShape(shape)) throw answerError(`${what} has no shape.`)
  const size = optionalFields(output['parameters'])['binary_data_size']
  if (size === undefined && data === undefined) throw answerError(`${what} has no data.`)
  const values =
    size === undefined
      ? readData(what, datatype, data as ParsedJson)
      : decodeTensor(datatype, tensors.take(what, size))
  const count = elementCount(shape)
  if (values === null || values.length !== count) {
    throw answerError(
      `${what} of shape [${shape.join(', ')}] does not have ${count} elements of ${datatype}.`,
    )
  }
  return new OipOutput(name, datatype, shape, values)
}

function readData(
  what: string,
  ...[datatype, data]: Parameters<typeof readTensorJson>
): ReturnType<typeof readTensorJson> {
  try {
    return readTensorJson(datatype, data)
  } catch (error) {
    throw answerError(`${what} ${(error as Error).message}`)
  }
}

/** The bytes after the JSON, in the order of the outputs. */
class BinaryTensors {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  take(what: string, size: ParsedJson): Uint8Array {
    const left = this.#bytes.length - this.#at
    if (typeof size !== 'number' || !Number.isInteger(size) || size < 0 || size > left) {
      throw answerError(`${what} announces ${Number(size)} bytes; the answer has ${left} left.`)
    }
    this.#at += size
    return this.#bytes.subarray(this.#at - size, this.#at)
  }

  finish(): void {
    const left = this.#bytes.length - this.#at
    if (left > 0) throw answerError(`The answer has ${left} bytes more than its outputs announce.`)
  }
}

function isShape(shape: ParsedJson | undefined): shape is readonly number[] {
  return (
    Array.isArray(shape) &&
    shape.every((size) => typeof size === 'number' && Number.isInteger(size) && size >= 0)
  )
}

function textOf(value: ParsedJson | undefined): string {
  return typeof value === 'string' ? value : ''
}

function asFields(value: ParsedJson, what: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields
  throw answerError(`${what} is no JSON object.`)
}

function optionalFields(value: ParsedJson | undefined): Fields {
  return value === undefined || value === null ? {} : asFields(value, 'A list of parameters')
}
