import type { Counter, ModelStatistics, RunningServer, ServerStatistics } from '../hooks/server.ts'
import type { ServerPlan } from '../plan/trial-plan.ts'
import { redactSecrets } from '../transport/secret-redaction.ts'
import type { ServerReport, VerdictReason } from '../report/result.ts'
import type { JsonObject, JsonValue } from '../units/json.ts'
import type { BatchingByStream } from './idle-batches.ts'

/** What a server did during the measurement: the difference of its cumulative statistics at the edges. */
export function reportServer(
  server: RunningServer,
  plan: ServerPlan | null,
  effective: JsonValue,
  before: ServerStatistics | null,
  after: ServerStatistics | null,
  batching: BatchingByStream = new Map(),
): { readonly report: ServerReport; readonly notes: readonly VerdictReason[] } {
  const deltas = before === null || after === null ? null : difference(before, after)
  const total = deltas === null || deltas.reset ? null : sum(Object.values(deltas.models))
  return {
    report: {
      kind: server.kind,
      plan,
      version: server.version,
      ...(server.container === undefined ? {} : { container: server.container }),
      effectiveConfig: redactSecrets(effective),
      startup: { ...server.startup },
      stages: total === null ? null : stageMeans(total),
      batchSizes:
        total === null
          ? null
          : total.batches
              .map(({ size, computeInfer }) => ({ size, count: computeInfer.count }))
              .sort((a, b) => a.size - b.size),
      counters: deltas === null ? null : (deltas.models as unknown as JsonObject),
      ...(deltas?.totals == null || deltas.reset ? {} : { totals: deltas.totals }),
      ...(batching.size === 0 ? {} : { batching: Object.fromEntries(batching) }),
    },
    notes: deltas?.reset
      ? [
          {
            code: 'server-counters-reset',
            severity: 'note',
            message: 'The server’s counters were reset during the measurement: its statistics are left out.',
            advice: 'A model that is reloaded starts counting anew.',
          },
        ]
      : [],
  }
}

interface Deltas {
  readonly models: Readonly<Record<string, ModelStatistics>>
  readonly totals: Readonly<Record<string, number>> | null
  readonly reset: boolean
}

function difference(before: ServerStatistics, after: ServerStatistics): Deltas {
  const models: Record<string, ModelStatistics> = {}
  let reset = false
  for (const [name, model] of Object.entries(after.models)) {
    const delta = subtract(model, before.models[name])
    if (delta === null) reset = true
    else if (delta.success.count + delta.fail.count > 0) models[name] = delta
  }
  const totals = after.totals === undefined ? null : subtractTotals(after.totals, before.totals ?? {})
  return { models, totals, reset: reset || Object.values(totals ?? {}).some((grown) => grown < 0) }
}

function subtractTotals(
  after: Readonly<Record<string, number>>,
  before: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(after).map(([name, value]) => [name, value - (before[name] ?? 0)]))
}

function subtract(after: ModelStatistics, before: ModelStatistics | undefined): ModelStatistics | null {
  if (before === undefined) return after
  if (after.success.count < before.success.count || after.executions < before.executions) return null
  const counter = (a: Counter, b: Counter | undefined): Counter => ({
    count: a.count - (b?.count ?? 0),
    ns: a.ns - (b?.ns ?? 0),
  })
  return {
    success: counter(after.success, before.success),
    fail: counter(after.fail, before.fail),
    queue: counter(after.queue, before.queue),
    computeInput: counter(after.computeInput, before.computeInput),
    computeInfer: counter(after.computeInfer, before.computeInfer),
    computeOutput: counter(after.computeOutput, before.computeOutput),
    ...(after.cacheHit === undefined ? {} : { cacheHit: counter(after.cacheHit, before.cacheHit) }),
    ...(after.cacheMiss === undefined ? {} : { cacheMiss: counter(after.cacheMiss, before.cacheMiss) }),
    inferences: after.inferences - before.inferences,
    executions: after.executions - before.executions,
    ...(after.padding === undefined ? {} : { padding: after.padding - (before.padding ?? 0) }),
    batches: after.batches
      .map(({ size, computeInfer }) => ({
        size,
        computeInfer: counter(
          computeInfer,
          before.batches.find((batch) => batch.size === size)?.computeInfer,
        ),
      }))
      .filter((batch) => batch.computeInfer.count > 0),
  }
}

function sum(models: readonly ModelStatistics[]): ModelStatistics | null {
  const [first, ...rest] = models
  if (first === undefined) return null
  const add = (a: Counter, b: Counter): Counter => ({ count: a.count + b.count, ns: a.ns + b.ns })
  return rest.reduce<ModelStatistics>(
    (total, model) => ({
      success: add(total.success, model.success),
      fail: add(total.fail, model.fail),
      queue: add(total.queue, model.queue),
      computeInput: add(total.computeInput, model.computeInput),
      computeInfer: add(total.computeInfer, model.computeInfer),
      computeOutput: add(total.computeOutput, model.computeOutput),
      inferences: total.inferences + model.inferences,
      executions: total.executions + model.executions,
      batches: [...total.batches, ...model.batches],
    }),
    first,
  )
}

/** Means per successful request, ns. */
function stageMeans(model: ModelStatistics): Record<string, number | null> {
  const mean = ({ count, ns }: Counter): number | null => (count === 0 ? null : ns / count)
  return {
    total: mean(model.success),
    queue: mean(model.queue),
    computeInput: mean(model.computeInput),
    computeInfer: mean(model.computeInfer),
    computeOutput: mean(model.computeOutput),
    meanBatch: model.executions === 0 ? null : model.inferences / model.executions,
  }
}
