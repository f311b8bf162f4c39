import type { Counter, ModelStatistics } from 'servebench/plugin'
import { partsOf } from '../control/ensemble-graph.ts'
import type { EnsembleGraph } from '../control/ensemble-graph.ts'

/** Where the server's time goes, for each successful request: means, ns. */
export interface ServerStages {
  readonly total: number
  readonly queue: number
  readonly computeInput: number
  readonly computeInfer: number
  readonly computeOutput: number
  /** Looking answers up in the response cache, and putting them there. */
  readonly cache: number
  /** What no stage accounts for. */
  readonly overhead: number
}

type Counted = Readonly<Record<string, ModelStatistics>>

/**
 * The stages of a model's requests. Those of an ensemble are the sums over the models that it consists of, divided by its
 * own requests: its own counters hold the work of its parts once more, and their queues nowhere.
 * @returns `null` when the model had no request
 */
export function serverStages(model: string, counted: Counted, graph: EnsembleGraph): ServerStages | null {
  const own = counted[model]
  if (own === undefined || own.success.count === 0) return null
  const leaves = partsOf(model, graph).filter((part) => !Object.hasOwn(graph, part))
  const models = leaves.length === 0 ? [own] : leaves.flatMap((part) => counted[part] ?? [])
  const mean = (read: (statistics: ModelStatistics) => Counter | undefined): number =>
    models.reduce((sum, statistics) => sum + (read(statistics)?.ns ?? 0), 0) / own.success.count
  const stages = {
    total: own.success.ns / own.success.count,
    queue: mean(({ queue }) => queue),
    computeInput: mean(({ computeInput }) => computeInput),
    computeInfer: mean(({ computeInfer }) => computeInfer),
    computeOutput: mean(({ computeOutput }) => computeOutput),
    cache: mean(({ cacheHit }) => cacheHit) + mean(({ cacheMiss }) => cacheMiss),
  }
  const { total, queue, computeInput, computeInfer, computeOutput, cache } = stages
  return { ...stages, overhead: total - queue - computeInput - computeInfer - computeOutput - cache }
}
