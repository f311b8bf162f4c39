import { ElementError, elementReader, encodeEach } from '@servebench/plugin-oip/protocol'
import type { BoundInput, BoundRequest } from '@servebench/plugin-oip/protocol'
import { ValidationError } from 'servebench/plugin'
import { nestTexts, writeBase64 } from './nested-list.ts'

/** How the body has its tensors: a list of rows, or each input in full. */
export type BodyFormat = 'rows' | 'columns'

/** Datatypes that servers read from JSON. */
const WITHOUT_JSON: readonly string[] = ['FP16', 'BF16', 'UINT16']

/**
 * Writes the body of `POST …:predict`.
 * @param inputs how many the signature has: a single one goes without its name
 * @throws {ValidationError} for values that JSON cannot express, and for rows of different numbers
 */
export function writePredictBody(
  request: BoundRequest,
  signature: string,
  format: BodyFormat,
  inputs: number,
): string {
  const texts = encodeEach(
    request.inputs,
    writeElements,
    'Change the values, or send them over gRPC, which takes all of them.',
  )
  const head = `{"signature_name":${JSON.stringify(signature)},`
  const isNamed = inputs !== 1 || request.inputs.length !== 1
  const columns = request.inputs.map(({ name, shape }, index) => ({
    name,
    shape,
    texts: texts[index] as string[],
  }))
  if (format === 'rows') return `${head}"instances":[${rowsOf(columns, isNamed).join(',')}]}`
  const values = columns.map(({ name, shape, texts: elements }) => ({
    name,
    value: nestTexts(elements, shape),
  }))
  return `${head}"inputs":${isNamed ? objectOf(values) : (values[0]?.value ?? '{}')}}`
}

interface Column {
  readonly name: string
  readonly shape: readonly number[]
  readonly texts: readonly string[]
}

function rowsOf(columns: readonly Column[], isNamed: boolean): string[] {
  const [first] = columns
  const count = first?.shape[0]
  const problems = columns
    .filter(({ shape }) => shape[0] === undefined || shape[0] === 0 || shape[0] !== count)
    .map(({ name, shape }) => ({
      path: `inputs.${name}`,
      message: `of shape [${shape.join(', ')}] cannot be sent as a list of rows.`,
    }))
  if (count === undefined || problems.length > 0) {
    throw new ValidationError('The input', problems, {
      advice:
        "Rows need one first dimension above 0 that all inputs share: use the protocol 'http-columns', or gRPC.",
    })
  }
  return Array.from({ length: count }, (_, row) => {
    const values = columns.map(({ name, shape, texts }) => {
      const size = texts.length / count
      return { name, value: nestTexts(texts.slice(row * size, (row + 1) * size), shape.slice(1)) }
    })
    return isNamed ? objectOf(values) : (values[0]?.value ?? '')
  })
}

function objectOf(values: readonly { readonly name: string; readonly value: string }[]): string {
  return `{${values.map(({ name, value }) => `${JSON.stringify(name)}:${value}`).join(',')}}`
}

function writeElements({ datatype, data }: BoundInput): string[] {
  if (WITHOUT_JSON.includes(datatype))
    throw new ElementError(`is ${datatype}, which servers do not read from JSON.`)
  const elements = data as ArrayLike<unknown>
  if (datatype === 'BYTES') {
    return Array.from(elements, (element, index) => {
      if (typeof element === 'string') return JSON.stringify(element)
      if (element instanceof Uint8Array) return writeBase64(element)
      throw new ElementError(`has an element at ${index} that is neither text nor bytes.`)
    })
  }
  const read = elementReader(datatype)
  return Array.from(elements, (element, index) => {
    const value = read(element, index)
    if (datatype === 'BOOL') return value === 1 ? 'true' : 'false'
    if (typeof value === 'number' && !Number.isFinite(value))
      throw new ElementError(`has ${value} at ${index}, which JSON cannot express.`)
    return Object.is(value, -0) ? '-0.0' : String(value)
  })
}
