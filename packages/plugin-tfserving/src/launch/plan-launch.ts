import { parseDuration } from 'servebench/plugin'
import type { Duration, Problem } from 'servebench/plugin'

/** How a server joins requests into batches; what is left out is as the server has it. */
export interface TfServingBatching {
  /** Rows of the largest batch. */
  readonly maxBatchSize?: number
  /** How long the oldest request waits for others. */
  readonly timeout?: Duration
  /** Batches that may wait; requests beyond them fail as unavailable. */
  readonly maxEnqueuedBatches?: number
  /** Batches that are executed at a time. */
  readonly threads?: number
  /** Sizes that batches are filled up to, in ascending order; the last one is the largest batch. */
  readonly allowedSizes?: readonly number[]
  /** Whether inputs of different sizes are filled up to the largest one of their batch. */
  readonly padVariableLengths?: boolean
  /** Whether requests larger than `maxExecutionSize` are split. */
  readonly splitLarge?: boolean
  /** Rows of the largest execution, where requests are split. */
  readonly maxExecutionSize?: number
}

export interface TfServingThreads {
  /** Of one operator. */
  readonly intraOp?: number
  /** For operators side by side. */
  readonly interOp?: number
  /** Both of these. */
  readonly session?: number
  /** That load models. */
  readonly load?: number
  /** Of the REST API. */
  readonly rest?: number
}

/** Plain data; names are those of the server's parameter file. */
export interface PlannedBatching {
  readonly max_batch_size?: number
  readonly batch_timeout_micros?: number
  readonly max_enqueued_batches?: number
  readonly num_batch_threads?: number
  readonly allowed_batch_sizes?: readonly number[]
  readonly pad_variable_length_inputs?: boolean
  readonly enable_large_batch_splitting?: boolean
  readonly max_execution_batch_size?: number
}

/** By the names of the server's flags. */
export type PlannedThreads = Readonly<Record<string, number>>

const NANOS_PER_MICROSECOND = 1000
const COUNTS = {
  maxBatchSize: 'max_batch_size',
  maxEnqueuedBatches: 'max_enqueued_batches',
  threads: 'num_batch_threads',
  maxExecutionSize: 'max_execution_batch_size',
} as const
const SWITCHES = {
  padVariableLengths: 'pad_variable_length_inputs',
  splitLarge: 'enable_large_batch_splitting',
} as const
const FLAGS = {
  intraOp: 'tensorflow_intra_op_parallelism',
  interOp: 'tensorflow_inter_op_parallelism',
  session: 'tensorflow_session_parallelism',
  load: 'num_load_threads',
  rest: 'rest_api_num_threads',
} as const
const BATCHING_OPTIONS: readonly string[] = [
  ...Object.keys(COUNTS),
  ...Object.keys(SWITCHES),
  'timeout',
  'allowedSizes',
]

/** @returns `null` for none */
export function planBatching(
  batching: boolean | TfServingBatching | undefined,
  problems: Problem[],
): PlannedBatching | null {
  if (batching === undefined || batching === false) return null
  if (batching === true) return {}
  const given = batching as Readonly<Record<string, unknown>>
  const planned: Record<string, unknown> = {}
  const report = (name: string, message: string): void => {
    problems.push({ path: `batching.${name}`, message })
  }
  for (const name of Object.keys(given)) {
    if (!BATCHING_OPTIONS.includes(name)) report(name, 'is no option.')
  }
  for (const [name, field] of Object.entries(COUNTS)) {
    if (given[name] === undefined) continue
    if (!isCount(given[name])) report(name, 'must be a whole number above 0.')
    planned[field] = given[name]
  }
  for (const [name, field] of Object.entries(SWITCHES)) {
    if (given[name] === undefined) continue
    if (typeof given[name] !== 'boolean') report(name, 'must be true or false.')
    planned[field] = given[name]
  }
  const { timeout, allowedSizes, maxBatchSize } = batching
  if (timeout !== undefined) {
    try {
      planned['batch_timeout_micros'] = Math.round(parseDuration(timeout) / NANOS_PER_MICROSECOND)
    } catch (error) {
      report('timeout', (error as Error).message)
    }
  }
  if (allowedSizes !== undefined) {
    // The server ends itself over these, in its log.
    const isAscending =
      Array.isArray(allowedSizes) &&
      allowedSizes.every((size, index) => isCount(size) && size > (allowedSizes[index - 1] ?? 0))
    if (!isAscending) report('allowedSizes', 'must be whole numbers in ascending order.')
    else if (maxBatchSize !== undefined && allowedSizes.at(-1) !== maxBatchSize)
      report('allowedSizes', `must end with maxBatchSize, which is ${maxBatchSize}.`)
    planned['allowed_batch_sizes'] = allowedSizes
  }
  return planned
}

export function planThreads(threads: TfServingThreads | undefined, problems: Problem[]): PlannedThreads {
  const given = (threads ?? {}) as Readonly<Record<string, unknown>>
  const planned: Record<string, number> = {}
  for (const [name, count] of Object.entries(given)) {
    const path = `threads.${name}`
    const flag = Object.hasOwn(FLAGS, name) ? FLAGS[name as keyof typeof FLAGS] : undefined
    if (flag === undefined) problems.push({ path, message: 'is no option.' })
    else if (!isCount(count)) problems.push({ path, message: 'must be a whole number above 0.' })
    else planned[flag] = count
  }
  if (given['session'] !== undefined && (given['intraOp'] ?? given['interOp']) !== undefined)
    problems.push({ path: 'threads.session', message: 'sets both intraOp and interOp: leave them out.' })
  return planned
}

function isCount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) > 0
}
