import { parseDuration } from 'servebench/plugin'
import type { JsonValue, Problem } from 'servebench/plugin'
import { isObject } from './merge-config.ts'
import type {
  PlannedBatching,
  PlannedSettings,
  TritonDynamicBatching,
  TritonModelSettings,
} from './model-settings.ts'

const NANOS_PER_MICROSECOND = 1000
const KINDS: Readonly<Record<string, string>> = {
  auto: 'KIND_AUTO',
  cpu: 'KIND_CPU',
  gpu: 'KIND_GPU',
  model: 'KIND_MODEL',
}
const MODES: Readonly<Record<string, string>> = { sequential: '0', parallel: '1' }
const BATCHING_OPTIONS: readonly string[] = ['maxQueueDelay', 'preferred', 'preserveOrdering']
const LARGEST_BATCH = 1_000_000

export const SETTING_NAMES: readonly (keyof TritonModelSettings)[] = [
  'instances',
  'instanceKind',
  'gpus',
  'maxBatchSize',
  'dynamicBatching',
  'responseCache',
  'intraOpThreads',
  'interOpThreads',
  'executionMode',
  'parameters',
  'config',
]

/** Checks settings, and brings them into the form of plans. What is wrong goes to `problems`. */
export function planSettings(
  settings: TritonModelSettings,
  path: string,
  problems: Problem[],
): PlannedSettings {
  const reader = new SettingsReader(path, problems)
  const { instances, instanceKind, gpus, maxBatchSize, dynamicBatching, responseCache, config } = settings
  if (responseCache !== undefined && typeof responseCache !== 'boolean')
    reader.report('responseCache', 'must be true or false.')
  if (config !== undefined && !isObject(config)) reader.report('config', 'must be an object.')
  if (gpus !== undefined && instanceKind !== 'gpu') reader.report('gpus', "are for instanceKind: 'gpu'.")
  const parameters = planParameters(settings, reader)
  return defined({
    instances: reader.integer('instances', instances, 1, 1024),
    instanceKind: reader.choice('instanceKind', instanceKind, KINDS),
    gpus,
    maxBatchSize: reader.integer('maxBatchSize', maxBatchSize, 0, LARGEST_BATCH),
    dynamicBatching: planBatching(dynamicBatching, reader),
    responseCache,
    parameters: Object.keys(parameters).length === 0 ? undefined : parameters,
    config,
  })
}

function planBatching(
  batching: boolean | TritonDynamicBatching | undefined,
  reader: SettingsReader,
): false | PlannedBatching | undefined {
  if (batching === undefined || batching === false) return batching
  if (batching === true) return {}
  if (!isObject(batching as JsonValue))
    return reader.report('dynamicBatching', 'must be true, false, or an object.')
  const { maxQueueDelay, preferred, preserveOrdering } = batching
  for (const name of Object.keys(batching)) {
    if (!BATCHING_OPTIONS.includes(name))
      reader.report(`dynamicBatching.${name}`, 'is no setting of dynamic batching.')
  }
  if (preserveOrdering !== undefined && typeof preserveOrdering !== 'boolean')
    reader.report('dynamicBatching.preserveOrdering', 'must be true or false.')
  if (preferred !== undefined && !Array.isArray(preferred)) {
    reader.report('dynamicBatching.preferred', 'must be a list of sizes.')
    return undefined
  }
  return defined({
    maxQueueDelay: reader.microseconds('dynamicBatching.maxQueueDelay', maxQueueDelay),
    preferred: preferred?.map(
      (size) => reader.integer('dynamicBatching.preferred', size, 1, LARGEST_BATCH) ?? 1,
    ),
    preserveOrdering,
  })
}

function planParameters(settings: TritonModelSettings, reader: SettingsReader): Record<string, string> {
  const { intraOpThreads, interOpThreads, executionMode, parameters = {} } = settings
  const planned = Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, String(value)]))
  const add = (name: string, value: string | number | undefined): void => {
    if (value !== undefined) planned[name] = String(value)
  }
  add('intra_op_thread_count', reader.integer('intraOpThreads', intraOpThreads, 0, 1024))
  add('inter_op_thread_count', reader.integer('interOpThreads', interOpThreads, 0, 1024))
  add('execution_mode', reader.choice('executionMode', executionMode, MODES))
  return planned
}

class SettingsReader {
  readonly #path: string
  readonly #problems: Problem[]

  constructor(path: string, problems: Problem[]) {
    this.#path = path
    this.#problems = problems
  }

  report(name: string, message: string): undefined {
    this.#problems.push({ path: this.#path === '' ? name : `${this.#path}.${name}`, message })
  }

  integer(name: string, value: number | undefined, low: number, high: number): number | undefined {
    if (value !== undefined && (!Number.isInteger(value) || value < low || value > high)) {
      this.report(name, `must be a whole number from ${low} to ${high}, not ${JSON.stringify(value)}.`)
    }
    return value
  }

  choice(
    name: string,
    value: string | undefined,
    choices: Readonly<Record<string, string>>,
  ): string | undefined {
    if (value === undefined) return undefined
    if (Object.hasOwn(choices, value)) return choices[value]
    return this.report(
      name,
      `must be one of ${Object.keys(choices).join(', ')}, not ${JSON.stringify(value)}.`,
    )
  }

  microseconds(name: string, duration: string | undefined): number | undefined {
    if (duration === undefined) return undefined
    try {
      return Math.round(parseDuration(duration) / NANOS_PER_MICROSECOND)
    } catch (error) {
      return this.report(name, (error as Error).message)
    }
  }
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> }

function defined<T extends object>(values: T): Defined<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Defined<T>
}
