import { readMessage } from '@servebench/plugin-oip/protocol'
import type { MessageTable } from '@servebench/plugin-oip/protocol'
import { fieldsOf, textOf } from '@servebench/plugin-oip/control'

const INT64_TEXT: MessageTable = { 1: ['value', 'int'] }
export const MODEL_SPEC: MessageTable = {
  1: ['name', 'string'],
  2: ['version', INT64_TEXT],
  3: ['signature_name', 'string'],
  4: ['version_label', 'string'],
}

export interface AnsweredModel {
  readonly modelName: string
  readonly modelVersion: string
  readonly signature: string
}

/** What an answer says about the model that made it. */
export function readModelSpec(message: Uint8Array): AnsweredModel {
  const spec = readMessage(MODEL_SPEC, message)
  const { value } = fieldsOf(spec['version'])
  return {
    modelName: textOf(spec['name']),
    modelVersion: spec['version'] === undefined ? '' : String(Number(value ?? 0)),
    signature: textOf(spec['signature_name']),
  }
}
