import type { GivenInput } from '../model/bind-tensors.ts'
import { invalid } from '../status.ts'
import { encodeJsonData, parseJson } from './json-data.ts'

/** An inference request as it came over HTTP. */
export interface InferBody {
  readonly id: string | undefined
  readonly inputs: readonly GivenInput[]
  readonly outputs: readonly RequestedOutput[]
  /** Whether outputs without an own wish are sent as binary data. */
  readonly binaryOutput: boolean
  /** The request parameter `timeout`, microseconds; 0: none. */
  readonly timeout: number
}

export interface RequestedOutput {
  readonly name: string
  readonly binary: boolean | undefined
}

type Fields = Readonly<Record<string, unknown>>

/**
 * Reads a body: JSON, then (with `Inference-Header-Content-Length`) the tensors' bytes in the order of the inputs.
 * @param headerLength bytes of JSON
 * @throws {RequestError}
 */
export function readInferBody(body: Buffer, headerLength: number): InferBody {
  const request = asObject(parseHeader(body, headerLength), 'The request')
  const parameters = optionalObject(request['parameters'], 'parameters')
  let position = headerLength
  const inputs = asList(request['inputs'], 'inputs').map((value, index): GivenInput => {
    const input = asObject(value, `inputs[${index}]`)
    const size = optionalObject(input['parameters'], `inputs[${index}].parameters`)['binary_data_size']
    const given = readTensorHead(input, index)
    if (size === undefined) {
      const { data } = input
      if (data === undefined) throw invalid(`Input '${given.name}' has no data.`)
      return { ...given, bytes: (info, elements) => encodeJsonData(data, info, elements) }
    }
    const start = position
    const length = wholeNumber(size, `binary_data_size of input '${given.name}'`)
    position += length
    if (position > body.byteLength) {
      throw invalid(
        `Input '${given.name}' announces ${length} bytes of binary data, but the body ends after ${body.byteLength - start}.`,
      )
    }
    const bytes = body.subarray(start, position)
    return { ...given, bytes: () => bytes }
  })
  if (position !== body.byteLength) {
    throw invalid(`The body has ${body.byteLength - position} bytes more than the inputs announce.`)
  }
  return {
    id: optionalString(request['id'], 'id'),
    inputs,
    outputs: (request['outputs'] === undefined ? [] : asList(request['outputs'], 'outputs')).map(
      readRequestedOutput,
    ),
    binaryOutput: parameters['binary_data_output'] === true,
    timeout: Number(parameters['timeout'] ?? 0) || 0,
  }
}

function parseHeader(body: Buffer, length: number): unknown {
  try {
    return parseJson(body.toString('utf8', 0, length))
  } catch (error) {
    throw invalid(`The request is not JSON: ${(error as Error).message}.`)
  }
}

function readTensorHead(input: Fields, index: number): Omit<GivenInput, 'bytes'> {
  const { name, datatype, shape } = input
  if (typeof name !== 'string') throw invalid(`inputs[${index}] has no name.`)
  if (typeof datatype !== 'string') throw invalid(`Input '${name}' has no datatype.`)
  if (!Array.isArray(shape)) throw invalid(`Input '${name}' has no shape.`)
  return { name, datatype, shape: shape as number[] }
}

function readRequestedOutput(value: unknown, index: number): RequestedOutput {
  const output = asObject(value, `outputs[${index}]`)
  const parameters = optionalObject(output['parameters'], `outputs[${index}].parameters`)
  if (typeof output['name'] !== 'string') throw invalid(`outputs[${index}] has no name.`)
  if (parameters['classification'] !== undefined)
    throw invalid(`Output '${output['name']}': classification is not supported.`)
  const binary = parameters['binary_data']
  return { name: output['name'], binary: typeof binary === 'boolean' ? binary : undefined }
}

function asObject(value: unknown, what: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields
  throw invalid(`${what} must be a JSON object.`)
}

function optionalObject(value: unknown, what: string): Fields {
  return value === undefined || value === null ? {} : asObject(value, what)
}

function asList(value: unknown, what: string): readonly unknown[] {
  if (Array.isArray(value)) return value
  throw invalid(`The request has no list of ${what}.`)
}

function wholeNumber(value: unknown, what: string): number {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number
  throw invalid(`${what} must be a whole number.`)
}

function optionalString(value: unknown, what: string): string | undefined {
  if (value === undefined || typeof value === 'string') return value
  throw invalid(`${what} must be a string.`)
}
