import { closedBatchThroughput } from '../../stats/queueing/batch-service.ts'
import { canonicalJson, type JsonObject } from '../../units/json.ts'
import { caseName } from '../case-name.ts'
import type { Plot, PlotLayer } from '../plot.ts'
import type { AnalysisTable, CaseResult, RunResult, Trial } from '../result.ts'
import { fitBatchLine, MISFIT } from './batch-line.ts'
import { batchingSetting } from './batching-setting.ts'
import { intervalNotes, ratioOfCases, THROUGHPUT, type CaseRatio } from './case-ratio.ts'
import { executedBatches, executedModel } from './executed-batches.ts'
import { scenariosOf, streamCase, usersOf, type StreamCase } from './measured-scenarios.ts'
import { axisEnds, axisScale } from './sampled-range.ts'

/** A case whose server makes batches, and the one that is equal but for that. */
interface Pair {
  readonly users: number
  readonly one: StreamCase
  readonly against: StreamCase
  readonly ratio: CaseRatio | null
}

/** Pairs that differ in their users alone. */
interface PairSeries {
  readonly name: string
  readonly pairs: readonly Pair[]
  readonly model: Model | string
}

/** What the law of batches says of a number of users, requests per second. */
interface Model {
  without(users: number): number
  with(users: number): number
}

interface Contender {
  readonly item: StreamCase
  readonly users: number
  /** All but load and batching. */
  readonly key: string
  readonly batching: string
  readonly isOn: boolean
}

/**
 * What a server gains by making batches of requests: for closed loops that differ in nothing but that, by their users,
 * beside what the times of its batches let one expect.
 */
export function analyseDynamicBatching(result: RunResult): readonly AnalysisTable[] {
  return scenariosOf(result).flatMap(({ title, cases }) => {
    const trials = new Map(cases.map(({ one, repeats }) => [one.id, repeats]))
    const series = seriesOf(cases.flatMap(streamCase).flatMap(contender), (one) => trials.get(one.id) ?? [])
    return series.length === 0 ? [] : tablesOf(title, series)
  })
}

function contender(item: StreamCase): readonly Contender[] {
  const users = usersOf(item.stream)
  const plan = item.trials[0]?.plan
  if (users === null || plan === undefined || plan.server === null) return []
  const { server, members, isOn } = batchingSetting(plan.server)
  if (Object.keys(members).length === 0) return []
  const { load: _load, ...stream } = item.stream
  return [
    {
      item,
      users,
      key: canonicalJson({ stream, server, settings: plan.settings } as unknown as JsonObject),
      batching: canonicalJson(members),
      isOn,
    },
  ]
}

function seriesOf(
  contenders: readonly Contender[],
  trialsOf: (one: CaseResult) => readonly Trial[],
): readonly PairSeries[] {
  const groups = Map.groupBy(contenders, ({ key }) => key)
  const series = [...groups.values()].flatMap((group) => {
    const ons = Map.groupBy(
      group.filter(({ isOn }) => isOn),
      ({ batching }) => batching,
    )
    return [...ons.values()].flatMap((on): readonly PairSeries[] => {
      const pairs = on
        .flatMap(({ item, users }): readonly Pair[] => {
          const off = group.find((other) => !other.isOn && other.users === users)
          if (off === undefined) return []
          const ratio = ratioOfCases(item.one, off.item.one, trialsOf, THROUGHPUT)
          return [{ users, one: item, against: off.item, ratio }]
        })
        .toSorted((a, b) => a.users - b.users)
      return pairs.length === 0 ? [] : [{ name: commonName(pairs, false), pairs, model: modelOf(pairs) }]
    })
  })
  const isTold = new Set(series.map(({ name }) => name)).size === series.length
  return isTold ? series : series.map((one) => ({ ...one, name: commonName(one.pairs, true) }))
}

