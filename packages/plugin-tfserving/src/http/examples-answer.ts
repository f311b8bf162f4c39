import type { ParsedJson } from '@servebench/plugin-oip/protocol'
import { answerError } from '../answer-error.ts'
import type { TfServingClass } from '../response.ts'
import { readAnswerObject } from './json-object.ts'

/** The results for each example. @throws {ServebenchError} `SERVEBENCH_TFSERVING_ANSWER` or `SERVEBENCH_JSON` */
export function readClassifyAnswer(content: Uint8Array): TfServingClass[][] {
  return readResults(content).map((classes) => {
    if (!Array.isArray(classes)) throw answerError('A result of the answer is no list of classes.')
    return (classes as readonly ParsedJson[]).map((pair) => {
      const [label, score] = Array.isArray(pair) ? (pair as readonly ParsedJson[]) : []
      if (typeof label !== 'string' || !isNumber(score))
        throw answerError('A class of the answer is no pair of label and score.')
      return { label, score: Number(score) }
    })
  })
}

/** The value for each example. @throws {ServebenchError} `SERVEBENCH_TFSERVING_ANSWER` or `SERVEBENCH_JSON` */
export function readRegressAnswer(content: Uint8Array): number[] {
  return readResults(content).map((value) => {
    if (!isNumber(value)) throw answerError('A result of the answer is no number.')
    return Number(value)
  })
}

/** The documentation calls them `result`, servers `results`. */
function readResults(content: Uint8Array): readonly ParsedJson[] {
  const answer = readAnswerObject(content)
  const results = answer['results'] ?? answer['result']
  if (!Array.isArray(results)) throw answerError('The answer has no list of results.')
  return results as readonly ParsedJson[]
}

function isNumber(value: ParsedJson | undefined): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint'
}
