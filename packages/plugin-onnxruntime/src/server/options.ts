import { basename, extname, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { ExecutionMode, GraphOptimizationLevel } from './inference/session-options.ts'
import { DEFAULT_SETTINGS, type ModelSettings } from './model/model-settings.ts'
import type { ModelSource } from './model/model-repository.ts'
import { readDuration, readSize } from './units.ts'
import { UsageError } from './usage-error.ts'

/** What the command line decides. */
export interface ServerOptions {
  readonly host: string
  /** 0: any free port. */
  readonly httpPort: number
  readonly grpcPort: number
  readonly directory: string | null
  readonly sources: readonly ModelSource[]
  /** For models without a configuration of their own. */
  readonly defaults: ModelSettings
  readonly sharedThreadPool: boolean
  /** Where profiles are written; `null`: none can be switched on. */
  readonly profiles: string | null
  readonly maxRequestBytes: number
  /** How long a termination waits for requests in flight, ns. */
  readonly drainTimeout: number
  /** End when standard input ends, that is, with the process that started this one. */
  readonly guarded: boolean
}

export const HELP: string = `Usage: servebench-onnx-server [options] [MODEL.onnx | NAME=MODEL.onnx]...

Serves ONNX models over the Open Inference Protocol (KServe v2): HTTP with JSON or binary tensors, and gRPC.
When it is ready it prints one line of JSON: {"ready":true,"http":"http://…","grpc":"http://…",…}

Where
  --model-repository DIR         folder of <name>/<version>/model.onnx, with an optional <name>/config.json
  --host ADDRESS                 default 127.0.0.1
  --http-port N, --grpc-port N   default 8000 and 8001; 0: any free port

How each model runs (config.json and the load request override it)
  --instances N                  inference threads, each with a session of its own; default 1
  --intra-op-threads N           threads of an operator, the inference thread included; 0: all cores; default 1
  --inter-op-threads N           threads for operators side by side; default 1
  --execution-mode MODE          sequential (default) or parallel
  --graph-optimization-level L   disabled, basic, extended or all (default)
  --execution-provider NAME      default cpu; several: in order of preference
  --session-entry KEY=VALUE      any session entry of ONNX Runtime, for example session.intra_op.allow_spinning=0
  --shared-thread-pool           one inference thread for all models: they take turns on its intra-op threads
  --profile-directory DIR        lets a load request switch ONNX Runtime's profiler on (parameter profile: a name);
                                 each session writes DIR/<name>….json when it ends
  --max-batch-size N             rows of the largest request or batch; default: no limit
  --max-queue-delay DURATION     batch requests dynamically; how long the first may wait for others, for example 500us
  --preferred-batch-size N       start a batch of this size at once; may be repeated
  --max-queue-size N             requests that may wait, further ones get 503; 0: no limit; default ${DEFAULT_SETTINGS.maxQueueSize}

Limits
  --max-request-bytes SIZE       default 256MiB
  --drain-timeout DURATION       how long SIGTERM waits for requests in flight; default 10s
  --guarded                      end when standard input ends

  --help, --version

Examples
  servebench-onnx-server resnet50.onnx
  servebench-onnx-server --instances 2 --max-batch-size 8 --max-queue-delay 500us mlp=model.onnx
  servebench-onnx-server --model-repository models --http-port 0 --grpc-port 0
`

const ADVICE = 'Run servebench-onnx-server --help.'

const SPEC = {
  'model-repository': { type: 'string' },
  host: { type: 'string' },
  'http-port': { type: 'string' },
  'grpc-port': { type: 'string' },
  instances: { type: 'string' },
  'intra-op-threads': { type: 'string' },
  'inter-op-threads': { type: 'string' },
  'execution-mode': { type: 'string' },
  'graph-optimization-level': { type: 'string' },
  'execution-provider': { type: 'string', multiple: true },
  'session-entry': { type: 'string', multiple: true },
  'shared-thread-pool': { type: 'boolean' },
  'profile-directory': { type: 'string' },
  'max-batch-size': { type: 'string' },
  'max-queue-delay': { type: 'string' },
  'preferred-batch-size': { type: 'string', multiple: true },
  'max-queue-size': { type: 'string' },
  'max-request-bytes': { type: 'string' },
  'drain-timeout': { type: 'string' },
  guarded: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
} as const

type Values = ReturnType<typeof parse>['values']

/**
 * Reads the command line.
 * @throws {UsageError} with all problems at once
 */
export function parseOptions(argv: readonly string[]): ServerOptions | 'help' | 'version' {
  const { values, positionals } = parse(argv)
  if (values.help) return 'help'
  if (values.version) return 'version'
  const reader = new OptionReader(values)
  const sources = positionals.map((text) => readSource(text, reader))
  const directory = values['model-repository'] ?? null
  if (directory === null && sources.length === 0) {
    reader.report('MODEL', 'is missing: name at least one ONNX file, or --model-repository.')
  }
  const options: ServerOptions = {
    host: values.host ?? '127.0.0.1',
    httpPort: reader.integer('http-port', 8000, 0, 65_535),
    grpcPort: reader.integer('grpc-port', 8001, 0, 65_535),
    directory: directory === null ? null : resolve(directory),
    sources,
    defaults: readDefaults(reader, values),
    sharedThreadPool: values['shared-thread-pool'] ?? false,
    profiles: values['profile-directory'] === undefined ? null : resolve(values['profile-directory']),
    maxRequestBytes: reader.quantity('max-request-bytes', '256MiB', readSize),
    drainTimeout: reader.quantity('drain-timeout', '10s', readDuration),
    guarded: values.guarded ?? false,
  }
  if (options.sharedThreadPool && options.defaults.instances > 1) {
    reader.report(
      '--instances',
      'above 1 has no effect with --shared-thread-pool: all models take turns on it.',
    )
  }
  reader.finish()
  return options
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: SPEC, allowPositionals: true, strict: true })
  } catch (cause) {
    throw new UsageError((cause as Error).message, ADVICE, cause)
  }
}

