import type { Counter, ModelStatistics, RunResult, Trial } from 'servebench/plugin'
import { KIND } from '../server.ts'

/** A stream of a case whose target is a Triton server, with all its repeats. */
export interface TritonCase {
  /** `describe > scenario > axis=value`, and the stream where there are several. */
  readonly name: string
  readonly stream: string
  readonly model: string
  readonly trials: readonly Trial[]
  /** What the server counted in the measurements, by model; `null` when that is not known. */
  readonly counted: Readonly<Record<string, ModelStatistics>> | null
}

/** The cases of a run that measured Triton servers. */
export function tritonCases(result: RunResult): readonly TritonCase[] {
  return result.cases.flatMap(({ id, path, case: values }) => {
    const trials = result.trials.filter(
      (trial) => trial.caseId === id && trial.role === 'measurement' && trial.counts.completed > 0,
    )
    const [first] = trials
    if (first === undefined) return []
    const axes = Object.entries(values).map(([axis, value]) => `${axis}=${value}`)
    const streams = Object.entries(first.plan.streams).filter(([, { target }]) => target.kind === KIND)
    return streams.map(([stream, { target }]) => ({
      name: [
        ...path,
        ...(axes.length === 0 ? [] : [axes.join(',')]),
        ...(streams.length > 1 ? [stream] : []),
      ].join(' > '),
      stream,
      model: target.options['model'] as string,
      trials,
      counted: addTrials(trials),
    }))
  })
}

function addTrials(trials: readonly Trial[]): Readonly<Record<string, ModelStatistics>> | null {
  const counted: Record<string, ModelStatistics> = {}
  for (const { server } of trials) {
    if (server === null || server.counters === null) return null
    for (const [name, model] of Object.entries(server.counters)) {
      const delta = model as unknown as ModelStatistics
      const before = counted[name]
      counted[name] = before === undefined ? delta : addModels(before, delta)
    }
  }
  return counted
}

const NONE: Counter = { count: 0, ns: 0 }

function addModels(a: ModelStatistics, b: ModelStatistics): ModelStatistics {
  const sizes = [...new Set([...a.batches, ...b.batches].map(({ size }) => size))].sort((x, y) => x - y)
  const batchOf = ({ batches }: ModelStatistics, size: number): Counter =>
    batches.find((batch) => batch.size === size)?.computeInfer ?? NONE
  return {
    success: add(a.success, b.success),
    fail: add(a.fail, b.fail),
    queue: add(a.queue, b.queue),
    computeInput: add(a.computeInput, b.computeInput),
    computeInfer: add(a.computeInfer, b.computeInfer),
    computeOutput: add(a.computeOutput, b.computeOutput),
    cacheHit: add(a.cacheHit ?? NONE, b.cacheHit ?? NONE),
    cacheMiss: add(a.cacheMiss ?? NONE, b.cacheMiss ?? NONE),
    inferences: a.inferences + b.inferences,
    executions: a.executions + b.executions,
    batches: sizes.map((size) => ({ size, computeInfer: add(batchOf(a, size), batchOf(b, size)) })),
  }
}

function add(a: Counter, b: Counter): Counter {
  return { count: a.count + b.count, ns: a.ns + b.ns }
}
