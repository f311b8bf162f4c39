import { parseJson } from '@servebench/plugin-oip/protocol'
import type { ParsedJson } from '@servebench/plugin-oip/protocol'
import { answerError } from '../answer-error.ts'

export type ParsedFields = { readonly [name: string]: ParsedJson | undefined }

/**
 * The JSON object of an answer; bare `NaN` and `Infinity` are numbers.
 * @throws {ServebenchError} when it is none, or says that it is an error
 */
export function readAnswerObject(content: Uint8Array): ParsedFields {
  const answer = parseJson(content)
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer))
    throw answerError('The answer is no JSON object.')
  const fields = answer as ParsedFields
  if (typeof fields['error'] === 'string')
    throw answerError(`The answer is an error: ${fields['error'].slice(0, 500)}`)
  return fields
}
