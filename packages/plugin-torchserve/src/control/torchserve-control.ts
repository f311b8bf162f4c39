import { textOf } from '@servebench/plugin-oip/control'
import { ExitCode, ServebenchError } from 'servebench/plugin'
import type {
  ModelBatching,
  ServerControl,
  ServerMetadata,
  ServerProfiler,
  ServerStatistics,
  TargetPlan,
} from 'servebench/plugin'
import { RestCaller } from 'servebench/session'
import { tuningMachine } from 'servebench/plugin'
import type { HttpHeaders, TlsOptions } from 'servebench/session'
import type { ModelStore } from '../launch/model-store.ts'
import { LogReader } from '../metrics/log-reader.ts'
import type { RequestTimes } from '../metrics/request-times.ts'
import { startHandlerProfile } from '../profile/handler-profiler.ts'
import type { HandlerProfilerParts } from '../profile/handler-profiler.ts'
import { countPrometheus, hasCounters, ServerCounters } from '../metrics/server-counters.ts'
import type { PlannedState } from '../server/plan.ts'
import { authorize } from '../token/token-source.ts'
import type { Access } from '../token/token-source.ts'
import { ManagementClient } from './management-client.ts'
import type { ModelDescription } from './model-description.ts'
import { Reconciler } from './reconciler.ts'
import { listTunables } from '../tuning/tunables.ts'

export interface TorchServeControlOptions {
  /** Of the inference address. */
  readonly url: string
  /** `null`: the management API cannot be reached, and nothing can be changed. */
  readonly managementUrl: string | null
  /** The Prometheus endpoint, in full; `null`: there is none. */
  readonly metricsUrl?: string | null
  /** The folder of the server's logs, where it is on this machine. */
  readonly logs?: string | null
  /** Whether the server logs its metrics (`metrics_mode=log`): then nothing is read from the Prometheus endpoint. */
  readonly logsMetrics?: boolean
  readonly access?: Access
  readonly headers?: HttpHeaders
  readonly tls?: TlsOptions
  readonly signal?: AbortSignal
  /** Where archives of plans are put; for servers of servebench's own. */
  readonly store?: ModelStore | null
  /** Whether the server shares this machine. */
  readonly local?: boolean
  /** Gets sentences about settings that the server has not taken, and about what it cannot tell. */
  readonly warn?: (message: string) => void
}

/** Control of a TorchServe: management that can be taken back, and what its metrics count. */
export interface TorchServeControl extends ServerControl {
  /**
   * What the inference address answers to `GET /ping`: 200 where all models have their workers.
   * @throws {ServebenchError} when nobody answers
   */
  ping(): Promise<number>
  /** `null` where the management API cannot be reached. */
  readonly client: ManagementClient | null
  /** How long registering each model took until its workers were ready, when this control registered it: ns, by name. */
  readonly loadTimes: ReadonlyMap<string, number>
  /** Of the profile that is being made: its sessions write there which ids their requests got. */
  profileFolder: string | null
  /** In log mode: the times of single requests between the last two calls of `statistics`, by model. */
  requestTimes?(): ReadonlyMap<string, RequestTimes>
}

const OK = 200
const NANOS_PER_MILLISECOND = 1e6
const NO_ACCESS: Access = { inference: null, management: null }

