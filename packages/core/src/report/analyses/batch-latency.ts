import type { JsonValue } from '../../units/json.ts'
import { meanIntervalAt, polynomialAt } from '../../stats/regression/polynomial-fit.ts'
import { caseName } from '../case-name.ts'
import type { Plot, PlotAxis, PlotLayer } from '../plot.ts'
import type { AnalysisTable, Metrics, RunResult } from '../result.ts'
import { findSeries, type AxisSeries } from './axis-series.ts'
import {
  batchLineTable,
  fitBatchLine,
  limitOf,
  lineThroughput,
  type BatchLine,
  type BatchSeries,
} from './batch-line.ts'
import { responseLimit, scenariosOf, streamCase, usersOf, type StreamCase } from './measured-scenarios.ts'
import { axisEnds, axisScale, sampleRange } from './sampled-range.ts'

/** A case with the items that its requests have. */
interface Batched extends StreamCase {
  readonly batch: number
}

interface Measured extends BatchSeries {
  readonly cases: readonly Batched[]
  readonly line: BatchLine | null
}

const FEWEST = 2
const APART = 1.05
/** Requests in flight that differ by more than this are no one number. */
const STEADY = 0.1
/** The name of an axis that sets items, where the target does not tell them. */
export const BATCH_AXIS: RegExp = /^batch(es|[-_ ]?size)?$/i

/**
 * Latency and throughput by the items of a request: for every scenario with an axis that sets them, or one that is called
 * `batch`.
 */
export function analyseBatches(result: RunResult): readonly AnalysisTable[] {
  return scenariosOf(result).flatMap(({ title, cases }) => {
    const series = batchSeries(cases.flatMap(streamCase))
    return series.length === 0 ? [] : tablesOf(title, series)
  })
}

function batchSeries(cases: readonly StreamCase[]): readonly Measured[] {
  const byItems = cases.map((one) => ({ ...one, batch: one.metrics.items.perRequest ?? 0 }))
  const found = findSeries(
    byItems.filter(({ batch }) => batch > 0),
    ({ batch }) => batch,
    FEWEST,
    areApart,
  )
  return (found.length > 0 ? found : seriesByName(cases)).map((one) => measuredSeries(one))
}

/** Numbers of items that differ by chance alone are one batch size. */
function areApart(cases: readonly Batched[]): boolean {
  const sizes = cases.map(({ batch }) => batch).toSorted((a, b) => a - b)
  return sizes.every((size, index) => index === 0 || size >= APART * (sizes[index - 1] as number))
}

/** Where requests have one item as far as the target tells. */
function seriesByName(cases: readonly StreamCase[]): readonly AxisSeries<Batched>[] {
  const named = cases.flatMap((one): readonly Batched[] => {
    const [, batch] = Object.entries(one.one.case).find(([axis]) => BATCH_AXIS.test(axis)) ?? []
    return typeof batch === 'number' && batch > 0 ? [{ ...one, batch }] : []
  })
  return findSeries(named, ({ batch }) => batch, FEWEST)
}

function measuredSeries({ rest, items: cases }: AxisSeries<Batched>): Measured {
  const points = cases.flatMap(({ batch, metrics }) => {
    const time = metrics.responseTime.mean
    return time === null ? [] : [{ batch, time }]
  })
  const [first] = cases
  const allowed = first === undefined ? null : (responseLimit(first.stream)?.limit ?? null)
  return {
    name: caseName(rest),
    cases,
    points,
    inFlight: inFlightOf(cases),
    allowed,
    line: fitBatchLine(points),
  }
}

/** Of a closed loop; in an open one throughput is what is offered, and says nothing of a limit. */
function inFlightOf(cases: readonly Batched[]): number | null {
  const levels = cases.map(({ stream, metrics }) => (usersOf(stream) === null ? null : metrics.inFlight.mean))
  const known = levels.flatMap((level) => (level !== null && level > 0 ? [level] : []))
  if (known.length < levels.length) return null
  const [low, high] = [Math.min(...known), Math.max(...known)]
  return high - low > STEADY * high ? null : known.reduce((sum, level) => sum + level, 0) / known.length
}

