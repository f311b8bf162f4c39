import { setTimeout as delay } from 'node:timers/promises'
import { ExitCode, ServebenchError } from 'servebench/plugin'
import type { JsonObject, ServerControl, ServerMetadata, ServerStatistics } from 'servebench/plugin'
import { RestCaller } from 'servebench/session'
import { createClient } from './create-client.ts'
import { describeModel } from './describe-model.ts'
import type { DescribedModel } from './describe-model.ts'
import { describeServer, hasExtension } from './describe-server.ts'
import type { OipServer } from './describe-server.ts'
import type { OipClient, OipClientOptions } from './oip-client.ts'
import { readIndex } from './repository-index.ts'
import type { RepositoryEntry } from './repository-index.ts'
import { readStatistics } from './statistics.ts'

export interface OipControlOptions extends OipClientOptions {
  /** Where the protocol's path begins: `http://127.0.0.1:8000`; for gRPC `http://127.0.0.1:8001`. */
  readonly url: string
  /** Default `http`. */
  readonly protocol?: 'http' | 'grpc'
  /** The Prometheus endpoint, in full. */
  readonly metricsUrl?: string | undefined
}

/** Control of any server of the protocol. What a server cannot do, as far as its extensions say, is absent. */
export interface OipControl extends ServerControl {
  /** `null` when the server does not describe itself. */
  readonly server: OipServer | null
  /** @throws {ServebenchError} when the server does not have the model, or it is not ready */
  describeModel(name: string, version?: string): Promise<DescribedModel>
  modelReady(name: string, version?: string): Promise<boolean>
  /** A model's configuration, in the form that {@link ServerControl.loadModel} takes. */
  modelConfig?(name: string, version?: string): Promise<JsonObject>
  index?(): Promise<readonly RepositoryEntry[]>
}

const UNLOAD_POLL = 50
const UNLOAD_TIMEOUT = 60_000

/**
 * Connects to a server's control plane, and asks what it can do.
 * @throws {ServebenchError} when there is no such server
 */
export async function oipControl(options: OipControlOptions): Promise<OipControl> {
  const { url, protocol = 'http', metricsUrl, signal } = options
  const client = createClient(url.replace(/\/+$/, ''), protocol, options)
  const server = await describeServer(client)
  const control: OipControl = {
    server,
    async health() {
      const unreachable = (): boolean => false
      const [live, ready] = await Promise.all([
        client.live().catch(unreachable),
        client.ready().catch(unreachable),
      ])
      return { live, ready }
    },
    async metadata(): Promise<ServerMetadata> {
      const models = control.index === undefined ? [] : await control.index()
      return {
        name: server?.name ?? 'unknown',
        version: server?.version ?? null,
        extensions: server?.extensions ?? [],
        models: models.map(({ name, version, state }) => ({ name, version, state })),
      }
    },
    describeModel: (name, version = '') => describeModel(client, server, name, version),
    modelReady: (name, version = '') => client.modelReady(name, version),
  }
  return Object.assign(
    control,
    (await hasRepository(client, server)) ? repositoryControl(client, signal) : {},
    hasExtension(server, 'model_configuration')
      ? { modelConfig: (name: string, version = '') => client.modelConfig(name, version) }
      : {},
    hasExtension(server, 'statistics')
      ? { statistics: async (): Promise<ServerStatistics> => readStatistics(await client.statistics()) }
      : {},
    metricsUrl === undefined ? {} : { metrics: () => readMetrics(metricsUrl, options) },
  )
}

/** MLServer has a repository, but lists no extensions at all. */
async function hasRepository(client: OipClient, server: OipServer | null): Promise<boolean> {
  if (hasExtension(server, 'model_repository')) return true
  if (server === null || server.extensions.length > 0) return false
  return client.repositoryIndex().then(
    () => true,
    () => false,
  )
}

function repositoryControl(
  client: OipClient,
  signal: AbortSignal | undefined,
): Required<Pick<OipControl, 'index' | 'loadModel' | 'unloadModel'>> {
  return {
    index: () => readIndex(client),
    /** Servers do nothing when the model is loaded and `config` is left out: unload it to get rid of an override. */
    loadModel: (name, config) =>
      client.loadModel(name, config === undefined ? undefined : JSON.stringify(config)),
    async unloadModel(name) {
      await client.unloadModel(name)
      await unloaded(client, name, signal)
    },
  }
}

/** Servers answer at once and finish what is in flight. */
async function unloaded(client: OipClient, name: string, signal: AbortSignal | undefined): Promise<void> {
  const deadline = performance.now() + UNLOAD_TIMEOUT
  for (;;) {
    const entries = (await readIndex(client)).filter((entry) => entry.name === name)
    if (!entries.some(({ state }) => state === 'READY' || state === 'UNLOADING')) return
    if (performance.now() > deadline) {
      throw new ServebenchError(
        'SERVEBENCH_OIP_UNLOAD',
        `Model '${name}' at ${client.url} is still not unloaded after 60 s.`,
        {
          advice: 'A request in flight keeps it: look for one that does not end.',
          exitCode: ExitCode.target,
        },
      )
    }
    await delay(UNLOAD_POLL, undefined, signal === undefined ? {} : { signal })
  }
}

async function readMetrics(url: string, options: OipControlOptions): Promise<string> {
  const { status, body } = await new RestCaller(options).call('GET', url)
  if (status === 200) return body.toString()
  throw new ServebenchError('SERVEBENCH_OIP_METRICS', `${url} answers ${status} instead of metrics.`, {
    advice: "Check the URL of the server's Prometheus endpoint.",
    exitCode: ExitCode.target,
  })
}
