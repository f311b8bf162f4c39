import { createServer } from 'node:http'
import type { IncomingMessage, RequestListener, Server } from 'node:http'
import { createServer as createSecureServer, Server as SecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { JsonObject, JsonValue } from 'servebench/plugin'

type Fields = Record<string, JsonValue>

const RESOURCES: Readonly<Record<string, readonly Fields[]>> = {
  '/api/v1': [
    { name: 'configmaps', kind: 'ConfigMap', namespaced: true },
    { name: 'services', kind: 'Service', namespaced: true },
    { name: 'namespaces', kind: 'Namespace', namespaced: false },
    { name: 'pods/log', kind: 'Pod', namespaced: true },
    { name: 'pods', kind: 'Pod', namespaced: true },
  ],
  '/apis/apps/v1': [
    { name: 'deployments/scale', kind: 'Scale', namespaced: true },
    { name: 'deployments', kind: 'Deployment', namespaced: true },
  ],
}

export interface FakeApiOptions {
  /** PEM: speaks TLS, and asks for a certificate of `clients`, an authority. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly clients: string }
}

/**
 * The part of an API server that the plugin asks: objects with versions, server-side apply as a merge, and deployments
 * whose rollouts take as many looks as a test says.
 */
export class FakeApiServer implements AsyncDisposable {
  readonly #server: Server
  readonly objects = new Map<string, Fields>()
  /** Changes, as `PUT deployments/triton`. */
  readonly changes: string[] = []
  /** Answers instead of the server's own, by `METHOD path` without its query. */
  readonly refused = new Map<string, readonly [status: number, message: string]>()
  /** So many updates meet one of somebody else's first. */
  conflicts = 0
  /** Looks at a deployment until its rollout is complete; `Infinity`: never. */
  rollout = 2
  pods: readonly JsonValue[] = []
  replicaSets: readonly JsonValue[] = []
  events: readonly JsonValue[] = []
  /** Of the deployment, while its rollout goes on. */
  conditions: readonly JsonValue[] = []
  log = ''
  token: string | null = null
  /** Who may call by a certificate: its name. */
  user: string | null = null
  #looks = 0
  #version = 1

  private constructor(server: Server) {
    this.#server = server
  }

  static async start({ tls }: FakeApiOptions = {}): Promise<FakeApiServer> {
    const server =
      tls === undefined
        ? createServer()
        : createSecureServer({
            cert: tls.cert,
            key: tls.key,
            ca: tls.clients,
            requestCert: true,
            rejectUnauthorized: false,
          })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const fake = new FakeApiServer(server)
    const serve: RequestListener = (request, response) => {
      void body(request).then((text) => {
        const [status, answer] = fake.#answer(request, text)
        response
          .writeHead(status, { 'content-type': 'application/json' })
          .end(typeof answer === 'string' ? answer : JSON.stringify(answer))
      })
    }
    server.on('request', serve)
    return fake
  }

  get url(): string {
    const scheme = this.#server instanceof SecureServer ? 'https' : 'http'
    return `${scheme}://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  put(path: string, object: JsonObject): void {
    const before = this.objects.get(path)
    const generation = Number((before?.['metadata'] as Fields | undefined)?.['generation'] ?? 0)
    const isSame = JSON.stringify(before?.['spec']) === JSON.stringify(object['spec'])
    this.#looks = isSame ? this.#looks : 0
    const metadata = {
      ...(object['metadata'] as Fields),
      uid: 'uid',
      generation: isSame ? generation : generation + 1,
      resourceVersion: String(this.#version++),
    }
    this.objects.set(path, { ...object, metadata })
  }

  #answer(request: IncomingMessage, text: string): [number, JsonValue] {
    const { method = 'GET' } = request
    const { pathname, searchParams } = new URL(request.url ?? '/', this.url)
    if (this.token !== null && request.headers.authorization !== `Bearer ${this.token}`)
      return status(401, 'Unauthorized')
    if (this.user !== null && userOf(request) !== this.user) return status(401, 'Unauthorized')
    const refused = this.refused.get(`${method} ${pathname}`)
    if (refused !== undefined) return status(...refused)
    const resources = RESOURCES[pathname]
    if (resources !== undefined) return [200, { resources: [...resources] }]
    if (pathname.endsWith('/log'))
      return searchParams.get('previous') === 'true' ? [200, this.log] : [200, '']
    if (pathname.endsWith('/pods')) return [200, { items: [...this.pods] }]
    if (pathname.endsWith('/replicasets')) return [200, { items: [...this.replicaSets] }]
    if (pathname.endsWith('/events')) return [200, { items: [...this.events] }]
    const name = pathname.split('/').slice(-2).join('/')
    const found = this.objects.get(pathname)
    if (method === 'GET')
      return found === undefined ? status(404, `"${name}" not found`) : [200, this.#withStatus(found)]
    if (method === 'DELETE') {
      this.changes.push(`DELETE ${name}`)
      return this.objects.delete(pathname) ? [200, {}] : status(404, `"${name}" not found`)
    }
    const given = JSON.parse(text) as Fields
    const metadata = (given['metadata'] ?? {}) as Fields
    if (method === 'POST') {
      const path = `${pathname}/${metadata['name'] as string}`
      if (this.objects.has(path)) return status(409, 'already exists')
      this.changes.push(`POST ${path.split('/').slice(-2).join('/')}`)
      this.put(path, given)
      return [201, given]
    }
    if (method === 'PUT') {
      const version = ((found?.['metadata'] ?? {}) as Fields)['resourceVersion']
      if (this.conflicts > 0 || metadata['resourceVersion'] !== version) {
        this.conflicts--
        if (found !== undefined) this.put(pathname, found)
        return status(409, 'the object has been modified')
      }
      this.changes.push(`PUT ${name}`)
      this.put(pathname, given)
      return [200, this.objects.get(pathname) as JsonValue]
    }
    if (
      request.headers['content-type'] !== 'application/apply-patch+yaml' ||
      searchParams.get('fieldManager') === null
    )
      return status(415, 'unsupported media type')
    this.changes.push(`PATCH ${name}`)
    this.put(pathname, merge(found ?? {}, given))
    return [200, this.objects.get(pathname) as JsonValue]
  }

  #withStatus(object: Fields): JsonValue {
    if (object['kind'] !== 'Deployment') return object
    const { generation = 1 } = object['metadata'] as Fields
    const { replicas = 1 } = object['spec'] as Fields
    const isComplete = this.#looks++ >= this.rollout
    return {
      ...object,
      status: isComplete
        ? { observedGeneration: generation, updatedReplicas: replicas, replicas, availableReplicas: replicas }
        : {
            observedGeneration: generation,
            updatedReplicas: 0,
            replicas,
            availableReplicas: 1,
            conditions: [...this.conditions],
          },
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

function status(code: number, message: string): [number, JsonValue] {
  return [code, { kind: 'Status', code, message }]
}

function merge(base: Fields, changes: Fields): Fields {
  const merged = { ...base }
  for (const [name, change] of Object.entries(changes)) {
    const before = base[name]
    const isObject = (value: JsonValue | undefined): value is Fields =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
    merged[name] =
      isObject(before) && isObject(change)
        ? merge(before, change)
        : name === 'containers' && Array.isArray(before) && Array.isArray(change)
          ? mergeByName(before as Fields[], change as Fields[])
          : change
  }
  return merged
}

/** As the schema of pods has lists of containers. */
function mergeByName(before: readonly Fields[], changes: readonly Fields[]): JsonValue {
  const changed = before.map((each) => merge(each, changes.find(({ name }) => name === each['name']) ?? {}))
  const names = new Set(before.map(({ name }) => name))
  return [...changed, ...changes.filter(({ name }) => !names.has(name))]
}

/** By a certificate of the authority that the server trusts. */
function userOf({ socket }: IncomingMessage): string | null {
  const { authorized, getPeerCertificate } = socket as TLSSocket
  return authorized ? String(getPeerCertificate.call(socket as TLSSocket).subject.CN) : null
}

async function body(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request as AsyncIterable<Buffer>) parts.push(part)
  return Buffer.concat(parts).toString()
}
