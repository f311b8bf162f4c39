import { joinBytesElements } from '../inference/bytes-tensor.ts'
import type { ModelTensor } from '../model/model-tensor.ts'
import { invalid } from '../status.ts'

/**
 * Parses JSON without losing digits: a whole number beyond 2^53 becomes a `bigint`. That costs several times as much,
 * so it is only done when the text has a number of 16 digits or more.
 * @throws {SyntaxError}
 */
export function parseJson(text: string): unknown {
  return /\d{16}/.test(text) ? JSON.parse(text, reviveWholeNumber) : JSON.parse(text)
}

/** The third argument carries the number's text (the "JSON.parse source text access" proposal, in Node.js since 21). */
function reviveWholeNumber(_key: string, value: unknown, context?: { source?: string }): unknown {
  const source = context?.source
  if (typeof value !== 'number' || Number.isSafeInteger(value) || source === undefined) return value
  return /^-?\d+$/.test(source) ? BigInt(source) : value
}

/**
 * The bytes of a tensor that came as JSON, nested or flat.
 * @throws {RequestError} when a value does not fit the datatype or the number of values the shape
 */
export function encodeJsonData(data: unknown, info: ModelTensor, elements: number): Uint8Array {
  const { type, name } = info
  if (!type.json)
    throw invalid(`Input '${name}' is ${type.name}, which has no JSON form: send it as binary data.`)
  const values: unknown[] = []
  flatten(data, values, elements, name)
  if (values.length !== elements) {
    throw invalid(`Input '${name}' has ${values.length} elements, but its shape needs ${elements}.`)
  }
  if (type.size === 0) {
    const encoder = new TextEncoder()
    return joinBytesElements(
      values.map((value) => encoder.encode(check(value, typeof value === 'string', info) as string)),
    )
  }
  const array = new type.array(elements)
  for (let index = 0; index < elements; index++) array[index] = toElement(values[index], info) as never
  return new Uint8Array(array.buffer)
}

function flatten(data: unknown, into: unknown[], limit: number, name: string): void {
  if (!Array.isArray(data)) {
    into.push(data)
    return
  }
  for (const item of data as unknown[]) {
    if (into.length > limit)
      throw invalid(`Input '${name}' has more elements than the ${limit} of its shape.`)
    if (Array.isArray(item)) flatten(item, into, limit, name)
    else into.push(item)
  }
}

function toElement(value: unknown, info: ModelTensor): number | bigint {
  switch (info.type.name) {
    case 'BOOL':
      return Number(check(value, typeof value === 'boolean' || value === 0 || value === 1, info))
    case 'FP32':
    case 'FP64':
      return Number(check(value, typeof value === 'number' || typeof value === 'bigint', info))
    case 'INT64':
      return wholeNumber(value, info, -(2n ** 63n), 2n ** 63n - 1n)
    case 'UINT64':
      return wholeNumber(value, info, 0n, 2n ** 64n - 1n)
    default: {
      const bits = 8 * info.type.size
      const signed = info.type.name.startsWith('I')
      const low = signed ? -(2 ** (bits - 1)) : 0
      return check(
        value,
        Number.isInteger(value) && (value as number) >= low && (value as number) < low + 2 ** bits,
        info,
      ) as number
    }
  }
}

function wholeNumber(value: unknown, info: ModelTensor, low: bigint, high: bigint): bigint {
  const exact = typeof value === 'bigint' || Number.isSafeInteger(value)
  const number = exact ? BigInt(value as number | bigint) : 0n
  check(value, exact && number >= low && number <= high, info)
  return number
}

function check(value: unknown, fits: boolean, info: ModelTensor): unknown {
  if (fits) return value
  const shown = typeof value === 'bigint' ? String(value) : (JSON.stringify(value) ?? 'nothing').slice(0, 80)
  throw invalid(`Input '${info.name}' has the datatype ${info.type.name}; ${shown} does not fit it.`)
}
