import type { StreamPlan, TrialPlan } from '../../src/plan/trial-plan.ts'
import type { LoadPlan } from '../../src/arrival/load-plan.ts'
import { groupByCase, poolCase } from '../../src/report/pool.ts'
import type { AnalysisTable, RunResult, Trial } from '../../src/report/result.ts'
import type { SearchResult } from '../../src/report/search-result.ts'
import { mainStream, resultFixture, trialFixture, type TrialOptions } from '../result-fixture.ts'

export interface AnalysedOptions extends TrialOptions {
  readonly load?: LoadPlan
  /** Of every request, ns. */
  readonly time?: number
  readonly throughput?: number
  readonly items?: number
  readonly inFlight?: number
  readonly input?: StreamPlan['input']
  readonly target?: Partial<StreamPlan['target']>
  readonly plan?: Partial<TrialPlan>
  readonly rest?: Partial<Trial>
}

export function closed(concurrency: number): LoadPlan {
  return { loop: 'closed', concurrency, requests: null, thinkTime: null as never }
}

/** A trial as analyses look at it; its throughput is that of a closed loop unless it is given. */
export function analysedTrial(options: AnalysedOptions): Trial {
  const { time, items = 1, load = closed(1), input, target, plan, rest } = options
  const trial = trialFixture({
    ...options,
    ...(time === undefined ? {} : { latencies: Array.from({ length: 200 }, () => time) }),
  })
  const main = mainStream(trial.plan)
  const users = load.loop === 'closed' ? load.concurrency : 1
  const { inFlight = users, throughput = time === undefined ? trial.throughput : (inFlight * 1e9) / time } =
    options
  const metrics = {
    throughput,
    items: { perRequest: items, throughput: throughput === null ? null : throughput * items },
    inFlight: { mean: inFlight, max: inFlight },
    rateIntervals: {
      ...trial.rateIntervals,
      throughput: throughput === null ? null : ([throughput * 0.98, throughput * 1.02] as const),
    },
  }
  const stream = {
    ...main,
    load,
    ...(input === undefined ? {} : { input }),
    target: { ...main.target, ...target },
  }
  return {
    ...trial,
    ...metrics,
    plan: { ...trial.plan, streams: { main: stream }, ...plan },
    streams: { main: { ...(trial.streams['main'] as Trial), ...metrics } },
    ...rest,
  }
}

export function analysedResult(trials: readonly Trial[], searches: readonly SearchResult[] = []): RunResult {
  return resultFixture(trials, groupByCase(trials, searches).map(poolCase), { searches })
}

/** Rows by the names of their columns. */
export function recordsOf(table: AnalysisTable | undefined): readonly Readonly<Record<string, unknown>>[] {
  return (table?.rows ?? []).map((row) =>
    Object.fromEntries((table?.columns ?? []).map(({ name }, index) => [name, row[index]])),
  )
}

export function tableNamed(tables: readonly AnalysisTable[], name: string): AnalysisTable {
  const found = tables.find((table) => table.name === name)
  if (found === undefined)
    throw new Error(`There is no table ${name}, only ${tables.map((one) => one.name).join(', ')}.`)
  return found
}

/** What is wrong with tables: rows of another length, numbers that are none, plots that name what is not there. */
export function faultsOf(tables: readonly AnalysisTable[]): readonly string[] {
  return tables.flatMap(({ name, columns, rows, plots = [] }) => {
    const names = columns.map((column) => column.name)
    const missing = (column: unknown): boolean => typeof column === 'string' && !names.includes(column)
    return [
      ...(new Set(names).size < names.length ? [`${name}: two columns have one name`] : []),
      ...(new Set(plots.map((plot) => plot.name)).size < plots.length
        ? [`${name}: two plots have one name`]
        : []),
      ...rows.flatMap((row, index) => [
        ...(row.length === columns.length ? [] : [`${name}: row ${index} has ${row.length} cells`]),
        ...row.flatMap((cell, place) =>
          typeof cell === 'number' && !Number.isFinite(cell)
            ? [`${name}: ${names[place]} of row ${index} is ${cell}`]
            : [],
        ),
      ]),
      ...plots.flatMap((plot) => [
        ...(/^[a-z0-9]+(-[a-z0-9]+)*$/.test(plot.name) ? [] : [`${name}: a plot is called ${plot.name}`]),
        ...plot.layers.flatMap((layer) =>
          Object.entries({ ...layer, where: layer.where?.column })
            .filter(([member]) =>
              ['x', 'y', 'low', 'high', 'text', 'value', 'group', 'where'].includes(member),
            )
            .flatMap(([member, column]) =>
              missing(column) ? [`${name}: ${plot.name} draws ${member} by ${String(column)}`] : [],
            ),
        ),
      ]),
    ]
  })
}
