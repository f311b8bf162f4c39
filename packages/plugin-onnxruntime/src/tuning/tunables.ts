import { powersOfTwo } from 'servebench/plugin'
import type { SkippedValue, Tunable, TuningMachine } from 'servebench/plugin'
import type { ModelSettings } from '../server/model/model-settings.ts'

const AUTOMATIC_INSTANCES = 5
const LARGEST_BATCH = 64
const LONGEST_DELAY = 100e6
const SPINNING = 'session.intra_op.allow_spinning'
/** What needs a device on the bus. */
const OF_GPU: readonly string[] = ['cuda', 'tensorrt', 'rocm', 'migraphx', 'webgpu', 'dml']

/**
 * What a study may vary, by its path in the options of `onnxServer`. Numbers of threads go beyond the cores on purpose.
 * @param models settings of the loaded models, by name
 * @param providers execution providers of ONNX Runtime's binding; `null` where that is not known
 */
export function listTunables(
  models: Readonly<Record<string, ModelSettings>>,
  machine: TuningMachine,
  providers: readonly string[] | null,
): readonly Tunable[] {
  return [
    ...Object.entries(models).flatMap(([model, settings]) =>
      modelTunables(`models.${model}`, settings, machine, providers).map((tunable) => ({
        ...tunable,
        model,
      })),
    ),
    {
      path: 'sharedThreadPool',
      type: 'boolean',
      default: false,
      change: 'restart',
      description: 'One inference thread for all models; it excludes several instances.',
    },
  ]
}

function modelTunables(
  prefix: string,
  { instances, maxBatchSize, batching, maxQueueSize, session }: ModelSettings,
  machine: TuningMachine,
  providers: readonly string[] | null,
): Tunable[] {
  const most = 2 * machine.logicalCores
  const threads = (name: string, value: number, description: string): Tunable => ({
    path: `${prefix}.${name}`,
    type: 'integer',
    range: [1, most],
    ...(value === 0 ? {} : { default: value }),
    role: 'threads',
    change: 'reload',
    description,
  })
  return [
    {
      path: `${prefix}.instances`,
      type: 'integer',
      range: [1, most],
      default: instances,
      automatic: Array.from({ length: Math.min(most, AUTOMATIC_INSTANCES) }, (_, index) => index + 1),
      role: 'instances',
      change: 'reload',
      description: 'Inference threads, each with its own session.',
    },
    threads('intraOpThreads', session.intraOpThreads, 'Threads of one operator, for each instance.'),
    threads('interOpThreads', session.interOpThreads, 'Threads for operators side by side.'),
    {
      path: `${prefix}.executionMode`,
      type: 'choice',
      values: ['sequential', 'parallel'],
      default: session.executionMode,
      change: 'reload',
      description: 'Order of operators.',
    },
    {
      path: `${prefix}.graphOptimizationLevel`,
      type: 'choice',
      values: ['disabled', 'basic', 'extended', 'all'],
      default: session.graphOptimizationLevel,
      change: 'reload',
      description: 'Rewriting of the graph when the model is loaded.',
    },
    {
      path: `${prefix}.allowSpinning`,
      type: 'boolean',
      default: session.entries[SPINNING] !== '0',
      change: 'reload',
      description: 'Whether intra-op threads spin while they wait.',
    },
    providerTunable(prefix, session.executionProviders, machine, providers),
    {
      path: `${prefix}.dynamicBatching.maxBatchSize`,
      type: 'integer',
      range: [1, LARGEST_BATCH],
      scale: 'log',
      ...(batching === null || maxBatchSize === null ? {} : { default: maxBatchSize }),
      automatic: powersOfTwo(LARGEST_BATCH),
      role: 'batch',
      change: 'reload',
      description: 'Rows of the largest execution.',
    },
    {
      path: `${prefix}.dynamicBatching.maxQueueDelay`,
      type: 'duration',
      range: [0, LONGEST_DELAY],
      scale: 'log',
      default: `${(batching?.maxQueueDelay ?? 0) / 1000}us`,
      role: 'delay',
      change: 'reload',
      description: 'How long a request waits for others.',
    },
    {
      path: `${prefix}.maxQueueSize`,
      type: 'integer',
      range: [1, 65_536],
      scale: 'log',
      ...(maxQueueSize === 0 ? {} : { default: maxQueueSize }),
      change: 'reload',
      description: 'Requests that may wait.',
    },
  ]
}

function providerTunable(
  prefix: string,
  current: readonly string[],
  { gpus }: TuningMachine,
  providers: readonly string[] | null,
): Tunable {
  const known = providers ?? current
  const lists = known.map((name) => (name === 'cpu' ? [name] : [name, 'cpu']))
  const skipped = known.flatMap((name, index): SkippedValue[] =>
    gpus === 0 && OF_GPU.includes(name)
      ? [{ value: lists[index] as string[], reason: `This machine has no GPU for '${name}'.` }]
      : [],
  )
  return {
    path: `${prefix}.executionProviders`,
    type: 'choice',
    values: lists,
    default: current,
    ...(skipped.length === 0 ? {} : { skipped }),
    role: 'device',
    change: 'reload',
    description: 'What executes operators, in order of preference.',
  }
}
