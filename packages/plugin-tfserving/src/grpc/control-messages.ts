import type { MessageTable } from '@servebench/plugin-oip/protocol'
import { DATA_TYPE_NAMES } from '../model/data-type.ts'
import { MODEL_SPEC } from './read-model-spec.ts'

const SHAPE: MessageTable = {
  2: ['dim', { 1: ['size', 'int'], 2: ['name', 'string'] }, 'list'],
  3: ['unknown_rank', 'bool'],
}
const TENSOR_INFO: MessageTable = {
  1: ['name', 'string'],
  2: ['dtype', DATA_TYPE_NAMES],
  3: ['tensor_shape', SHAPE],
}
const SIGNATURE_DEF: MessageTable = {
  1: ['inputs', TENSOR_INFO, 'map'],
  2: ['outputs', TENSOR_INFO, 'map'],
  3: ['method_name', 'string'],
}
/** What is inside an `Any` has the same bytes as a message in its place. */
const SIGNATURE_MAP_ANY: MessageTable = {
  1: ['type_url', 'string'],
  2: ['value', { 1: ['signature_def', SIGNATURE_DEF, 'map'] }],
}

export const METADATA_RESPONSE: MessageTable = {
  1: ['model_spec', MODEL_SPEC],
  2: ['metadata', SIGNATURE_MAP_ANY, 'map'],
}

/** Numbered in tens. */
const STATES: string[] = []
for (const [index, name] of ['UNKNOWN', 'START', 'LOADING', 'AVAILABLE', 'UNLOADING', 'END'].entries())
  STATES[10 * index] = name

const STATUS: MessageTable = { 1: ['error_code', 'int'], 2: ['error_message', 'string'] }
export const STATUS_RESPONSE: MessageTable = {
  1: ['model_version_status', { 1: ['version', 'int'], 2: ['state', STATES], 3: ['status', STATUS] }, 'list'],
}
export const RELOAD_RESPONSE: MessageTable = { 1: ['status', STATUS] }