function tablesOf(title: string, series: readonly Measured[]): readonly AnalysisTable[] {
  const named = series.length > 1
  return [
    {
      name: 'batch-latency',
      title: `${title}: latency and throughput by batch`,
      columns: [
        ...(named ? [{ name: 'series', unit: null }] : []),
        { name: 'batch', unit: null, description: 'Items per request.' },
        { name: 'items/s', unit: '1/s', description: 'Measured.' },
        { name: 'mean', unit: 'ns', description: 'Response time.' },
        { name: 'p50', unit: 'ns' },
        { name: 'p95', unit: 'ns' },
        { name: 'p99', unit: 'ns' },
        { name: 'per item', unit: 'ns', description: 'Mean ÷ batch.' },
        { name: 'a + c·b', unit: 'ns', description: 'The line through the means.' },
        { name: 'of limit', unit: '1', description: 'Measured throughput as a share of 1 ÷ c.' },
      ],
      rows: series.flatMap((one) =>
        one.cases.map((at) => [...(named ? [one.name] : []), ...measuredCells(one, at)]),
      ),
      notes: [],
    },
    batchLineTable({
      name: 'batch-line',
      title: `${title}: what a batch takes`,
      series,
      note: 'T(b) = a + c·b is the mean response time of a batch of b, by least squares of relative errors. Throughput b ÷ T(b) tends to 1 ÷ c for each batch under way, and has half of that at b = a ÷ c, 80 % at four times as much.',
    }),
    pictureOf(title, series),
  ]
}

function measuredCells(
  { line, inFlight }: Measured,
  { batch, metrics }: Batched,
): readonly (number | null)[] {
  const { mean, p50, p95, p99 } = metrics.responseTime
  const limit = line === null || inFlight === null ? null : limitOf(line, inFlight)
  const throughput = itemsPerSecond(metrics, batch)
  return [
    batch,
    throughput,
    mean,
    p50,
    p95,
    p99,
    mean === null ? null : mean / batch,
    line === null ? null : polynomialAt(line.fit, batch),
    limit === null || throughput === null ? null : throughput / limit,
  ]
}

/** Where the target does not tell items, what the axis says. */
function itemsPerSecond({ throughput }: Metrics, batch: number): number | null {
  return throughput === null ? null : throughput * batch
}

const COLUMNS: AnalysisTable['columns'] = [
  { name: 'series', unit: null },
  { name: 'part', unit: null, description: 'measured, or a point of the line.' },
  { name: 'batch', unit: null },
  { name: 'mean', unit: 'ns' },
  { name: 'p50', unit: 'ns' },
  { name: 'p50 low', unit: 'ns' },
  { name: 'p50 high', unit: 'ns' },
  { name: 'p95', unit: 'ns' },
  { name: 'p99', unit: 'ns' },
  { name: 'p99 low', unit: 'ns' },
  { name: 'p99 high', unit: 'ns' },
  { name: 'line', unit: 'ns' },
  { name: 'line low', unit: 'ns' },
  { name: 'line high', unit: 'ns' },
  { name: 'items/s', unit: '1/s' },
  { name: 'items/s low', unit: '1/s' },
  { name: 'items/s high', unit: '1/s' },
  { name: 'by the line', unit: '1/s' },
  { name: 'limit', unit: '1/s' },
]

function pictureOf(title: string, series: readonly Measured[]): AnalysisTable {
  return {
    name: 'batch-latency-plots',
    title: `${title}: by batch`,
    columns: COLUMNS,
    rows: series.flatMap((one) => [
      ...one.cases.map((at) => measuredRow(one, at)),
      ...lineRows(one),
      ...limitRow(one),
    ]),
    notes: [],
    plots: plotsOf(series),
    plotOnly: true,
  }
}

type Cells = Readonly<Record<string, JsonValue>>

function rowOf(cells: Cells): readonly JsonValue[] {
  return COLUMNS.map(({ name }) => cells[name] ?? null)
}

function measuredRow(one: Measured, { batch, metrics }: Batched): readonly JsonValue[] {
  const { mean, p50, p95, p99, intervals } = metrics.responseTime
  const rates = metrics.rateIntervals.throughput
  const { line, inFlight } = one
  return rowOf({
    series: one.name,
    part: 'measured',
    batch,
    mean,
    p50,
    'p50 low': intervals['p50']?.[0] ?? null,
    'p50 high': intervals['p50']?.[1] ?? null,
    p95,
    p99,
    'p99 low': intervals['p99']?.[0] ?? null,
    'p99 high': intervals['p99']?.[1] ?? null,
    'items/s': itemsPerSecond(metrics, batch),
    'items/s low': rates === null ? null : rates[0] * batch,
    'items/s high': rates?.[1] == null ? null : rates[1] * batch,
    'by the line': line === null || inFlight === null ? null : lineThroughput(line, batch, inFlight),
  })
}

