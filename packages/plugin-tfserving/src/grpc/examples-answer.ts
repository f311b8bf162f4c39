import { fieldsOf, listOf, textOf } from '@servebench/plugin-oip/control'
import { readMessage, WireReader } from '@servebench/plugin-oip/protocol'
import type { MessageTable } from '@servebench/plugin-oip/protocol'
import type { TfServingMethod } from '../target.ts'
import { TfServingResponse } from '../response.ts'
import { readModelSpec } from './read-model-spec.ts'

/** Field numbers of `ClassificationResponse` and `RegressionResponse`. */
const Response = { result: 1, modelSpec: 2 } as const

const CLASSIFICATIONS: MessageTable = {
  1: [
    'classifications',
    { 1: ['classes', { 1: ['label', 'string'], 2: ['score', 'float'] }, 'list'] },
    'list',
  ],
}
const REGRESSIONS: MessageTable = { 1: ['regressions', { 1: ['value', 'float'] }, 'list'] }

/**
 * Reads a `ClassificationResponse` or a `RegressionResponse`.
 * @throws {ServebenchError} `SERVEBENCH_PROTOBUF`
 */
export function readExamplesAnswer(
  message: Uint8Array,
  method: Exclude<TfServingMethod, 'predict'>,
): TfServingResponse {
  let result: Uint8Array = new Uint8Array()
  let model = { modelName: '', modelVersion: '', signature: '' }
  const reader = new WireReader(message)
  while (reader.next()) {
    if (reader.field === Response.result) result = reader.bytes()
    else if (reader.field === Response.modelSpec) model = readModelSpec(reader.bytes())
    else reader.skip()
  }
  if (method === 'regress') {
    const regressions = listOf(readMessage(REGRESSIONS, result)['regressions'])
    return new TfServingResponse({
      ...model,
      regressions: regressions.map((regression) => Number(fieldsOf(regression)['value'] ?? 0)),
    })
  }
  const classifications = listOf(readMessage(CLASSIFICATIONS, result)['classifications'])
  return new TfServingResponse({
    ...model,
    classifications: classifications.map((classification) =>
      listOf(fieldsOf(classification)['classes']).map((value) => {
        const { label, score } = fieldsOf(value)
        return { label: textOf(label), score: Number(score ?? 0) }
      }),
    ),
  })
}
