import type { GraphOptimizationLevel, SessionSettings } from '../inference/session-options.ts'
import { GRAPH_LEVELS } from './format-model-config.ts'
import { DEFAULT_SETTINGS, type BatchingSettings, type ModelSettings } from './model-settings.ts'

/** Fields that say what the file says anyway, or that change nothing here. */
const DESCRIPTIVE = [
  'name',
  'platform',
  'backend',
  'runtime',
  'version_policy',
  'input',
  'output',
  'default_model_filename',
]

/**
 * Reads a configuration that replaces the one in effect: what it does not mention has its default.
 * @throws {Error} with every problem, one per sentence.
 */
export function parseModelConfig(config: unknown, defaults: ModelSettings = DEFAULT_SETTINGS): ModelSettings {
  const reader = new ConfigReader(config)
  const groups = reader.list('instance_group')
  const dynamic = reader.object('dynamic_batching')
  const parameters = readParameters(reader)
  const settings: ModelSettings = {
    instances:
      groups.length === 0
        ? defaults.instances
        : groups.reduce<number>(
            (total, group) => total + reader.count(group, 'instance_group.count', 1, 256),
            0,
          ),
    maxBatchSize: reader.integer('max_batch_size', 0, 1_000_000) ?? defaults.maxBatchSize,
    batching: dynamic === undefined ? null : readBatching(reader, dynamic),
    maxQueueSize: readQueueSize(reader, dynamic, parameters) ?? defaults.maxQueueSize,
    session: readSession(reader, parameters, defaults.session),
  }
  reader.finish([
    ...DESCRIPTIVE,
    'instance_group',
    'dynamic_batching',
    'parameters',
    'max_batch_size',
    'optimization',
  ])
  if (settings.batching !== null && settings.maxBatchSize === 0) {
    throw new Error('dynamic_batching needs a max_batch_size above 0.')
  }
  return settings
}

function readBatching(reader: ConfigReader, dynamic: Readonly<Record<string, unknown>>): BatchingSettings {
  const preferred = dynamic['preferred_batch_size'] ?? []
  if (!Array.isArray(preferred) || !preferred.every((size) => Number.isInteger(size) && size > 0)) {
    reader.report('dynamic_batching.preferred_batch_size must be a list of whole numbers above 0.')
  }
  return {
    preferred: preferred as number[],
    maxQueueDelay:
      1000 *
      reader.count(
        { count: dynamic['max_queue_delay_microseconds'] ?? 0 },
        'dynamic_batching.max_queue_delay_microseconds',
        0,
        1e9,
      ),
  }
}

function readQueueSize(
  reader: ConfigReader,
  dynamic: Readonly<Record<string, unknown>> | undefined,
  parameters: Map<string, string>,
): number | undefined {
  const own = parameters.get('max_queue_size')
  const policy = dynamic?.['default_queue_policy'] as { max_queue_size?: unknown } | undefined
  const value = own === undefined ? policy?.max_queue_size : Number(own)
  return value === undefined ? undefined : reader.count({ count: value }, 'max_queue_size', 0, 1e9)
}

function readSession(
  reader: ConfigReader,
  parameters: Map<string, string>,
  defaults: SessionSettings,
): SessionSettings {
  const threads = (name: string, fallback: number): number => {
    const text = parameters.get(name)
    return text === undefined
      ? fallback
      : reader.count({ count: Number(text) }, `parameters.${name}`, 0, 1024)
  }
  const mode = parameters.get('execution_mode')
  if (mode !== undefined && mode !== '0' && mode !== '1')
    reader.report(`parameters.execution_mode must be '0' or '1'.`)
  const profile = parameters.get('profile')
  if (profile !== undefined && !/^\w[\w.-]{0,99}$/.test(profile))
    reader.report('parameters.profile must be letters, digits, dots and dashes.')
  const graph = reader.object('optimization')?.['graph'] as { level?: unknown } | undefined
  const level = Object.entries(GRAPH_LEVELS).find(([, value]) => value === graph?.level)?.[0]
  if (graph?.level !== undefined && level === undefined)
    reader.report('optimization.graph.level must be −1, 0, 1 or 2.')
  return {
    intraOpThreads: threads('intra_op_thread_count', defaults.intraOpThreads),
    interOpThreads: threads('inter_op_thread_count', defaults.interOpThreads),
    executionMode: mode === undefined ? defaults.executionMode : mode === '1' ? 'parallel' : 'sequential',
    graphOptimizationLevel: (level as GraphOptimizationLevel | undefined) ?? defaults.graphOptimizationLevel,
    executionProviders: parameters.get('execution_providers')?.split(',') ?? defaults.executionProviders,
    entries: {
      ...defaults.entries,
      ...Object.fromEntries([...parameters].filter(([key]) => key.includes('.'))),
    },
    ...(profile === undefined ? {} : { profile }),
  }
}

const PARAMETERS = [
  'intra_op_thread_count',
  'inter_op_thread_count',
  'execution_mode',
  'execution_providers',
  'max_queue_size',
  'profile',
]

function readParameters(reader: ConfigReader): Map<string, string> {
  const parameters = new Map<string, string>()
  for (const [key, value] of Object.entries(reader.object('parameters') ?? {})) {
    const text = (value as { string_value?: unknown } | null)?.string_value
    if (typeof text !== 'string') reader.report(`parameters.${key} must be { "string_value": "…" }.`)
    else if (!PARAMETERS.includes(key) && !key.includes('.')) {
      reader.report(
        `parameters.${key} is unknown; there are ${PARAMETERS.join(', ')} and ONNX Runtime's session entries.`,
      )
    } else parameters.set(key, text)
  }
  return parameters
}

/** Reads untrusted JSON and collects what is wrong with it. */
class ConfigReader {
  readonly #fields: Readonly<Record<string, unknown>>
  readonly #problems: string[] = []

  constructor(config: unknown) {
    if (typeof config !== 'object' || config === null || Array.isArray(config))
      throw new Error('The configuration is not a JSON object.')
    this.#fields = config as Record<string, unknown>
  }

  report(problem: string): void {
    this.#problems.push(problem)
  }

  object(name: string): Readonly<Record<string, unknown>> | undefined {
    const value = this.#fields[name]
    if (value === undefined || value === null) return undefined
    if (typeof value === 'object' && !Array.isArray(value)) return value as Record<string, unknown>
    this.report(`${name} must be an object.`)
    return undefined
  }

  list(name: string): readonly unknown[] {
    const value = this.#fields[name] ?? []
    if (Array.isArray(value)) return value
    this.report(`${name} must be a list.`)
    return []
  }

  integer(name: string, low: number, high: number): number | undefined {
    const value = this.#fields[name]
    return value === undefined ? undefined : this.count({ count: value }, name, low, high)
  }

  /** `holder.count`, 1 when it is missing. */
  count(holder: unknown, name: string, low: number, high: number): number {
    const value = (holder as { count?: unknown } | null)?.count ?? 1
    if (Number.isInteger(value) && (value as number) >= low && (value as number) <= high)
      return value as number
    this.report(`${name} must be a whole number from ${low} to ${high}, not ${JSON.stringify(value)}.`)
    return low
  }

  finish(known: readonly string[]): void {
    for (const name of Object.keys(this.#fields)) {
      if (!known.includes(name)) this.report(`${name} is not supported.`)
    }
    if (this.#problems.length > 0) throw new Error(this.#problems.join(' '))
  }
}
