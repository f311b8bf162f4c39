import { polynomialAt } from '../../stats/regression/polynomial-fit.ts'
import { canonicalJson, type JsonObject, type JsonValue } from '../../units/json.ts'
import type { AnalysisTable, RunResult, Trial } from '../result.ts'
import { batchLineTable, fitBatchLine, FEWEST_BATCHES, type BatchSeries } from './batch-line.ts'
import { executedBatches, executedModel } from './executed-batches.ts'
import { scenariosOf } from './measured-scenarios.ts'
import { axisScale, sampleRange } from './sampled-range.ts'

/** Settings of the server that are shown, in the order of the result. */
const MOST_SERIES = 8

/**
 * What an execution takes by its batch, where a server makes batches of requests and counts executions by their size: for
 * each scenario, model and setting of the server, all its cases together.
 */
export function analyseServerBatches(result: RunResult): readonly AnalysisTable[] {
  return scenariosOf(result).flatMap(({ title, cases }) => {
    const trials = cases.flatMap((one) => one.trials)
    const groups = Map.groupBy(trials, (trial) => keyOf(trial))
    const found = [...groups].flatMap(([key, group]) => (key === null ? [] : seriesOf(group)))
    const series = found.slice(0, MOST_SERIES).map((one, index) => ({
      ...one,
      name: found.length === 1 ? '' : nameOf(one.name, index, found),
    }))
    if (series.length === 0) return []
    const table = batchLineTable({
      name: 'server-batch-line',
      title: `${title}: what the server’s batches take`,
      series,
      note: 'T(b) = a + c·b through the mean times of executions as the server has counted them, each size as often as it was executed: without queue, copies and network.',
    })
    return [table, pictureOf(title, series)]
  })
}

/** Equal for trials of the same server with the same settings, asking the same model. */
function keyOf(trial: Trial): string | null {
  const model = executedModel(trial)
  const { server, streams } = trial.plan
  const kind = Object.values(streams)[0]?.target.kind
  return model === null ? null : canonicalJson({ kind, model, server } as unknown as JsonObject)
}

function seriesOf(trials: readonly Trial[]): readonly BatchSeries[] {
  const [first] = trials as readonly [Trial]
  const model = executedModel(first) as string
  const points = executedBatches(trials, model)
  if (points.length < FEWEST_BATCHES) return []
  return [{ name: `${first.plan.server?.kind ?? first.server?.kind ?? ''} ${model}`, points, inFlight: 1 }]
}

/** Settings of one server have no short name of their own. */
function nameOf(name: string, index: number, all: readonly BatchSeries[]): string {
  const same = all.filter((one) => one.name === name)
  return same.length === 1
    ? name
    : `${name} (${all.slice(0, index + 1).filter((one) => one.name === name).length})`
}

function pictureOf(title: string, series: readonly BatchSeries[]): AnalysisTable {
  const rows = series.flatMap(({ name, points }): (readonly JsonValue[])[] => {
    const line = fitBatchLine(points)
    const sizes = points.map(({ batch }) => batch)
    return [
      ...points.map(({ batch, time, count }) => [name, batch, time, null, count ?? null]),
      ...(line === null
        ? []
        : sampleRange(Math.min(...sizes), Math.max(...sizes)).map((batch) => [
            name,
            batch,
            null,
            polynomialAt(line.fit, batch),
            null,
          ])),
    ]
  })
  const group = series.length > 1 ? { group: 'series' } : {}
  return {
    name: 'server-batch-plots',
    title: `${title}: executions by batch`,
    columns: [
      { name: 'series', unit: null },
      { name: 'batch', unit: null },
      { name: 'mean', unit: 'ns', description: 'Of an execution.' },
      { name: 'line', unit: 'ns' },
      { name: 'executions', unit: null },
    ],
    rows,
    notes: [],
    plots: [
      {
        name: 'executions',
        title: 'Time of an execution by its batch, as the server counts it',
        x: {
          title: 'batch, items per execution',
          unit: null,
          scale: axisScale(rows.map((row) => row[1] as number)),
        },
        y: { title: 'time of an execution', unit: 'ns', scale: 'linear' },
        layers: [
          { mark: 'points', x: 'batch', y: 'mean', ...(series.length > 1 ? group : { label: 'measured' }) },
          {
            mark: 'line',
            x: 'batch',
            y: 'line',
            dashed: true,
            ...(series.length > 1 ? group : { label: 'a + c·b' }),
          },
        ],
      },
    ],
    plotOnly: true,
  }
}