/** Between the smallest and the largest batch that was measured: beyond them nobody knows. */
function lineRows({ name, line, points }: Measured): readonly (readonly JsonValue[])[] {
  if (line === null) return []
  const batches = points.map(({ batch }) => batch)
  return sampleRange(Math.min(...batches), Math.max(...batches)).map((batch) => {
    const ends = meanIntervalAt(line.fit, batch)
    return rowOf({
      series: name,
      part: 'line',
      batch,
      line: polynomialAt(line.fit, batch),
      'line low': ends?.[0] ?? null,
      'line high': ends?.[1] ?? null,
    })
  })
}

function limitRow({ name, line, inFlight }: Measured): readonly (readonly JsonValue[])[] {
  const limit = line === null || inFlight === null ? null : limitOf(line, inFlight)
  return limit === null ? [] : [rowOf({ series: name, part: 'limit', limit })]
}

const MEASURED = { column: 'part', is: 'measured' } as const
const ON_LINE = { column: 'part', is: 'line' } as const

function plotsOf(series: readonly Measured[]): readonly Plot[] {
  const named = series.length > 1
  const scale = axisScale(series.flatMap(({ cases }) => cases.map(({ batch }) => batch)))
  const batches = { title: 'batch, items per request', unit: null, scale } as const
  const times = (...names: readonly ('mean' | 'p50' | 'p99')[]): PlotAxis => ({
    title: 'response time',
    unit: 'ns',
    scale: 'linear',
    ...axisEnds(
      series.flatMap(({ cases }) =>
        cases.flatMap(({ metrics: { responseTime } }) => names.map((name) => responseTime[name])),
      ),
      'linear',
    ),
  })
  const group = named ? { group: 'series' } : {}
  const dashed: PlotLayer = {
    mark: 'line',
    x: 'batch',
    y: 'line',
    where: ON_LINE,
    dashed: true,
    ...(named ? group : { label: 'a + c·b' }),
  }
  const line = (y: string, ends: object): PlotLayer => ({
    mark: 'line',
    x: 'batch',
    y,
    where: MEASURED,
    ...(named ? group : { label: y }),
    ...ends,
  })
  const p50 = line('p50', { low: 'p50 low', high: 'p50 high' })
  const p99 = line('p99', { low: 'p99 low', high: 'p99 high' })
  const means: PlotLayer = {
    mark: 'points',
    x: 'batch',
    y: 'mean',
    where: MEASURED,
    ...(named ? group : { label: 'mean' }),
  }
  const notes = ['Dashed: the line of least squares through the means, where they were measured.']
  return [
    {
      name: 'latency',
      title: 'Response time by batch',
      x: batches,
      y: named ? times('mean') : times('mean', 'p99'),
      layers: named
        ? [means, dashed]
        : [
            { mark: 'band', x: 'batch', low: 'line low', high: 'line high', where: ON_LINE, label: '95 %' },
            p50,
            line('p95', {}),
            p99,
            means,
            dashed,
          ],
      notes,
    },
    ...(named
      ? [
          {
            name: 'median',
            title: 'Median response time by batch',
            x: batches,
            y: times('p50'),
            layers: [p50],
          },
          { name: 'tail', title: 'p99 by batch', x: batches, y: times('p99'), layers: [p99] },
        ]
      : []),
    {
      name: 'throughput',
      title: 'Items per second by batch',
      x: { title: 'batch, items per request', unit: null, scale: 'category' },
      y: { title: 'items per second', unit: '1/s', scale: 'linear' },
      layers: [
        {
          mark: 'bars',
          x: 'batch',
          y: 'items/s',
          low: 'items/s low',
          high: 'items/s high',
          where: MEASURED,
          ...(named ? group : { label: 'measured' }),
        },
        {
          mark: 'line',
          x: 'batch',
          y: 'by the line',
          where: MEASURED,
          dashed: true,
          ...(named ? group : { label: 'b ÷ (a + c·b)' }),
        },
        ...(named ? [] : [{ mark: 'rules', y: 'limit', label: '1 ÷ c' } as const]),
      ],
    },
  ]
}