/** Connects to nothing yet: each call opens a connection of its own. */
export function torchserveControl(options: TorchServeControlOptions): TorchServeControl {
  const { url, managementUrl, metricsUrl = null, access = NO_ACCESS, headers = {}, tls, signal } = options
  const { store = null, local = false, logs = null, logsMetrics = false, warn = () => {} } = options
  const connection = {
    headers,
    ...(tls === undefined ? {} : { tls }),
    ...(signal === undefined ? {} : { signal }),
  }
  const client =
    managementUrl === null
      ? null
      : new ManagementClient({ ...connection, url: managementUrl, token: access.management })
  const reconciler = client === null ? null : new Reconciler({ client, store })
  const control: TorchServeControl = {
    client,
    profileFolder: null,
    loadTimes: reconciler?.loadTimes ?? new Map(),
    async ping() {
      const authorization =
        access.inference === null ? {} : { authorization: authorize(access.inference, 'inference') }
      const caller = new RestCaller({ ...connection, headers: { ...headers, ...authorization } })
      const { status } = await caller.call('GET', `${url}/ping`)
      return status
    },
    async health() {
      const status = await control.ping().catch(() => null)
      return { live: status !== null, ready: status === OK }
    },
    async metadata(): Promise<ServerMetadata> {
      const models = client === null ? [] : await allModels(client)
      return {
        name: 'torchserve',
        version: null,
        extensions: [],
        models: models.map(({ name, version, ready }) => ({
          name,
          version,
          state: ready > 0 ? 'READY' : 'UNAVAILABLE',
        })),
      }
    },
  }
  return Object.assign(
    control,
    reconciler === null || client === null
      ? {}
      : {
          batching: async ({ options: { model, version } }: TargetPlan) => {
            const [found] = await client.describe(textOf(model), textOf(version))
            return found === undefined ? null : modelBatching(found)
          },
          configure: (state: object, use: Parameters<Reconciler['configure']>[1]) =>
            reconciler.configure(state as PlannedState, use),
          restore: () => reconciler.restore(),
          undo: (steps: Parameters<Reconciler['undo']>[0]) => reconciler.undo(steps),
          tunables: async () =>
            listTunables(await allModels(client), {
              machine: local ? tuningMachine() : null,
              own: store !== null,
            }),
        },
    logs === null ? {} : profileControl(control, { logs, reconciler }),
    logs !== null && logsMetrics
      ? logControl(logs, client)
      : metricsUrl === null
        ? {}
        : metricsControl(metricsUrl, client, connection, warn),
  )
}

function modelBatching({ name, batchSize, ready, maxBatchDelay }: ModelDescription): ModelBatching | null {
  if (batchSize <= 1 || maxBatchDelay === 0) return null
  return { model: name, size: batchSize, instances: ready, delay: maxBatchDelay * NANOS_PER_MILLISECOND }
}

async function allModels(client: ManagementClient): Promise<readonly ModelDescription[]> {
  const models: ModelDescription[] = []
  for (const name of await client.list()) models.push(...(await client.describe(name)))
  return models
}

function metricsControl(
  url: string,
  client: ManagementClient | null,
  connection: ConstructorParameters<typeof RestCaller>[0],
  warn: (message: string) => void,
): Required<Pick<ServerControl, 'metrics' | 'statistics'>> {
  const caller = new RestCaller(connection)
  const counters = new ServerCounters()
  let scrapes = 0
  let isWarned = false
  const read = async (): Promise<string> => {
    const { status, body } = await caller.call('GET', url)
    if (status !== OK) {
      throw new ServebenchError(
        'SERVEBENCH_TORCHSERVE_METRICS',
        `${url} answers ${status} instead of metrics.`,
        {
          advice: 'Check metricsUrl, and that enable_metrics_api is not false.',
          exitCode: ExitCode.target,
        },
      )
    }
    scrapes += 1
    return body.toString()
  }
  return {
    metrics: read,
    async statistics(): Promise<ServerStatistics> {
      // The server counts an answer after it has written it.
      const before = scrapes + (client?.answered ?? 0)
      const text = await read()
      if (hasCounters(text)) return counters.read(countPrometheus(text), before)
      if (!isWarned) {
        isWarned = true
        warn('The server counts nothing at its metrics address: start it with metrics_mode=prometheus.')
      }
      return { models: {} }
    },
  }
}

function profileControl(
  control: TorchServeControl,
  parts: HandlerProfilerParts,
): Required<Pick<TorchServeControl, 'profile'>> {
  return {
    async profile(options): Promise<ServerProfiler> {
      const profiler = await startHandlerProfile(parts, options)
      control.profileFolder = options.directory
      return {
        stop: () => {
          control.profileFolder = null
          return profiler.stop()
        },
      }
    },
  }
}

function logControl(
  folder: string,
  client: ManagementClient | null,
): Required<Pick<TorchServeControl, 'statistics' | 'requestTimes'>> {
  const reader = new LogReader(folder)
  const counters = new ServerCounters()
  return {
    async statistics(): Promise<ServerStatistics> {
      const before = client?.answered ?? 0
      return counters.read(await reader.read(), before)
    },
    requestTimes: () => reader.times,
  }
}
