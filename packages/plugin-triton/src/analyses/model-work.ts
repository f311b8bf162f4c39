import type { AnalysisTable, Counter, JsonValue, ModelStatistics } from 'servebench/plugin'
import type { EnsembleGraph } from '../control/ensemble-graph.ts'
import type { FoundModels } from '../found-model.ts'
import type { TritonCase } from './triton-case.ts'

/** What each model did: the one that was asked, and those that it consists of below it. */
export function listModels(cases: readonly TritonCase[], models: FoundModels): AnalysisTable | null {
  const rows: JsonValue[][] = cases.flatMap(({ name, model, counted }) =>
    counted === null
      ? []
      : treeOf(model, models.get(model)?.graph ?? {}).flatMap(({ part, depth }) => {
          const statistics = counted[part]
          return statistics === undefined
            ? []
            : [[name, `${'· '.repeat(depth)}${part}`, ...describe(statistics)]]
        }),
  )
  if (rows.length === 0) return null
  const hasCache = rows.some((row) => row.at(-1) !== null)
  const columns = [
    { name: 'case', unit: null },
    { name: 'model', unit: null },
    { name: 'requests', unit: null },
    { name: 'failed', unit: null },
    { name: 'executions', unit: null },
    { name: 'mean batch', unit: null, description: 'Inferences in each execution.' },
    { name: 'queue', unit: 'ns', description: 'Mean of each request.' },
    { name: 'input', unit: 'ns', description: 'Mean of each request.' },
    { name: 'infer', unit: 'ns', description: 'Mean of each request.' },
    { name: 'output', unit: 'ns', description: 'Mean of each request.' },
    { name: 'cache hits', unit: '1' },
  ]
  return {
    name: 'triton-models',
    title: 'Triton: what the models did in the measurement',
    columns: hasCache ? columns : columns.slice(0, -1),
    rows: hasCache ? rows : rows.map((row) => row.slice(0, -1)),
    notes: rows.some(([, model]) => typeof model === 'string' && model.startsWith('·'))
      ? ['A model that several others call is counted for all of them together.']
      : [],
  }
}

interface Node {
  readonly part: string
  readonly depth: number
}

function treeOf(model: string, graph: EnsembleGraph, depth = 0, above: readonly string[] = []): Node[] {
  // A graph comes from the server: one that leads back to itself must end.
  if (above.includes(model)) return []
  const steps = Object.hasOwn(graph, model) ? (graph[model] as readonly string[]) : []
  return [
    { part: model, depth },
    ...steps.flatMap((step) => treeOf(step, graph, depth + 1, [...above, model])),
  ]
}

function describe(statistics: ModelStatistics): JsonValue[] {
  const { success, fail, executions, inferences, queue, computeInput, computeInfer, computeOutput } =
    statistics
  const { cacheHit, cacheMiss } = statistics
  const lookups = (cacheHit?.count ?? 0) + (cacheMiss?.count ?? 0)
  return [
    success.count,
    fail.count,
    executions,
    executions === 0 ? null : inferences / executions,
    ...[queue, computeInput, computeInfer, computeOutput].map(mean),
    lookups === 0 ? null : (cacheHit?.count ?? 0) / lookups,
  ]
}

function mean({ count, ns }: Counter): number | null {
  return count === 0 ? null : ns / count
}
