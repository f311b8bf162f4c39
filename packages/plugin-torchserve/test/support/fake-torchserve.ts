import { once } from 'node:events'
import { randomUUID } from 'node:crypto'
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

interface Version {
  readonly archive: string
  version: string
  batchSize: number
  maxBatchDelay: number
  responseTimeout: number
  minWorkers: number
  maxWorkers: number
}

export interface FakeModel extends Partial<Omit<Version, 'version'>> {
  /** The first one is the default. */
  readonly versions?: readonly string[]
}

export interface FakeOptions {
  readonly models?: Readonly<Record<string, FakeModel>>
  /** Whether tokens are demanded: in the file `keyFile`, lasting this many milliseconds. */
  readonly tokens?: number
  /** Without the API for registering models. */
  readonly modelApi?: boolean
  readonly metrics?: 'prometheus' | 'log'
  /** The file `ts_log.log`, which gets lines about each prediction. */
  readonly log?: string
  /** Of the inference, management and metrics addresses. */
  readonly ports?: readonly number[]
  readonly host?: string
}

export interface Received {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

interface Answer {
  readonly status: number
  readonly body: string | Buffer
  readonly headers?: Readonly<Record<string, string>>
}

/** Milliseconds that the fake says that each request has waited, and has taken. */
export const QUEUE_MS = 5
export const INFERENCE_MS = 12
const NO_WORKER =
  'has no worker to serve inference request. Please use scale workers API to add workers. If this is a sequence inference, please check if it is closed, or expired; or exceeds maxSequenceJobQueueSize'

/**
 * TorchServe 0.12 as far as its HTTP answers show, with the words and the quirks of the real one: an empty reason phrase,
 * no content type of its own, 400 for a wrong token, 503 for a full queue, 403 for the default version, counters that
 * count failed requests but not their time.
 */
export class FakeTorchServe implements AsyncDisposable {
  readonly http: string
  readonly management: string
  readonly metrics: string
  readonly folder: string = mkdtempSync(join(tmpdir(), 'fake-torchserve-'))
  readonly keyFile: string = join(this.folder, 'key_file.json')
  readonly received: Received[] = []
  /** Changes, in order: `PUT /models/echo/1.0?min_worker=2…`. */
  readonly changes: string[] = []
  /** Called before a change is made; what it throws fails the call with 500. */
  onChange: (change: string) => void = () => {}
  /** What a registration is turned into, as by the YAML file of an archive. */
  meddle: (version: Version) => void = () => {}
  /** Its clock. */
  now: () => number = Date.now
  /** Places in the job queue. */
  places = 100
  readonly #options: FakeOptions
  readonly #servers: readonly Server[]
  readonly #models = new Map<string, { chosen: string; versions: Map<string, Version> }>()
  readonly #keys: Record<'management' | 'inference' | 'API', string> = {
    management: '',
    inference: '',
    API: '',
  }
  readonly #expires = { management: 0, inference: 0 }
  readonly #answers = { '2': 0, '4': 0, '5': 0 }
  readonly #requests = new Map<string, { all: number; timed: number }>()
  #renewals = 0

