import type { AnalysisTable, JsonValue, ModelStatistics } from 'servebench/plugin'
import { partsOf } from '../control/ensemble-graph.ts'
import type { FoundModels } from '../found-model.ts'
import type { TritonCase } from './triton-case.ts'

/** Which batches were executed, and what each size cost; sizes in classes of powers of two. */
export function listBatches(cases: readonly TritonCase[], models: FoundModels): AnalysisTable | null {
  const rows = cases.flatMap(({ name, model, counted }) =>
    counted === null
      ? []
      : [model, ...partsOf(model, models.get(model)?.graph ?? {})].flatMap((part) =>
          classesOf(counted[part]).map((cells) => [name, part, ...cells]),
        ),
  )
  if (rows.length === 0) return null
  return {
    name: 'triton-batches',
    title: 'Triton: batch sizes, and what they cost',
    columns: [
      { name: 'case', unit: null },
      { name: 'model', unit: null },
      { name: 'batch', unit: null },
      { name: 'executions', unit: null },
      { name: 'share', unit: '1', description: 'Of all inferences.' },
      { name: 'infer', unit: 'ns', description: 'Mean of an execution.' },
      { name: 'per inference', unit: 'ns' },
    ],
    rows,
    notes: [],
  }
}

interface SizeClass {
  smallest: number
  largest: number
  executions: number
  inferences: number
  ns: number
}

/** None for models that executed batches of one size only. */
function classesOf(statistics: ModelStatistics | undefined): JsonValue[][] {
  const batches = statistics?.batches.filter(({ computeInfer }) => computeInfer.count > 0) ?? []
  if (batches.length < 2) return []
  const classes = new Map<number, SizeClass>()
  for (const { size, computeInfer } of [...batches].sort((a, b) => a.size - b.size)) {
    // 1, 2, 3–4, 5–8, 9–16, …
    const exponent = 32 - Math.clz32(Math.max(0, size - 1))
    const found = classes.get(exponent) ?? {
      smallest: size,
      largest: size,
      executions: 0,
      inferences: 0,
      ns: 0,
    }
    found.largest = size
    found.executions += computeInfer.count
    found.inferences += computeInfer.count * size
    found.ns += computeInfer.ns
    classes.set(exponent, found)
  }
  const all = [...classes.values()]
  const total = all.reduce((sum, { inferences }) => sum + inferences, 0)
  return all.map(({ smallest, largest, executions, inferences, ns }) => [
    smallest === largest ? String(smallest) : `${smallest}–${largest}`,
    executions,
    inferences / total,
    ns / executions,
    ns / inferences,
  ])
}
