import { load } from 'js-yaml'
import { suggest, ValidationError } from 'servebench/plugin'
import type { Problem } from 'servebench/plugin'

/** One mode of one model: what `auto_benchmark.py` makes a file for each batch size and number of workers of. */
export interface SuiteModel {
  /** `eager_mode_vgg11`, as the suite names its folders. */
  readonly name: string
  /** Of the archive. */
  readonly url: string
  readonly workers: readonly number[]
  readonly batchSizes: readonly number[]
  /** Milliseconds. */
  readonly batchDelay: number
  readonly concurrency: readonly number[]
  readonly requests: number
  readonly input: string
  /** As written, where it differs from the default by the file's ending. */
  readonly contentType: string | null
  readonly processors: readonly Processor[]
}

export type Processor =
  | { readonly kind: 'cpu' }
  /** @property count `null`: all that there are */
  | { readonly kind: 'gpu'; readonly count: number | null }
  | { readonly kind: 'other'; readonly name: string }

const KEYS = [
  'benchmark_engine',
  'url',
  'workers',
  'batch_size',
  'batch_delay',
  'concurrency',
  'requests',
  'input',
  'content_type',
  'handler_profiling',
  'backend_profiling',
  'exec_env',
  'processors',
] as const
/** Of the suite's `benchmark-ab.py`. */
const DEFAULTS = { workers: 1, batch_size: 1, batch_delay: 200, concurrency: 10, requests: 100 } as const
const LARGEST_FILE = 1024 * 1024

/**
 * Reads a model's YAML file of TorchServe's benchmark suite.
 * @throws {ValidationError} with everything that is wrong
 */
export function readSuite(text: string, file: string): readonly SuiteModel[] {
  const problems: Problem[] = []
  const models: SuiteModel[] = []
  for (const [model, modes] of fields(parse(text, file), file, problems)) {
    for (const [mode, value] of fields(modes, model, problems)) {
      models.push(new ModeReader(`${model}.${mode}`, `${mode}_${model}`, value, problems).read())
    }
  }
  if (models.length === 0 && problems.length === 0) problems.push({ path: file, message: 'has no model.' })
  if (problems.length > 0) throw new ValidationError(`The benchmark suite ${file}`, problems)
  return models
}

function parse(text: string, file: string): unknown {
  if (text.length > LARGEST_FILE)
    throw new ValidationError(file, [{ path: file, message: 'is too large for a suite.' }])
  try {
    return load(text)
  } catch (cause) {
    const [line = ''] = (cause as Error).message.split('\n')
    throw new ValidationError(
      `The benchmark suite ${file}`,
      [{ path: file, message: `is not YAML: ${line}.` }],
      { cause },
    )
  }
}

function fields(value: unknown, path: string, problems: Problem[]): [string, unknown][] {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return Object.entries(value)
  problems.push({ path, message: 'must be an object.' })
  return []
}

class ModeReader {
  readonly #path: string
  readonly #name: string
  readonly #fields: ReadonlyMap<string, unknown>
  readonly #problems: Problem[]

  constructor(path: string, name: string, value: unknown, problems: Problem[]) {
    this.#path = path
    this.#name = name
    this.#problems = problems
    this.#fields = new Map(fields(value, path, problems))
  }

  read(): SuiteModel {
    for (const key of this.#fields.keys()) {
      if (KEYS.some((known) => known === key)) continue
      this.#problems.push({
        path: `${this.#path}.${key}`,
        message: 'is no key of the suite.',
        suggestion: suggest(key, KEYS),
      })
    }
    const engine = this.#fields.get('benchmark_engine') ?? 'ab'
    if (engine !== 'ab' && engine !== 'locust') this.#report('benchmark_engine', "must be 'ab' or 'locust'.")
    const [batchDelay = 0] = this.#counts('batch_delay', 0)
    const [requests = 0] = this.#counts('requests', 1)
    return {
      name: this.#name,
      url: this.#text('url'),
      workers: this.#counts('workers', 1),
      batchSizes: this.#counts('batch_size', 1),
      batchDelay,
      concurrency: this.#counts('concurrency', 1),
      requests,
      input: this.#text('input'),
      contentType: this.#fields.has('content_type') ? this.#text('content_type') : null,
      processors: this.#processors(),
    }
  }

  #counts(key: keyof typeof DEFAULTS, least: number): readonly number[] {
    const value = this.#fields.get(key) ?? DEFAULTS[key]
    const list: readonly unknown[] = Array.isArray(value) ? value : [value]
    const isValid =
      list.length > 0 && list.every((count) => Number.isSafeInteger(count) && (count as number) >= least)
    if (!isValid) this.#report(key, `must be a whole number of at least ${least}, or a list of them.`)
    return isValid ? [...new Set(list as readonly number[])] : [least]
  }

  #text(key: string): string {
    const value = this.#fields.get(key)
    if (typeof value === 'string' && value !== '') return value.trim()
    this.#report(key, 'is missing.')
    return ''
  }

  #processors(): readonly Processor[] {
    const value = this.#fields.get('processors') ?? ['cpu']
    if (!Array.isArray(value) || value.length === 0) {
      this.#report('processors', "must be a list of 'cpu' and { gpus }.")
      return []
    }
    return (value as readonly unknown[]).map((entry): Processor => {
      if (entry === 'cpu') return { kind: 'cpu' }
      if (typeof entry === 'string') return { kind: 'other', name: entry }
      const gpus =
        typeof entry === 'object' && entry !== null ? (entry as { readonly gpus?: unknown }).gpus : undefined
      if (gpus === 'all') return { kind: 'gpu', count: null }
      const count = Number(gpus)
      if (gpus !== '' && Number.isSafeInteger(count) && count > 0) return { kind: 'gpu', count }
      this.#report(
        'processors',
        `has ${JSON.stringify(entry)}: it takes 'cpu' and { gpus: 'all' }, or a number of them.`,
      )
      return { kind: 'cpu' }
    })
  }

  #report(key: string, message: string): void {
    this.#problems.push({ path: `${this.#path}.${key}`, message })
  }
}
