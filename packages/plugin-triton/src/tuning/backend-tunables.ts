import { listOf } from '@servebench/plugin-oip/control'
import type { JsonObject, JsonValue, SkippedValue, Tunable, TuningMachine } from 'servebench/plugin'
import { isObject } from '../config/merge-config.ts'

/** Backends whose models take numbers of threads. */
const THREADED: ReadonlySet<unknown> = new Set(['onnxruntime', 'pytorch'])
/** Threads at most where the number of cores is not known. */
const OTHER_CORES = 8
const ACCELERATORS = 'execution_accelerators'
const NO_CPU: JsonObject = { cpu_execution_accelerator: null }
const TENSORRT: JsonObject = { ...NO_CPU, gpu_execution_accelerator: [{ name: 'tensorrt' }] }
const TENSORRT_HALF: JsonObject = {
  ...NO_CPU,
  gpu_execution_accelerator: [{ name: 'tensorrt', parameters: { precision_mode: 'FP16' } }],
}
const OPENVINO: JsonObject = {
  gpu_execution_accelerator: null,
  cpu_execution_accelerator: [{ name: 'openvino' }],
}
/** Of the TensorFlow backend. */
const MIXED: JsonObject = { ...NO_CPU, gpu_execution_accelerator: [{ name: 'auto_mixed_precision' }] }
const NO_GPU = 'This machine has no GPU that servebench sees.'

/** Threads, the rewriting of the graph, and accelerators: what the backends of frameworks take. */
export function backendTunables(
  config: JsonObject,
  prefix: string,
  machine: TuningMachine | null,
): Omit<Tunable, 'model'>[] {
  const { backend } = config
  const cores = machine?.logicalCores ?? OTHER_CORES
  return [
    ...(takesThreads(config) ? threadTunables(config, prefix, cores) : []),
    ...(backend === 'onnxruntime' ? graphTunables(config, prefix, machine) : []),
    ...(backend === 'tensorflow' ? tensorflowTunables(config, prefix, machine) : []),
  ]
}

/** By the backend, or as the model that servebench writes for ONNX files. */
function takesThreads(config: JsonObject): boolean {
  if (THREADED.has(config['backend'])) return true
  const parameters = config['parameters']
  return (
    isObject(parameters) &&
    parameters['intra_op_thread_count'] !== undefined &&
    listOf(config['input']).length > 0
  )
}

function threadTunables(config: JsonObject, prefix: string, cores: number): Tunable[] {
  const counts = (
    [
      [
        'intraOpThreads',
        'intra_op_thread_count',
        'Threads of one operator; times the instances they should not exceed the cores.',
      ],
      ['interOpThreads', 'inter_op_thread_count', 'Threads for operators side by side.'],
    ] as const
  ).map(([name, parameter, description]): Tunable => ({
    path: `${prefix}.${name}`,
    type: 'integer',
    range: [1, cores],
    ...defaultOf(config, parameter, Number),
    role: 'threads',
    change: 'reload',
    description,
  }))
  const mode = (text: string): JsonValue => (text === '1' ? 'parallel' : 'sequential')
  return config['backend'] === 'pytorch'
    ? counts
    : [
        ...counts,
        {
          path: `${prefix}.executionMode`,
          type: 'choice',
          values: ['sequential', 'parallel'],
          ...defaultOf(config, 'execution_mode', mode),
          change: 'reload',
          description: 'Whether operators run side by side.',
        },
      ]
}

function defaultOf(
  config: JsonObject,
  parameter: string,
  read: (text: string) => JsonValue,
): { readonly default?: JsonValue } {
  const parameters = config['parameters']
  const found = isObject(parameters) ? parameters[parameter] : undefined
  const text = isObject(found) ? found['string_value'] : undefined
  return typeof text === 'string' ? { default: read(text) } : {}
}

function graphTunables(config: JsonObject, prefix: string, machine: TuningMachine | null): Tunable[] {
  const skipped: SkippedValue[] =
    machine?.gpus === 0 ? [TENSORRT, TENSORRT_HALF].map((value) => ({ value, reason: NO_GPU })) : []
  return [
    {
      path: `${prefix}.config.optimization.graph.level`,
      type: 'choice',
      // As the backend of ONNX Runtime reads them: nothing, basic, extended, all.
      values: [2, -1, 1, 0],
      default: graphLevel(config),
      change: 'reload',
      description: 'Rewriting of the graph: 2 none, -1 basic, 1 extended, 0 all.',
    },
    {
      path: `${prefix}.config.optimization.${ACCELERATORS}`,
      type: 'choice',
      values: [null, OPENVINO, TENSORRT, TENSORRT_HALF],
      skipped,
      change: 'reload',
      description: 'What executes the model instead of ONNX Runtime itself.',
    },
  ]
}

function tensorflowTunables(config: JsonObject, prefix: string, machine: TuningMachine | null): Tunable[] {
  return [
    {
      path: `${prefix}.config.optimization.graph.level`,
      type: 'choice',
      values: [-1, 0, 1, 2],
      default: graphLevel(config),
      change: 'reload',
      description: 'Rewriting of the graph: -1 none, 0 as TensorFlow has it, 1 and 2 with XLA.',
    },
    {
      path: `${prefix}.config.optimization.${ACCELERATORS}`,
      type: 'choice',
      values: [null, MIXED],
      ...(machine?.gpus === 0 ? { skipped: [{ value: MIXED, reason: NO_GPU }] } : {}),
      change: 'reload',
      description: 'Whether operators compute with half precision where that is safe.',
    },
  ]
}

function graphLevel(config: JsonObject): number {
  const optimization = config['optimization']
  const graph = isObject(optimization) ? optimization['graph'] : undefined
  return isObject(graph) ? Number(graph['level'] ?? 0) : 0
}