function readDefaults(reader: OptionReader, values: Values): ModelSettings {
  const { session } = DEFAULT_SETTINGS
  const delay = values['max-queue-delay']
  const preferred = (values['preferred-batch-size'] ?? []).map(Number)
  if (preferred.some((size) => !Number.isInteger(size) || size < 1)) {
    reader.report('--preferred-batch-size', 'must be a whole number above 0.')
  }
  const maxBatchSize =
    values['max-batch-size'] === undefined ? null : reader.integer('max-batch-size', 0, 1, 1_000_000)
  const batches = delay !== undefined || preferred.length > 0
  if (batches && maxBatchSize === null) reader.report('--max-batch-size', 'is needed for dynamic batching.')
  return {
    instances: reader.integer('instances', DEFAULT_SETTINGS.instances, 1, 256),
    maxBatchSize,
    batching: batches
      ? { preferred, maxQueueDelay: reader.quantity('max-queue-delay', '0us', readDuration) }
      : null,
    maxQueueSize: reader.integer('max-queue-size', DEFAULT_SETTINGS.maxQueueSize, 0, 1e9),
    session: {
      intraOpThreads: reader.integer('intra-op-threads', session.intraOpThreads, 0, 1024),
      interOpThreads: reader.integer('inter-op-threads', session.interOpThreads, 0, 1024),
      executionMode: reader.choice<ExecutionMode>('execution-mode', session.executionMode, [
        'sequential',
        'parallel',
      ]),
      graphOptimizationLevel: reader.choice<GraphOptimizationLevel>(
        'graph-optimization-level',
        session.graphOptimizationLevel,
        ['disabled', 'basic', 'extended', 'all'],
      ),
      executionProviders: values['execution-provider'] ?? session.executionProviders,
      entries: Object.fromEntries((values['session-entry'] ?? []).map((text) => readEntry(text, reader))),
    },
  }
}

function readSource(text: string, reader: OptionReader): ModelSource {
  const [, name = basename(text, extname(text)), path = text] = /^([^=/]+)=(.+)$/.exec(text) ?? []
  if (!/^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(name))
    reader.report(`MODEL '${text}':`, `'${name}' cannot be a model's name: write NAME=${path}.`)
  return { name, version: '1', path: resolve(path), config: null }
}

function readEntry(text: string, reader: OptionReader): [string, string] {
  const [, key = '', value = ''] = /^([^=]+)=(.*)$/.exec(text) ?? []
  if (!key.includes('.'))
    reader.report(
      '--session-entry',
      `'${text}' is not KEY=VALUE with a key such as session.intra_op.allow_spinning.`,
    )
  return [key, value]
}

/** Reads single values and collects what is wrong with them. */
class OptionReader {
  readonly #values: Values
  readonly #problems: string[] = []

  constructor(values: Values) {
    this.#values = values
  }

  report(path: string, message: string): void {
    this.#problems.push(`${path} ${message}`)
  }

  integer(name: keyof Values, fallback: number, low: number, high: number): number {
    const text = this.#text(name)
    if (text === undefined) return fallback
    const value = Number(text)
    if (/^\d+$/.test(text) && value >= low && value <= high) return value
    this.report(`--${name}`, `must be a whole number from ${low} to ${high}, not '${text}'.`)
    return fallback
  }

  choice<T extends string>(name: keyof Values, fallback: T, choices: readonly T[]): T {
    const text = this.#text(name)
    if (text === undefined || choices.includes(text as T)) return (text as T | undefined) ?? fallback
    this.report(`--${name}`, `must be one of ${choices.join(', ')}, not '${text}'.`)
    return fallback
  }

  quantity(name: keyof Values, fallback: string, readText: (text: string) => number | null): number {
    const text = this.#text(name) ?? fallback
    const value = readText(text)
    if (value === null)
      this.report(`--${name}`, `must be a number with a unit, such as ${fallback}, not '${text}'.`)
    return value ?? 0
  }

  finish(): void {
    if (this.#problems.length > 0) throw new UsageError(this.#problems.join('\n'), ADVICE)
  }

  #text(name: keyof Values): string | undefined {
    return this.#values[name] as string | undefined
  }
}
