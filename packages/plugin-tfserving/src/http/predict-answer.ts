import {
  byteElements,
  createArray,
  ElementError,
  elementReader,
  isDatatype,
  OipOutput,
} from '@servebench/plugin-oip/protocol'
import type { OipData, OipModel, ParsedJson } from '@servebench/plugin-oip/protocol'
import type { Datatype } from 'servebench/plugin'
import { answerError } from '../answer-error.ts'
import { readAnswerObject } from './json-object.ts'
import type { ParsedFields } from './json-object.ts'
import { flattenJson, readBase64 } from './nested-list.ts'

/**
 * Reads the answer to `POST …:predict`, in either format. JSON has no datatypes: they are those of the signature.
 * @param content without its `Content-Encoding`
 * @throws {ServebenchError} `SERVEBENCH_TFSERVING_ANSWER` or `SERVEBENCH_JSON`
 */
export function readPredictAnswer(content: Uint8Array, { outputs }: OipModel): OipOutput[] {
  const { predictions, outputs: columns } = readAnswerObject(content)
  if (predictions === undefined && columns === undefined)
    throw answerError('The answer has neither predictions nor outputs.')
  const [only, second] = outputs
  if (only !== undefined && second === undefined) return [toOutput(only, predictions ?? columns)]
  const named = predictions === undefined ? asFields(columns) : fromRows(predictions)
  return outputs.map((output) => toOutput(output, named[output.name]))
}

/** Rows of objects as one list for each name. */
function fromRows(predictions: ParsedJson): ParsedFields {
  if (!Array.isArray(predictions)) throw answerError('The predictions of the answer are no list.')
  const rows = (predictions as readonly ParsedJson[]).map(asFields)
  const names = Object.keys(rows[0] ?? {})
  return Object.fromEntries(
    names.map((name): [string, ParsedJson] => [
      name,
      rows.map((row) => {
        const value = row[name]
        if (value === undefined) throw answerError(`A row of the answer has no output '${name}'.`)
        return value
      }),
    ]),
  )
}

function asFields(value: ParsedJson | undefined): ParsedFields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as ParsedFields
  throw answerError('The answer has values without names, and the signature has several outputs.')
}

function toOutput(
  { name, datatype, shape: declared }: OipModel['outputs'][number],
  value: ParsedJson | undefined,
): OipOutput {
  const what = `The output '${name}'`
  if (value === undefined) throw answerError(`${what} is not in the answer.`)
  if (!isDatatype(datatype)) throw answerError(`${what} is ${datatype}, which cannot be read.`)
  try {
    const { shape, elements } = flattenJson(value)
    const isEmpty = elements.length === 0 && shape.length < declared.length
    // Of an empty list the sizes further in are those of the signature.
    const sizes = isEmpty
      ? [...shape, ...declared.slice(shape.length).map((size) => Math.max(size, 0))]
      : shape
    return new OipOutput(name, datatype, sizes, readElements(datatype, elements))
  } catch (error) {
    if (!(error instanceof ElementError)) throw error
    throw answerError(`${what} ${error.message}`)
  }
}

function readElements(datatype: Datatype, elements: readonly unknown[]): OipData {
  if (datatype === 'BYTES')
    return byteElements(elements.map((element) => readBase64(element) ?? element) as string[])
  const array = createArray(datatype, elements.length)
  const read = elementReader(datatype)
  for (let index = 0; index < elements.length; index++) array[index] = read(elements[index], index) as never
  return array
}
