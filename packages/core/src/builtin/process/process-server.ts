import { parseDuration, planContainer, ValidationError } from '../../plugin.ts'
import type { ContainerOptions, Duration, JsonObject, Problem, ServerSpec } from '../../plugin.ts'

export interface ProcessServerOptions {
  /** The program, by its path or its name on the `PATH`. In a container, what the image starts may be left to it. */
  readonly command?: string
  /** `{port}` stands for the port that it is to listen on, `{host}` for the address. */
  readonly args?: readonly string[]
  /** Added to the environment; `{port}` as in `args`. Part of the result: no secrets. */
  readonly env?: Readonly<Record<string, string>>
  /** Where it runs, relative to the root. Default: the root. In a container: a path there; default: the image's. */
  readonly cwd?: string
  /** Default: a free one. In a container: where its program listens. */
  readonly port?: number
  /** `{host}` in `args` and `env` stands for where the program has to listen. */
  readonly container?: ContainerOptions
  /**
   * What shows that it can be asked: a path that answers with a status from 200 to 299, or text in its log. Without it,
   * that the port accepts connections.
   */
  readonly ready?: { readonly path: string } | { readonly log: string }
  /** Default `'60s'`. */
  readonly startTimeout?: Duration
  /**
   * What differs where it is started without any model: a cold start times that too. Default: it cannot be told.
   * @example { args: ['--port={port}', '--models=none'] }
   */
  readonly bare?: { readonly args?: readonly string[]; readonly env?: Readonly<Record<string, string>> }
  /** Files and folders that it reads for its models, relative to the root: a cold start tells how large they are. */
  readonly models?: readonly string[]
}

/** {@link ProcessServerOptions} as plain data. */
export interface PlannedProcess {
  readonly command: string | null
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string | null
  readonly port: number | null
  readonly ready: { readonly path: string } | { readonly log: string } | null
  readonly startTimeout: number
  readonly models: readonly string[]
  readonly bare: Pick<PlannedProcess, 'args' | 'env'> | null
}

const OPTIONS = [
  'command',
  'args',
  'env',
  'cwd',
  'port',
  'ready',
  'startTimeout',
  'models',
  'bare',
  'container',
]

/**
 * Any program that serves HTTP on a port: started before the cases that need it, ended on every exit path. A target
 * without a URL, such as `http({ path: '/v1/infer' })`, is asked there.
 *
 * @example processServer({ command: 'python', args: ['-m', 'my_server', '--port={port}'], ready: { path: '/health' } })
 * @throws {ValidationError} with all problems of the options at once
 */
export function processServer(options: ProcessServerOptions): ServerSpec {
  const problems: Problem[] = []
  const report = (path: string, message: string): void => void problems.push({ path, message })
  for (const name of Object.keys(options)) if (!OPTIONS.includes(name)) report(name, 'is no option.')
  const { command, args = [], env = {}, cwd, port, ready, models = [], bare } = options
  const container = planContainer(options.container, 'container', problems)
  if (command === undefined ? options.container === undefined : typeof command !== 'string' || command === '')
    report('command', 'must be the name of a program.')
  if (!isTexts(args)) report('args', 'must be a list of texts.')
  if (!isTexts(models)) report('models', 'must be a list of paths.')
  if (typeof env !== 'object' || env === null || !isTexts(Object.values(env)))
    report('env', 'must be an object of texts.')
  if (bare !== undefined && !isBare(bare)) report('bare', 'must be { args: […] }, { env: {…} } or both.')
  if (cwd !== undefined && typeof cwd !== 'string') report('cwd', 'must be a path.')
  if (port !== undefined && (!Number.isInteger(port) || port < 1 || port > 65_535))
    report('port', 'must be a whole number from 1 to 65535.')
  if (ready !== undefined && !isReady(ready)) report('ready', "must be { path: '/…' } or { log: 'text' }.")
  let startTimeout = 0
  try {
    startTimeout = parseDuration(options.startTimeout ?? '60s')
  } catch (error) {
    report('startTimeout', (error as Error).message)
  }
  if (problems.length > 0) throw new ValidationError('processServer()', problems)
  const launch: PlannedProcess = {
    command: command ?? null,
    args,
    env,
    cwd: cwd ?? null,
    port: port ?? null,
    ready: ready ?? null,
    startTimeout,
    models,
    bare: bare === undefined ? null : { args: bare.args ?? args, env: { ...env, ...bare.env } },
  }
  return {
    kind: 'process',
    package: 'servebench',
    launch: launch as unknown as JsonObject,
    state: {},
    ...(container === undefined ? {} : { container }),
  }
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}

function isBare(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const { args = [], env = {}, ...rest } = value as NonNullable<ProcessServerOptions['bare']>
  const isEnvironment = typeof env === 'object' && env !== null && isTexts(Object.values(env))
  return Object.keys(rest).length === 0 && isTexts(args) && isEnvironment
}

function isReady(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const entries = Object.entries(value)
  const [[name, text] = []] = entries
  if (entries.length !== 1 || typeof text !== 'string' || text === '') return false
  return name === 'log' || (name === 'path' && text.startsWith('/'))
}