/** The values that all of its cases share, without those that switch batching unless `full`. */
function commonName(pairs: readonly Pair[], full: boolean): string {
  const [first] = pairs as readonly [Pair]
  return caseName(
    Object.fromEntries(
      Object.entries(first.one.one.case).filter(([axis, value]) =>
        pairs.every(
          ({ one, against }) => one.one.case[axis] === value && (full || against.one.case[axis] === value),
        ),
      ),
    ),
  )
}

/** From the times of executions as the server counts them, and one user without batching; or why there is none. */
function modelOf(pairs: readonly Pair[]): Model | string {
  const [first] = pairs as readonly [Pair]
  const own = pairs.flatMap(({ one }) => one.trials)
  const all = [...own, ...pairs.flatMap(({ against }) => against.trials)]
  const counted = own.find((trial) => executedModel(trial) !== null)
  const model = counted === undefined ? null : executedModel(counted)
  if (model === null) return 'the server does not count executions by their batch'
  const points = executedBatches(all, model)
  const line = fitBatchLine(points)
  if (line === null) return `the server executed batches of ${points.length} sizes, which give no line`
  if (line.worst.miss > MISFIT && !(line.service.perItem > 0)) return 'no line describes its executions'
  const { mean } = first.against.metrics.serviceTime
  if (first.users !== 1 || mean === null)
    return 'one user, who tells what a request takes beside its execution, was not measured'
  const report = own.flatMap(({ server }) => Object.values(server?.batching ?? {}))[0]
  if ((report?.instances ?? 1) > 1) return 'the law is that of one instance'
  const largest = Math.max(...points.map(({ batch }) => batch))
  const items = first.one.metrics.items.perRequest ?? 1
  const delay = report?.delay ?? 0
  // Requests of several items fill a batch sooner.
  const perRequest = { fixed: line.service.fixed, perItem: line.service.perItem * items }
  const single = perRequest.fixed + perRequest.perItem
  if (!(single > 0)) return 'no line describes its executions'
  const outside = Math.max(0, mean - single)
  const most = Math.max(1, Math.floor(Math.max(largest, report?.size ?? 0) / items))
  const ready = Math.ceil((report?.size ?? 0) / items)
  return {
    without: (users) => 1e9 * closedBatchThroughput(perRequest, { users, most: 1, delay: 0, outside }),
    with: (users) => 1e9 * closedBatchThroughput(perRequest, { users, most, delay, ready, outside }),
  }
}

type Column = AnalysisTable['columns'][number]

const COLUMNS: readonly Column[] = [
  { name: 'users', unit: null },
  { name: 'off', unit: '1/s', description: 'Requests per second without batching.' },
  { name: 'on', unit: '1/s', description: 'With batching, everything else equal.' },
  { name: 'gain', unit: '', description: 'on ÷ off: the geometric mean over pairs of repeats.' },
  { name: 'low', unit: '', description: '95 % interval of the gain.' },
  { name: 'high', unit: '' },
  { name: 'law', unit: '', description: 'The gain by the law of batches.' },
  { name: 'batch', unit: '', description: 'Mean items per execution with batching.' },
  { name: 'p99 off', unit: 'ns' },
  { name: 'p99 on', unit: 'ns' },
]
const PREDICTED: readonly Column[] = [
  { name: 'law off', unit: '1/s' },
  { name: 'law on', unit: '1/s' },
]

function tablesOf(title: string, series: readonly PairSeries[]): readonly AnalysisTable[] {
  const named = series.length > 1
  return [
    {
      name: 'dynamic-batching',
      title: `${title}: what batching on the server gains`,
      columns: [...(named ? [{ name: 'series', unit: null }] : []), ...COLUMNS],
      rows: series.flatMap((one) =>
        one.pairs.map((pair) => [...(named ? [one.name] : []), ...cellsOf(one, pair)]),
      ),
      notes: notesOf(series),
    },
    {
      name: 'dynamic-batching-plots',
      title: `${title}: batching on the server by users`,
      columns: [{ name: 'series', unit: null }, ...COLUMNS, ...PREDICTED],
      rows: series.flatMap((one) =>
        one.pairs.map((pair) => [one.name, ...cellsOf(one, pair), ...predicted(one, pair)]),
      ),
      notes: [],
      plots: plotsOf(series),
      plotOnly: true,
    },
  ]
}

