import type { MessageTable } from './message-table.ts'
import { MODEL_CONFIG } from './model-config.ts'

export const SERVER_LIVE: MessageTable = { 1: ['live', 'bool'] }
export const READY: MessageTable = { 1: ['ready', 'bool'] }

export const SERVER_METADATA: MessageTable = {
  1: ['name', 'string'],
  2: ['version', 'string'],
  3: ['extensions', 'string', 'list'],
}

const TENSOR_METADATA: MessageTable = {
  1: ['name', 'string'],
  2: ['datatype', 'string'],
  3: ['shape', 'int', 'list'],
}

export const MODEL_METADATA: MessageTable = {
  1: ['name', 'string'],
  2: ['versions', 'string', 'list'],
  3: ['platform', 'string'],
  4: ['inputs', TENSOR_METADATA, 'list'],
  5: ['outputs', TENSOR_METADATA, 'list'],
}

export const MODEL_CONFIG_RESPONSE: MessageTable = { 1: ['config', MODEL_CONFIG] }

const DURATION: MessageTable = { 1: ['count', 'uint'], 2: ['ns', 'uint'] }

const MODEL_STATISTICS: MessageTable = {
  1: ['name', 'string'],
  2: ['version', 'string'],
  3: ['last_inference', 'uint'],
  4: ['inference_count', 'uint'],
  5: ['execution_count', 'uint'],
  6: [
    'inference_stats',
    {
      1: ['success', DURATION],
      2: ['fail', DURATION],
      3: ['queue', DURATION],
      4: ['compute_input', DURATION],
      5: ['compute_infer', DURATION],
      6: ['compute_output', DURATION],
      7: ['cache_hit', DURATION],
      8: ['cache_miss', DURATION],
    },
  ],
  7: [
    'batch_stats',
    {
      1: ['batch_size', 'uint'],
      2: ['compute_input', DURATION],
      3: ['compute_infer', DURATION],
      4: ['compute_output', DURATION],
    },
    'list',
  ],
  8: ['memory_usage', { 1: ['type', 'string'], 2: ['id', 'int'], 3: ['byte_size', 'uint'] }, 'list'],
  9: [
    'response_stats',
    {
      1: ['compute_infer', DURATION],
      2: ['compute_output', DURATION],
      3: ['success', DURATION],
      4: ['fail', DURATION],
      5: ['empty_response', DURATION],
      6: ['cancel', DURATION],
    },
    'map',
  ],
}

export const STATISTICS: MessageTable = { 1: ['model_stats', MODEL_STATISTICS, 'list'] }

export const REPOSITORY_INDEX: MessageTable = {
  1: [
    'models',
    { 1: ['name', 'string'], 2: ['version', 'string'], 3: ['state', 'string'], 4: ['reason', 'string'] },
    'list',
  ],
}

export const TRACE_SETTINGS: MessageTable = { 1: ['settings', { 1: ['value', 'string', 'list'] }, 'map'] }

export const LOG_SETTINGS: MessageTable = {
  1: [
    'settings',
    { 1: ['bool_param', 'bool'], 2: ['uint32_param', 'uint'], 3: ['string_param', 'string'] },
    'map',
  ],
}
