import { createClient, hasExtension, oipControl, textOf } from '@servebench/plugin-oip/control'
import type { OipClient, OipClientOptions, OipControl } from '@servebench/plugin-oip/control'
import { tuningMachine } from 'servebench/plugin'
import type {
  JsonObject,
  JsonValue,
  ModelBatching,
  ServerControl,
  ServerProfileOptions,
  ServerProfiler,
  TargetPlan,
} from 'servebench/plugin'
import type { ModelRepository } from '../launch/model-repository.ts'
import type { PlannedState } from '../server.ts'
import { startTracing } from '../trace/trace-profiler.ts'
import { readBatching } from '../config/read-batching.ts'
import { findGraph } from './ensemble-graph.ts'
import type { EnsembleGraph } from './ensemble-graph.ts'
import { Reconciler } from './reconciler.ts'
import { listTunables } from '../tuning/tunables.ts'
import type { TritonSurroundings } from '../tuning/tunables.ts'

export interface TritonControlOptions extends OipClientOptions {
  /** Of the server's HTTP endpoint, or of its gRPC endpoint for the protocol `grpc`. */
  readonly url: string
  /** Default `http`. */
  readonly protocol?: 'http' | 'grpc'
  /** The Prometheus endpoint, in full. */
  readonly metricsUrl?: string | undefined
  /** Where models of plans are put; for servers of servebench's own. */
  readonly repository?: ModelRepository
  /** Whether the server shares this machine. */
  readonly local?: boolean
  /** Whether it was started with a response cache; default `null`: that is not known. */
  readonly cache?: boolean | null
  /** Gets sentences about settings that the server has changed. */
  readonly warn?: (message: string) => void
  /** The end of the server's log, for the reasons that its answers leave out. */
  readonly log?: () => string
}

/** Control of a Triton server: model control that can be taken back, statistics, metrics, traces. */
export interface TritonControl extends OipControl {
  /** How long loading each model took, when this control loaded it: ns, by name. */
  readonly loadTimes: ReadonlyMap<string, number>
  readonly client: OipClient
  /** The ensembles that a model consists of. @param composing models that others call without saying so */
  graph(model: string, composing?: EnsembleGraph): Promise<EnsembleGraph>
  /**
   * Sets trace settings of the server, or of the `model` that they name, and returns what is in effect; `null` takes all
   * changes back.
   */
  trace?(settings: JsonObject | null): Promise<JsonValue>
  /** Whether requests are to have ids, by which traces are joined with records. */
  wantsIds: boolean
  logSettings?(changes?: JsonObject): Promise<JsonObject>
}

/**
 * Connects to a Triton server's control plane. What the server cannot do, as far as its extensions say, is absent.
 * @throws {ServebenchError} when there is no such server
 */
export async function tritonControl(options: TritonControlOptions): Promise<TritonControl> {
  const {
    url,
    protocol = 'http',
    repository = null,
    warn = () => {},
    log = () => '',
    local = false,
    cache = null,
  } = options
  const base = Object.assign(await oipControl(options), { wantsIds: false })
  const client = createClient(url.replace(/\/+$/, ''), protocol, options)
  const reconciler = new Reconciler({ client, control: base, repository, warn, log })
  const readConfig = async (name: string): Promise<JsonObject | null> =>
    (await base.modelConfig?.(name).catch(() => null)) ?? null
  return Object.assign(
    base,
    {
      client,
      loadTimes: reconciler.loadTimes,
      graph: (model: string, composing?: EnsembleGraph) => findGraph(model, readConfig, composing),
    },
    base.modelConfig === undefined
      ? {}
      : stateControl(reconciler, base, { machine: local ? tuningMachine() : null, cache }),
    base.modelConfig === undefined
      ? {}
      : {
          async batching({ options: { model } }: TargetPlan): Promise<ModelBatching | null> {
            const name = textOf(model)
            const config = await readConfig(name)
            return config === null ? null : readBatching(name, config)
          },
        },
    hasExtension(base.server, 'trace')
      ? {
          trace: (settings: JsonObject | null) => setTrace(reconciler, settings),
          async profile(use: ServerProfileOptions): Promise<ServerProfiler> {
            const tracing = await startTracing({ client, reconciler, local }, use)
            base.wantsIds = true
            return {
              stop: async () => {
                base.wantsIds = false
                return tracing.stop()
              },
            }
          },
        }
      : {},
    hasExtension(base.server, 'logging')
      ? { logSettings: (changes?: JsonObject) => client.logSettings(changes) }
      : {},
  )
}

function stateControl(
  reconciler: Reconciler,
  base: OipControl,
  surroundings: TritonSurroundings,
): Required<Pick<ServerControl, 'configure' | 'restore' | 'undo' | 'tunables'>> {
  return {
    configure: (state, options) => reconciler.configure(state as unknown as PlannedState, options),
    restore: () => reconciler.restore(),
    undo: (steps) => reconciler.undo(steps),
    async tunables() {
      const models: Record<string, JsonObject> = {}
      for (const { name, state } of (await base.index?.()) ?? []) {
        if (state === 'READY' && base.modelConfig !== undefined) models[name] = await base.modelConfig(name)
      }
      return listTunables(models, surroundings)
    },
  }
}

async function setTrace(reconciler: Reconciler, settings: JsonObject | null): Promise<JsonValue> {
  if (settings === null) {
    await reconciler.restoreTrace()
    return null
  }
  const { model, ...changes } = settings
  return reconciler.setTrace(textOf(model), changes)
}