function cellsOf(series: PairSeries, pair: Pair): readonly (number | null)[] {
  const { users, one, against, ratio } = pair
  return [
    users,
    against.metrics.throughput,
    one.metrics.throughput,
    ratio?.value ?? null,
    ratio?.interval?.[0] ?? null,
    ratio?.interval?.[1] ?? null,
    predictedGain(series, pair),
    meanExecuted(one.trials),
    against.metrics.responseTime.p99,
    one.metrics.responseTime.p99,
  ]
}

function predictedGain(series: PairSeries, pair: Pair): number | null {
  const [without, withIt] = predicted(series, pair)
  return without === null || withIt === null ? null : withIt / without
}

function predicted({ model }: PairSeries, { users }: Pair): readonly [number | null, number | null] {
  return typeof model === 'string' ? [null, null] : [model.without(users), model.with(users)]
}

function meanExecuted(trials: readonly Trial[]): number | null {
  const sizes = trials.flatMap(({ server }) => server?.batchSizes ?? [])
  const executions = sizes.reduce((sum, { count }) => sum + count, 0)
  return executions > 0 ? sizes.reduce((sum, { size, count }) => sum + size * count, 0) / executions : null
}

function notesOf(series: readonly PairSeries[]): readonly string[] {
  const named = series.length > 1
  return [
    ...(series.some(({ model }) => typeof model !== 'string')
      ? [
          'law: the gain of N users before one instance whose batches take T(b) = a + c·b, as the server has counted them; X = N ÷ (T(N) + outside) up to the largest batch B, and at most B ÷ T(B). Outside is what a request of one user takes beside its execution. Users move in step, which real ones do not.',
        ]
      : []),
    ...series.flatMap(({ name, model }) =>
      typeof model === 'string' ? [`${named ? `${name}: no` : 'No'} prediction: ${model}.`] : [],
    ),
    ...intervalNotes(series.flatMap(({ pairs }) => pairs.map(({ ratio }) => ratio))),
  ]
}

function plotsOf(series: readonly PairSeries[]): readonly Plot[] {
  const named = series.length > 1
  const gains = series.flatMap((one) =>
    one.pairs.flatMap((pair) => [pair.ratio?.value ?? null, predictedGain(one, pair)]),
  )
  const users = series.flatMap(({ pairs }) => pairs.map((pair) => pair.users))
  const x = { title: 'users', unit: null, scale: axisScale(users) } as const
  const line = (y: string, label: string, rest: object = {}): PlotLayer => ({
    mark: 'line',
    x: 'users',
    y,
    ...(named ? { group: 'series' } : { label }),
    ...rest,
  })
  return [
    {
      name: 'gain',
      title: 'Gain of batching on the server, by users',
      x,
      y: {
        title: 'throughput with ÷ without',
        unit: null,
        scale: 'linear',
        ...axisEnds(gains, 'linear'),
      },
      layers: [
        line('gain', 'measured', { low: 'low', high: 'high' }),
        line('law', 'law of batches', { dashed: true }),
      ],
      notes: ['Above 1 batching is faster. Dashed: by the law of batches.'],
    },
    {
      name: 'throughput',
      title: 'Throughput with and without batching on the server, by users',
      x,
      y: { title: 'requests per second', unit: '1/s', scale: 'linear' },
      layers: [
        line('on', 'with'),
        line('off', 'without'),
        line('law on', 'with, by the law', { dashed: true }),
        line('law off', 'without, by the law', { dashed: true }),
      ],
    },
  ]
}
