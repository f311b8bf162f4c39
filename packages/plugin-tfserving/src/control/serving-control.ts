import { textOf } from '@servebench/plugin-oip/control'
import { tuningMachine } from 'servebench/plugin'
import type {
  JsonValue,
  ModelBatching,
  ServerControl,
  ServerProfileOptions,
  ServerProfiler,
  TargetPlan,
} from 'servebench/plugin'
import type { ModelConfig } from '../model/model-config.ts'
import { GrpcClient } from '../server/grpc-client.ts'
import { HttpClient } from '../server/http-client.ts'
import { MetricsClient } from '../server/metrics-client.ts'
import { StatisticsReader } from '../server/read-statistics.ts'
import { ServingCallError } from '../server/serving-client.ts'
import type { ServingClient, ServingClientOptions, VersionStatus } from '../server/serving-client.ts'
import type { PlannedChange } from './config-state.ts'
import type { PlannedBatching } from '../launch/plan-launch.ts'
import { startOperatorProfile } from '../profile/operator-profiler.ts'
import { Reconciler } from './reconciler.ts'
import { listTunables } from '../tuning/tunables.ts'

export interface TfServingControlOptions extends ServingClientOptions {
  /** Of the REST port, or `null`: servers have it switched off unless told otherwise. */
  readonly httpUrl: string | null
  /** Without it the configuration cannot be changed. */
  readonly grpcUrl: string | null
  /** The Prometheus page, in full; `null`: there is none. */
  readonly metricsUrl: string | null
  /** The configuration that the server was started with, where it is known. */
  readonly models?: readonly ModelConfig[]
  /** Whether servebench has started the server: then its changes need no journal. */
  readonly own?: boolean
  /** Whether the server shares this machine. */
  readonly local?: boolean
  /** How the server batches, where servebench has started it; of another one it is not known. */
  readonly batching?: PlannedBatching | null
}

/** What a server is asked that may not know any model. */
const ANY_MODEL = 'servebench'
const SERVER_NAME = 'TensorFlow Serving'

/** Control of a TensorFlow Serving server. What it cannot do, by what is known about it, is absent. */
export function tfservingControl(options: TfServingControlOptions): ServerControl {
  const { httpUrl, grpcUrl, metricsUrl, models = [], own = false, local = own, batching = null } = options
  const grpc = grpcUrl === null ? null : new GrpcClient(grpcUrl, options)
  const client: ServingClient | null = httpUrl === null ? grpc : new HttpClient(httpUrl, options)
  if (client === null) throw new TypeError('A server has at least one endpoint.')
  const control: ServerControl = {
    async health() {
      const statuses = await readStatuses(client, models).catch(() => null)
      if (statuses === null) return { live: false, ready: false }
      const ready = statuses.every(({ versions }) => versions.some(({ state }) => state === 'AVAILABLE'))
      return { live: true, ready }
    },
    async metadata() {
      const statuses = models.length === 0 ? [] : await readStatuses(client, models)
      return {
        name: SERVER_NAME,
        version: null,
        extensions: [],
        models: statuses.flatMap(({ name, versions }) =>
          versions.map(({ version, state }) => ({ name, version, state })),
        ),
      }
    },
  }
  return Object.assign(
    control,
    grpc === null || models.length === 0 ? {} : stateControl(grpc, models, options),
    metricsUrl === null ? {} : metricsControl(metricsUrl, options),
    grpc === null
      ? {}
      : {
          profile: (use: ServerProfileOptions): Promise<ServerProfiler> =>
            startOperatorProfile({ client: grpc, local }, use),
        },
    batching === null
      ? {}
      : { batching: async ({ options: { model } }: TargetPlan) => modelBatching(textOf(model), batching) },
    own ? { tunables: async () => listTunables(batching, local ? tuningMachine() : null) } : {},
  )
}

/**
 * The versions of models; of a server that may know no model, nothing but that it is there.
 * @throws {ServebenchError} when there is no server
 */
export async function readStatuses(
  client: ServingClient,
  models: readonly ModelConfig[],
): Promise<{ readonly name: string; readonly versions: readonly VersionStatus[] }[]> {
  const statuses = []
  for (const name of models.length === 0 ? [ANY_MODEL] : models.map((model) => model.name)) {
    const versions = await client
      .modelStatus({ name, version: '', versionLabel: '' })
      .catch((error: unknown): readonly VersionStatus[] => {
        if (error instanceof ServingCallError && error.advice === undefined) return []
        throw error
      })
    if (models.length > 0) statuses.push({ name, versions })
  }
  return statuses
}

/** All models have the same: the threads that execute batches are shared, and any of them takes the next one. */
function modelBatching(model: string, batching: PlannedBatching): ModelBatching | null {
  const { max_batch_size: size, batch_timeout_micros: micros = 0 } = batching
  return size === undefined || micros === 0 ? null : { model, size, instances: 1, delay: micros * 1000 }
}

function stateControl(
  client: GrpcClient,
  base: readonly ModelConfig[],
  { own = false, signal }: TfServingControlOptions,
): Required<Pick<ServerControl, 'configure' | 'restore' | 'undo'>> {
  const reconciler = new Reconciler({ client, base, journal: !own, signal })
  return {
    async configure(state, options): Promise<JsonValue> {
      const { models = [] } = (state ?? {}) as { readonly models?: readonly PlannedChange[] }
      return reconciler.configure(models, options)
    },
    restore: () => reconciler.restore(),
    undo: (steps) => reconciler.undo(steps),
  }
}

function metricsControl(
  url: string,
  options: ServingClientOptions,
): Required<Pick<ServerControl, 'statistics' | 'metrics'>> {
  const client = new MetricsClient(url, options)
  const reader = new StatisticsReader()
  return {
    statistics: async () => reader.read(await client.samples()),
    metrics: () => client.text(),
  }
}
