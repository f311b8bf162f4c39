import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Config = Readonly<Record<string, unknown>>

interface Model {
  /** What its repository says. */
  readonly file: Config
  config: Config
  state: 'READY' | 'UNLOADING' | 'UNAVAILABLE'
  reason: string
  requests: number
}

export interface FakeTritonOptions {
  /** Configurations in the repository, by name. */
  readonly models: Readonly<Record<string, Config>>
  /** Names of those that are loaded; all by default. */
  readonly loaded?: readonly string[]
  /** Without model control, as by `--model-control-mode=none`. */
  readonly control?: boolean
  readonly port?: number
  readonly host?: string
}

const EXTENSIONS = [
  'classification',
  'sequence',
  'model_repository',
  'model_configuration',
  'binary_tensor_data',
  'statistics',
  'trace',
  'logging',
]
const FIELDS = new Set([
  'version_policy',
  'name',
  'backend',
  'max_batch_size',
  'optimization',
  'input',
  'output',
  'instance_group',
  'dynamic_batching',
  'sequence_batching',
  'ensemble_scheduling',
  'parameters',
  'response_cache',
  'model_transaction_policy',
])
const UNLOAD_MS = 30

/**
 * The control plane of a Triton in explicit mode, as a real one behaves: an override replaces all of a configuration, a
 * plain load of what is loaded does nothing and keeps the override, an unload is answered before it is done, a refused
 * override leaves what was loaded.
 */
export class FakeTriton implements AsyncDisposable {
  readonly url: string
  /** Changes, in order: `load slow {…}`. */
  readonly calls: string[] = []
  readonly log: Record<string, unknown> = { log_verbose_level: 0, log_info: true }
  /** What the server makes of configurations that it is given. */
  meddle: (config: Config) => Config = (config) => config
  /** Called before a change is made; what it throws fails the call with 500. */
  onChange: (change: string) => void = () => {}
  readonly #models: Map<string, Model>
  readonly #control: boolean
  readonly #server: Server