  private constructor(options: FakeOptions, servers: readonly Server[]) {
    this.#options = options
    this.#servers = servers
    const [http, management, metrics] = servers.map(
      (server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    )
    this.http = http as string
    this.management = management as string
    this.metrics = `${metrics as string}/metrics`
    for (const [name, model] of Object.entries(options.models ?? { echo: {} })) {
      const { versions = ['1.0'], ...rest } = model
      this.#models.set(name, {
        chosen: versions[0] as string,
        versions: new Map(
          versions.map((version) => {
            const archive = version === '1.0' ? `${name}.mar` : `${name}_v${Number.parseInt(version)}.mar`
            return [version, fullVersion({ archive, ...rest, version })]
          }),
        ),
      })
    }
    this.#keys.API = 'api-key-planted'
    for (const use of ['management', 'inference'] as const) this.#renew(use)
  }

  static async start(options: FakeOptions = {}): Promise<FakeTorchServe> {
    const handlers: ((request: IncomingMessage, response: ServerResponse) => void)[] = []
    const servers = [0, 1, 2].map((index) =>
      createServer((request, response) => handlers[index]?.(request, response)),
    )
    for (const [index, server] of servers.entries()) {
      server.listen(options.ports?.[index] ?? 0, options.host ?? '127.0.0.1')
      await once(server, 'listening')
    }
    const fake = new FakeTorchServe(options, servers)
    handlers.push(
      (request, response) => void fake.#serve(request, response, (received) => fake.#infer(received)),
      (request, response) =>
        void fake.#serve(request, response, (received) => fake.#manage(request.method ?? '', received)),
      (request, response) => void fake.#serve(request, response, () => fake.#expose()),
    )
    return fake
  }

  /** What the server holds for a version of a model. */
  version(name: string, version: string): Version | undefined {
    return this.#models.get(name)?.versions.get(version)
  }

  chosen(name: string): string | undefined {
    return this.#models.get(name)?.chosen
  }

  key(use: 'management' | 'inference'): string {
    return this.#keys[use]
  }

  closeMetrics(): void {
    this.#servers[2]?.close()
    this.#servers[2]?.closeAllConnections()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#servers) {
      server.closeAllConnections()
      server.close()
    }
    rmSync(this.folder, { recursive: true, force: true })
  }

  async #serve(
    request: IncomingMessage,
    response: ServerResponse,
    answer: (received: Received) => Answer,
  ): Promise<void> {
    const parts: Buffer[] = []
    for await (const part of request as AsyncIterable<Buffer>) parts.push(part)
    // A handler that does not come back.
    if (Buffer.concat(parts).equals(Buffer.from('"forever"'))) return
    const {
      status,
      body,
      headers = {},
    } = answer({
      path: request.url ?? '',
      headers: request.headers as Record<string, string>,
      body: Buffer.concat(parts),
    })
    const id = randomUUID()
    response.writeHead(status, '', {
      'x-request-id': id,
      'cache-control': 'no-cache; no-store, must-revalidate, private',
      ...headers,
      'content-length': Buffer.byteLength(body),
    })
    response.end(body)
    const kind = String(status)[0] as '2' | '4' | '5'
    this.#answers[kind] += 1
    const [, model] = /^\/predictions\/([^/]+)/.exec(request.url ?? '') ?? []
    if (this.#options.log !== undefined && model !== undefined && kind === '2')
      appendFileSync(this.#options.log, logLines(id, model))
  }

  // ---- inference ---------------------------------------------------------------------

  #infer(received: Received): Answer {
    const refused = this.#refuse(received, 'inference')
    if (refused !== null) return refused
    const { pathname } = new URL(received.path, this.http)
    if (pathname === '/ping') return json(200, { status: 'Healthy' })
    this.received.push(received)
    const found =
      /^\/(?:predictions|explanations)\/([^/]+)(?:\/([^/]+))?(?:\/.*)?$/.exec(pathname) ??
      /^\/v1\/models\/([^/:]+):(?:predict|explain)$/.exec(pathname) ??
      /^\/v2\/models\/([^/]+)\/(?:infer|explain)$/.exec(pathname) ??
      /^\/wfpredict\/([^/]+)$/.exec(pathname)
    if (found === null)
      return error(
        404,
        'ResourceNotFoundException',
        'Requested resource is not found, please refer to API document.',
      )
    const [, name = '', version] = found.map((part) => part && decodeURIComponent(part))
    const model = this.#models.get(name)
    if (model === undefined) return error(404, 'ModelNotFoundException', `Model not found: ${name}`)
    const served = model.versions.get(version ?? model.chosen)
    if (served === undefined) {
      const message = `Model version: ${version} does not exist for model: ${name}`
      return error(404, 'ModelVersionNotFoundException', message)
    }
    const counted = this.#requests.get(name) ?? { all: 0, timed: 0 }
    this.#requests.set(name, counted)
    counted.all += 1
    if (served.maxWorkers === 0 || this.places === 0)
      return error(503, 'ServiceUnavailableException', `Model "${name}" ${NO_WORKER}`)
    if (received.body.includes('"fail"')) return error(503, 'InternalServerException', 'Prediction failed')
    counted.timed += 1
    if (pathname.startsWith('/v1/')) {
      const { instances } = JSON.parse(received.body.toString()) as { instances: unknown }
      return json(200, { predictions: instances })
    }
    if (pathname.startsWith('/v2/')) {
      const { inputs } = JSON.parse(received.body.toString()) as { inputs: unknown }
      return json(200, { model_name: name, model_version: served.version, id: 'x', outputs: inputs })
    }
    return { status: 200, body: received.body }
  }

  // ---- management --------------------------------------------------------------------

  #manage(method: string, received: Received): Answer {
    const { pathname, searchParams } = new URL(received.path, this.management)
    if (pathname === '/token') return this.#token(received, searchParams.get('type') ?? '')
    const refused = this.#refuse(received, 'management')
    if (refused !== null) return refused
    if (pathname === '/models' && method === 'GET') return this.#list(searchParams)
    const [, , name = '', version = '', action] = pathname.split('/').map(decodeURIComponent)
    if (method === 'GET') return this.#describe(name, version)
    const change = `${method} ${received.path}`
    this.changes.push(change)
    try {
      this.onChange(change)
    } catch (cause) {
      return error(500, 'InternalServerException', (cause as Error).message)
    }
    if (method === 'POST') return this.#register(searchParams)
    const model = this.#models.get(name)
    if (model === undefined) return error(404, 'ModelNotFoundException', `Model not found: ${name}`)
    const served = model.versions.get(version === '' ? model.chosen : version)
    if (served === undefined) {
      const message = `Model version: ${version} does not exist for model: ${name}`
      return error(404, 'ModelVersionNotFoundException', message)
    }
    if (method === 'DELETE') return this.#unregister(name, served.version)
    if (action === 'set-default') {
      model.chosen = served.version
      return json(200, { status: `Default version succesfully updated for model "${name}" to "${version}"` })
    }
    served.minWorkers = Number(searchParams.get('min_worker') ?? 1)
    served.maxWorkers = Number(searchParams.get('max_worker') ?? served.minWorkers)
    if (served.maxWorkers < served.minWorkers)
      return error(400, 'BadRequestException', 'max_worker cannot be less than min_worker.')
    return json(200, { status: `Workers scaled to ${served.minWorkers} for model: ${name}` })
  }

  #list(query: URLSearchParams): Answer {
    const from = Number(query.get('next_page_token') ?? 0)
    const limit = Number(query.get('limit') ?? 0)
    const names = [...this.#models.keys()]
    const page = names.slice(from, from + limit)
    return json(200, {
      ...(from + limit < names.length ? { nextPageToken: String(from + limit) } : {}),
      models: page.map((modelName) => ({ modelName, modelUrl: `${modelName}.mar` })),
    })
  }

  #describe(name: string, version: string): Answer {
    const model = this.#models.get(name)
    if (model === undefined) return error(404, 'ModelNotFoundException', `Model not found: ${name}`)
    const wanted = version === 'all' ? [...model.versions.keys()] : [version === '' ? model.chosen : version]
    const found = wanted.flatMap((each) => model.versions.get(each) ?? [])
    if (found.length === 0)
      return error(
        404,
        'ModelVersionNotFoundException',
        `Model version: ${version} does not exist for model: ${name}`,
      )
    return json(
      200,
      found.map(({ archive, version: modelVersion, maxWorkers, ...rest }) => ({
        modelName: name,
        modelVersion,
        modelUrl: archive,
        maxWorkers,
        ...rest,
        startupTimeout: 120,
        workers: Array.from({ length: maxWorkers }, (_, id) => ({
          id: String(9000 + id),
          status: 'READY',
          pid: 100 + id,
        })),
        jobQueueStatus: { remainingCapacity: this.places, pendingRequests: 100 - this.places },
      })),
    )
  }

  #register(query: URLSearchParams): Answer {
    if (this.#options.modelApi === false)
      return error(
        405,
        'MethodNotAllowedException',
        'Requested method is not allowed, please refer to API document.',
      )
    const archive = query.get('url')
    if (archive === null) return error(400, 'BadRequestException', 'Parameter url is required.')
    const name = query.get('model_name') ?? archive.replace(/\.mar$/, '')
    const number = (parameter: string, fallback: number): number => Number(query.get(parameter) ?? fallback)
    const workers = number('initial_workers', 1)
    const served = fullVersion({
      archive,
      version: /_v(\d+)\.mar$/.exec(archive)?.[1]?.concat('.0') ?? '1.0',
      batchSize: number('batch_size', 1),
      maxBatchDelay: number('max_batch_delay', 100),
      responseTimeout: number('response_timeout', 120),
      minWorkers: workers,
      maxWorkers: workers,
    })
    this.meddle(served)
    const model = this.#models.get(name) ?? { chosen: served.version, versions: new Map<string, Version>() }
    if (model.versions.has(served.version)) {
      const message = `Model version ${served.version} is already registered for model ${name}`
      return error(409, 'ConflictStatusException', message)
    }
    model.versions.set(served.version, served)
    this.#models.set(name, model)
    return json(200, {
      status: `Model "${name}" Version: ${served.version} registered with ${workers} initial workers`,
    })
  }

  #unregister(name: string, version: string): Answer {
    const model = this.#models.get(name) as { chosen: string; versions: Map<string, Version> }
    if (model.chosen === version && model.versions.size > 1) {
      const message = `Cannot remove default version: ${version} for model: ${name}`
      return error(403, 'InvalidModelVersionException', message)
    }
    model.versions.delete(version)
    if (model.versions.size === 0) this.#models.delete(name)
    return json(200, { status: `Model "${name}" unregistered` })
  }

  // ---- tokens ------------------------------------------------------------------------

  #token({ headers }: Received, type: string): Answer {
    if (
      headers['authorization'] !== `Bearer ${this.#keys.API}` ||
      (type !== 'management' && type !== 'inference')
    )
      return invalidKey()
    this.#renew(type)
    return { status: 200, body: '' }
  }

  #renew(use: 'management' | 'inference'): void {
    const { tokens } = this.#options
    if (tokens === undefined) return
    this.#keys[use] = `${use}-key-planted-${this.#renewals++}`
    this.#expires[use] = this.now() + tokens
    const entry = (name: 'management' | 'inference') => ({
      key: this.#keys[name],
      'expiration time': new Date(this.#expires[name]).toISOString(),
    })
    const keys = {
      management: entry('management'),
      inference: entry('inference'),
      API: { key: this.#keys.API },
    }
    writeFileSync(this.keyFile, JSON.stringify(keys, null, 2))
  }

  #refuse({ headers }: Received, use: 'management' | 'inference'): Answer | null {
    if (this.#options.tokens === undefined) return null
    const isValid =
      headers['authorization'] === `Bearer ${this.#keys[use]}` && this.now() < this.#expires[use]
    return isValid ? null : invalidKey()
  }

  // ---- metrics -----------------------------------------------------------------------

  #expose(): Answer {
    if (this.#options.metrics === 'log') return { status: 200, body: '' }
    const line = (name: string, labels: string, value: number): string =>
      `${name}{${labels},} ${value.toFixed(1)}\n`
    let body = ''
    for (const kind of ['2', '4', '5'] as const) {
      body += `# HELP Requests${kind}XX Torchserve prometheus counter metric with unit: Count\n`
      body += `# TYPE Requests${kind}XX counter\n`
      body += line(`Requests${kind}XX`, 'Level="Host",Hostname="vm"', this.#answers[kind])
    }
    const counters = {
      ts_inference_requests_total: ({ all }: { all: number }) => all,
      ts_inference_latency_microseconds: ({ timed }: { timed: number }) => timed * INFERENCE_MS * 1000,
      ts_queue_latency_microseconds: ({ timed }: { timed: number }) => timed * QUEUE_MS * 1000,
    }
    for (const [name, read] of Object.entries(counters)) {
      body += `# TYPE ${name} counter\n`
      for (const [model, counted] of this.#requests)
        body += line(
          name,
          `model_name="${model}",model_version="default",hostname="vm"`,
          read(counted as never),
        )
    }
    body +=
      '# HELP PredictionTime Torchserve prometheus gauge metric with unit: ms\n# TYPE PredictionTime gauge\n'
    body += line('PredictionTime', 'ModelName="echo",Level="Model",Hostname="vm"', 1.5)
    return { status: 200, body }
  }
}

/** With the default log levels; lines of the server's own logger are there twice. */
function logLines(id: string, model: string): string {
  const worker = `W-9000-${model}_1.0`
  const metric = `2026-11-22T18:08:30,687 [INFO ] ${worker}-stdout org.pytorch.serve.wlm.WorkerLifeCycle - result=[METRICS]PredictionTime.Milliseconds:3.04|#ModelName:${model},Level:Model|#type:GAUGE|#hostname:vm,1795370910,${id}, pattern=[METRICS]\n`
  const answer = `2026-11-22T18:08:30,691 [INFO ] ${worker} org.pytorch.serve.wlm.BatchAggregator - Sending response for jobId ${id}\n`
  const times = `2026-11-22T18:08:30,693 [DEBUG] ${worker} org.pytorch.serve.job.RestJob - Waiting time ns: ${QUEUE_MS}000000, Backend time ns: ${INFERENCE_MS}000000\n`
  return [metric, answer, times].map((line) => line + line).join('')
}

function fullVersion(version: Partial<Version> & Pick<Version, 'archive' | 'version'>): Version {
  return { batchSize: 1, maxBatchDelay: 100, responseTimeout: 120, minWorkers: 1, maxWorkers: 1, ...version }
}

function json(status: number, value: unknown): Answer {
  return { status, body: JSON.stringify(value, null, 2) }
}

function error(code: number, type: string, message: string): Answer {
  return json(code, { code, type, message })
}

function invalidKey(): Answer {
  const message = 'Token Authorization failed. Token either incorrect, expired, or not provided correctly'
  return error(400, 'InvalidKeyException', message)
}
