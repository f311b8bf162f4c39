import type { MessageTable } from './message-table.ts'

// Triton's model configuration (https://github.com/triton-inference-server/common, model_config.proto), in full: an
// override replaces all of a model's configuration, so nothing of it may get lost between reading and writing.

const DATA_TYPE: readonly string[] = [
  'TYPE_INVALID',
  'TYPE_BOOL',
  'TYPE_UINT8',
  'TYPE_UINT16',
  'TYPE_UINT32',
  'TYPE_UINT64',
  'TYPE_INT8',
  'TYPE_INT16',
  'TYPE_INT32',
  'TYPE_INT64',
  'TYPE_FP16',
  'TYPE_FP32',
  'TYPE_FP64',
  'TYPE_STRING',
  'TYPE_BF16',
]

const RESHAPE: MessageTable = { 1: ['shape', 'int', 'list'] }

const INPUT: MessageTable = {
  1: ['name', 'string'],
  2: ['data_type', DATA_TYPE],
  3: ['format', ['FORMAT_NONE', 'FORMAT_NHWC', 'FORMAT_NCHW']],
  4: ['dims', 'int', 'list'],
  5: ['reshape', RESHAPE],
  6: ['is_shape_tensor', 'bool'],
  7: ['allow_ragged_batch', 'bool'],
  8: ['optional', 'bool'],
  9: ['is_non_linear_format_io', 'bool'],
}

const OUTPUT: MessageTable = {
  1: ['name', 'string'],
  2: ['data_type', DATA_TYPE],
  3: ['dims', 'int', 'list'],
  4: ['label_filename', 'string'],
  5: ['reshape', RESHAPE],
  6: ['is_shape_tensor', 'bool'],
  7: ['is_non_linear_format_io', 'bool'],
}

const BATCH_INPUT: MessageTable = {
  1: [
    'kind',
    [
      'BATCH_ELEMENT_COUNT',
      'BATCH_ACCUMULATED_ELEMENT_COUNT',
      'BATCH_ACCUMULATED_ELEMENT_COUNT_WITH_ZERO',
      'BATCH_MAX_ELEMENT_COUNT_AS_SHAPE',
      'BATCH_ITEM_SHAPE',
      'BATCH_ITEM_SHAPE_FLATTEN',
    ],
  ],
  2: ['target_name', 'string', 'list'],
  3: ['data_type', DATA_TYPE],
  4: ['source_input', 'string', 'list'],
}

const BATCH_OUTPUT: MessageTable = {
  1: ['target_name', 'string', 'list'],
  2: ['kind', ['BATCH_SCATTER_WITH_INPUT_SHAPE']],
  3: ['source_input', 'string', 'list'],
}

const VERSION_POLICY: MessageTable = {
  1: ['latest', { 1: ['num_versions', 'uint'] }],
  2: ['all', {}],
  3: ['specific', { 1: ['versions', 'int', 'list'] }],
}

const GRAPH_SHAPE: MessageTable = { 1: ['dim', 'int', 'list'] }
const GRAPH_SPEC: MessageTable = {
  1: ['batch_size', 'int'],
  2: ['input', GRAPH_SHAPE, 'map'],
  3: ['graph_lower_bound', { 1: ['batch_size', 'int'], 2: ['input', GRAPH_SHAPE, 'map'] }],
}
const ACCELERATOR: MessageTable = { 1: ['name', 'string'], 2: ['parameters', 'string', 'map'] }
const PINNED_MEMORY: MessageTable = { 1: ['enable', 'bool'] }

const OPTIMIZATION: MessageTable = {
  1: ['graph', { 1: ['level', 'int'] }],
  2: ['priority', ['PRIORITY_DEFAULT', 'PRIORITY_MAX', 'PRIORITY_MIN']],
  3: [
    'cuda',
    {
      1: ['graphs', 'bool'],
      2: ['busy_wait_events', 'bool'],
      3: ['graph_spec', GRAPH_SPEC, 'list'],
      4: ['output_copy_stream', 'bool'],
    },
  ],
  4: [
    'execution_accelerators',
    {
      1: ['gpu_execution_accelerator', ACCELERATOR, 'list'],
      2: ['cpu_execution_accelerator', ACCELERATOR, 'list'],
    },
  ],
  5: ['input_pinned_memory', PINNED_MEMORY],
  6: ['output_pinned_memory', PINNED_MEMORY],
  7: ['gather_kernel_buffer_threshold', 'uint'],
  8: ['eager_batching', 'bool'],
}

const QUEUE_POLICY: MessageTable = {
  1: ['timeout_action', ['REJECT', 'DELAY']],
  2: ['default_timeout_microseconds', 'uint'],
  3: ['allow_timeout_override', 'bool'],
  4: ['max_queue_size', 'uint'],
}

const DYNAMIC_BATCHING: MessageTable = {
  1: ['preferred_batch_size', 'int', 'list'],
  2: ['max_queue_delay_microseconds', 'uint'],
  3: ['preserve_ordering', 'bool'],
  4: ['priority_levels', 'uint'],
  5: ['default_priority_level', 'uint'],
  6: ['default_queue_policy', QUEUE_POLICY],
  7: ['priority_queue_policy', QUEUE_POLICY, 'uint64-map'],
}