  private constructor(server: Server, { models, loaded, control = true }: FakeTritonOptions) {
    this.#server = server
    this.#control = control
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    this.#models = new Map(
      Object.entries(models).map(([name, config]): [string, Model] => {
        const file = { name, ...config }
        const state = loaded === undefined || loaded.includes(name) ? 'READY' : 'UNAVAILABLE'
        return [name, { file, config: complete(file), state, reason: '', requests: 0 }]
      }),
    )
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      void this.#answer(request, response)
    })
  }

  static async start(options: FakeTritonOptions): Promise<FakeTriton> {
    const server = createServer()
    server.listen(options.port ?? 0, options.host ?? '127.0.0.1')
    await once(server, 'listening')
    return new FakeTriton(server, options)
  }

  /** Configurations of what is loaded, by name. */
  configs(): Record<string, Config> {
    return Object.fromEntries(
      [...this.#models]
        .filter(([, { state }]) => state === 'READY')
        .map(([name, { config }]) => [name, config]),
    )
  }

  /** Somebody else's override. */
  override(name: string, config: Config): void {
    this.#find(name).config = complete(config)
  }

  async stop(): Promise<void> {
    await this[Symbol.asyncDispose]()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#server.listening) return
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #find(name: string): Model {
    const model = this.#models.get(name)
    if (model === undefined) throw new Error(`There is no model ${name}.`)
    return model
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = []
    for await (const part of request as AsyncIterable<Buffer>) parts.push(part)
    const body = Buffer.concat(parts).toString('latin1')
    const [status, value] = this.#route(request.method as string, request.url as string, body)
    const isText = typeof value === 'string'
    response.writeHead(status, { 'content-type': isText ? 'text/plain' : 'application/json' })
    response.end(isText ? value : value === undefined ? '' : JSON.stringify(value))
  }

  #route(method: string, path: string, body: string): [status: number, value?: unknown] {
    if (path === '/v2') return [200, { name: 'triton', version: '2.51.0', extensions: EXTENSIONS }]
    if (path.startsWith('/v2/health/')) return [200]
    if (path === '/metrics') return [200, 'nv_inference_count{model="plain",version="1"} 0\n']
    if (path === '/v2/logging') {
      if (method === 'POST') this.#change(`log ${body}`, () => Object.assign(this.log, JSON.parse(body)))
      return [200, this.log]
    }
    if (path === '/v2/repository/index') {
      return [
        200,
        [...this.#models].map(([name, { state, reason }]) => ({ name, version: '1', state, reason })),
      ]
    }
    if (path === '/v2/models/stats') return [200, { model_stats: [] }]
    const [, changed, change] = /^\/v2\/repository\/models\/(.+)\/(load|unload)$/.exec(path) ?? []
    if (changed !== undefined) {
      if (!this.#control) return [503, { error: 'explicit model load / unload is not allowed' }]
      try {
        this.onChange(`${change} ${changed}`)
        return change === 'load' ? this.#load(changed, body) : this.#unload(changed)
      } catch (error) {
        return [500, { error: (error as Error).message }]
      }
    }
    const [, name = '', action = ''] = /^\/v2\/models\/([^/]+)(?:\/(ready|config|infer))?$/.exec(path) ?? []
    const model = this.#models.get(name)
    if (model?.state !== 'READY') {
      return action === 'ready'
        ? [400, { error: 'Model version not ready' }]
        : [404, { error: `Request for unknown model: '${name}' is not found` }]
    }
    if (action === 'ready') return [200]
    if (action === 'config') return [200, model.config]
    if (action === 'infer') return [200, { model_name: name, outputs: [] }]
    return [200, { name, versions: ['1'], platform: 'python', inputs: INPUTS, outputs: INPUTS }]
  }

  #change(call: string, make: () => void): void {
    this.calls.push(call)
    make()
  }

  #load(name: string, body: string): [number, unknown?] {
    const text = (JSON.parse(body) as { parameters?: { config?: string } }).parameters?.config
    this.calls.push(`load ${name}${text === undefined ? '' : ' with a configuration'}`)
    const refused: [number, unknown] = [
      500,
      { error: `failed to load '${name}', failed to poll from model repository` },
    ]
    const model = this.#models.get(name)
    if (model === undefined) return refused
    if (text === undefined) {
      if (model.state !== 'READY') model.config = complete(model.file)
    } else {
      const config = JSON.parse(text) as Config
      if (Object.keys(config).some((field) => !FIELDS.has(field)) || Number(config['max_batch_size']) < 0)
        return refused
      model.config = complete(this.meddle(config))
    }
    model.state = 'READY'
    model.reason = ''
    return [200]
  }

  #unload(name: string): [number] {
    this.calls.push(`unload ${name}`)
    const model = this.#models.get(name)
    if (model === undefined) return [200]
    model.state = 'UNLOADING'
    setTimeout(() => {
      model.state = 'UNAVAILABLE'
      model.reason = 'unloaded'
    }, UNLOAD_MS)
    return [200]
  }
}

const INPUTS = [{ name: 'INPUT', datatype: 'FP32', shape: [-1, 4] }]

/** What servers add to a configuration. */
function complete(config: Config): Config {
  const groups = (config['instance_group'] ?? [{ count: 1 }]) as readonly Config[]
  const batching = config['dynamic_batching'] as Config | undefined
  const preferred = (batching?.['preferred_batch_size'] ?? []) as readonly number[]
  return {
    version_policy: { latest: { num_versions: 1 } },
    max_batch_size: 0,
    ...config,
    instance_group: groups.map((group, index) => ({
      name: `${String(config['name'])}_${index}`,
      kind: 'KIND_CPU',
      ...group,
    })),
    ...(batching === undefined
      ? {}
      : {
          dynamic_batching: {
            max_queue_delay_microseconds: 0,
            ...batching,
            preferred_batch_size: preferred.length === 0 ? [config['max_batch_size']] : preferred,
          },
        }),
  }
}
