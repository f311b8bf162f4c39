import { fullName } from '../case-name.ts'
import type { CaseResult, Metrics, RunResult, Trial } from '../result.ts'
import type { StaticReport } from '../static-report.ts'

/** A model of which it is known what an inference computes, and what it was measured with. */
export interface WorkedModel {
  readonly one: CaseResult
  /** Of the case; with the stream, where that is not `main`. */
  readonly name: string
  readonly stream: string
  readonly report: StaticReport & { readonly flops: number }
  readonly metrics: Metrics
  readonly trials: readonly Trial[]
  /** Inferences per execution; `null` where it is not known. */
  readonly batch: number | null
}

/** The models of all cases that were measured and whose work is known. */
export function workedModels(result: RunResult): readonly WorkedModel[] {
  const all = new Map(result.trials.map((trial) => [trial.id, trial]))
  return result.cases.flatMap((one) => {
    const trials = one.trials.flatMap((id) => all.get(id) ?? [])
    const known = trials.find((trial) => trial.static !== null)
    return Object.entries(known?.static ?? {}).flatMap(([stream, report]) => {
      const metrics = one.streams?.[stream.split('/')[0] as string] ?? one.pooled
      const { flops } = report
      if (metrics === null || flops === null) return []
      const name = `${fullName(one)}${stream === 'main' ? '' : ` · ${stream}`}`
      const batch = executionBatch(known as Trial, metrics)
      return [{ one, name, stream, report: { ...report, flops }, metrics, trials, batch }]
    })
  })
}

/** Inferences per execution: as the server counts them, or those of a request. */
function executionBatch({ server }: Trial, { items }: Metrics): number | null {
  const sizes = server?.batchSizes ?? []
  const executions = sizes.reduce((sum, { count }) => sum + count, 0)
  if (executions > 0) return sizes.reduce((sum, { size, count }) => sum + size * count, 0) / executions
  return items.perRequest !== null && items.perRequest > 0 ? items.perRequest : null
}