const SEQUENCE_CONTROL: MessageTable = {
  1: [
    'kind',
    ['CONTROL_SEQUENCE_START', 'CONTROL_SEQUENCE_READY', 'CONTROL_SEQUENCE_END', 'CONTROL_SEQUENCE_CORRID'],
  ],
  2: ['int32_false_true', 'int', 'list'],
  3: ['fp32_false_true', 'float', 'list'],
  4: ['data_type', DATA_TYPE],
  5: ['bool_false_true', 'bool', 'list'],
}
const SEQUENCE_INITIAL_STATE: MessageTable = {
  1: ['data_type', DATA_TYPE],
  2: ['dims', 'int', 'list'],
  3: ['zero_data', 'bool'],
  4: ['data_file', 'string'],
  5: ['name', 'string'],
}
const SEQUENCE_STATE: MessageTable = {
  1: ['input_name', 'string'],
  2: ['output_name', 'string'],
  3: ['data_type', DATA_TYPE],
  4: ['dims', 'int', 'list'],
  5: ['initial_state', SEQUENCE_INITIAL_STATE, 'list'],
  6: ['use_same_buffer_for_input_output', 'bool'],
  7: ['use_growable_memory', 'bool'],
}

const SEQUENCE_BATCHING: MessageTable = {
  1: ['max_sequence_idle_microseconds', 'uint'],
  2: ['control_input', { 1: ['name', 'string'], 2: ['control', SEQUENCE_CONTROL, 'list'] }, 'list'],
  3: ['direct', { 1: ['max_queue_delay_microseconds', 'uint'], 2: ['minimum_slot_utilization', 'float'] }],
  4: [
    'oldest',
    {
      1: ['max_candidate_sequences', 'int'],
      2: ['preferred_batch_size', 'int', 'list'],
      3: ['max_queue_delay_microseconds', 'uint'],
      4: ['preserve_ordering', 'bool'],
    },
  ],
  5: ['state', SEQUENCE_STATE, 'list'],
  6: ['iterative_sequence', 'bool'],
}

const ENSEMBLE_STEP: MessageTable = {
  1: ['model_name', 'string'],
  2: ['model_version', 'int'],
  3: ['input_map', 'string', 'map'],
  4: ['output_map', 'string', 'map'],
  5: ['model_namespace', 'string'],
}

const INSTANCE_GROUP: MessageTable = {
  1: ['name', 'string'],
  2: ['count', 'int'],
  3: ['gpus', 'int', 'list'],
  4: ['kind', ['KIND_AUTO', 'KIND_GPU', 'KIND_CPU', 'KIND_MODEL']],
  5: ['profile', 'string', 'list'],
  6: [
    'rate_limiter',
    {
      1: ['resources', { 1: ['name', 'string'], 2: ['global', 'bool'], 3: ['count', 'uint'] }, 'list'],
      2: ['priority', 'uint'],
    },
  ],
  7: ['passive', 'bool'],
  8: ['secondary_devices', { 1: ['kind', ['KIND_NVDLA']], 2: ['device_id', 'int'] }, 'list'],
  9: ['host_policy', 'string'],
}

const WARMUP_INPUT: MessageTable = {
  1: ['data_type', DATA_TYPE],
  2: ['dims', 'int', 'list'],
  3: ['zero_data', 'bool'],
  4: ['random_data', 'bool'],
  5: ['input_data_file', 'string'],
}

const METRIC_CONTROL: MessageTable = {
  1: ['metric_identifier', { 1: ['family', 'string'] }],
  2: ['histogram_options', { 1: ['buckets', 'double', 'list'] }],
}

export const MODEL_CONFIG: MessageTable = {
  1: ['name', 'string'],
  2: ['platform', 'string'],
  3: ['version_policy', VERSION_POLICY],
  4: ['max_batch_size', 'int'],
  5: ['input', INPUT, 'list'],
  6: ['output', OUTPUT, 'list'],
  7: ['instance_group', INSTANCE_GROUP, 'list'],
  8: ['default_model_filename', 'string'],
  9: ['cc_model_filenames', 'string', 'map'],
  10: ['metric_tags', 'string', 'map'],
  11: ['dynamic_batching', DYNAMIC_BATCHING],
  12: ['optimization', OPTIMIZATION],
  13: ['sequence_batching', SEQUENCE_BATCHING],
  14: ['parameters', { 1: ['string_value', 'string'] }, 'map'],
  15: ['ensemble_scheduling', { 1: ['step', ENSEMBLE_STEP, 'list'], 2: ['max_inflight_requests', 'uint'] }],
  16: [
    'model_warmup',
    {
      1: ['name', 'string'],
      2: ['batch_size', 'uint'],
      3: ['inputs', WARMUP_INPUT, 'map'],
      4: ['count', 'uint'],
    },
    'list',
  ],
  17: ['backend', 'string'],
  18: ['model_operations', { 1: ['op_library_filename', 'string', 'list'] }],
  19: ['model_transaction_policy', { 1: ['decoupled', 'bool'] }],
  20: ['batch_input', BATCH_INPUT, 'list'],
  21: ['batch_output', BATCH_OUTPUT, 'list'],
  23: [
    'model_repository_agents',
    { 1: ['agents', { 1: ['name', 'string'], 2: ['parameters', 'string', 'map'] }, 'list'] },
  ],
  24: ['response_cache', { 1: ['enable', 'bool'] }],
  25: ['runtime', 'string'],
  26: ['model_metrics', { 1: ['metric_control', METRIC_CONTROL, 'list'] }],
}
