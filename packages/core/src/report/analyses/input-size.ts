import {
  coefficientInterval,
  fitPolynomial,
  meanIntervalAt,
  nestedTest,
  polynomialAt,
  type PolynomialFit,
} from '../../stats/regression/polynomial-fit.ts'
import { canonicalJson, type JsonValue } from '../../units/json.ts'
import { caseName } from '../case-name.ts'
import type { Plot, PlotLayer } from '../plot.ts'
import { formatNumber, formatShare, formatSize } from '../quantity.ts'
import type { AnalysisTable, RunResult } from '../result.ts'
import { axesOf, seriesOf, type AxisSeries } from './axis-series.ts'
import { BATCH_AXIS } from './batch-latency.ts'
import { MISFIT } from './batch-line.ts'
import { scenariosOf, streamCase, type StreamCase } from './measured-scenarios.ts'
import { axisScale, sampleRange } from './sampled-range.ts'

interface Sized extends StreamCase {
  readonly size: number
}

interface SizeSeries {
  readonly name: string
  readonly axis: string
  readonly cases: readonly Sized[]
  readonly curve: Curve | null
}

/** The polynomial that describes mean response times by size, and how it was chosen. */
interface Curve {
  readonly kind: 'linear' | 'quadratic'
  readonly fit: PolynomialFit
  /** Of the F test of the quadratic term; `null` for too few sizes. */
  readonly pValue: number | null
  readonly worst: { readonly size: number; readonly miss: number }
}

const FEWEST = 3
/** As many as leave the quadratic one something to tell errors by. */
const FEWEST_FOR_QUADRATIC = 4
const LEVEL = 0.05
/** Items per request that differ by less do so by chance. */
const SAME = 1.05
/** Sizes of inputs by the names that people give them: what a function makes of an axis cannot be seen in a plan. */
const NAMES =
  /^((seq(uence)?|input|prompt|text|context|image|payload|message|max)[-_ ]?)?(len(gth)?|size|resolution|pixels|tokens|words|quality|seconds|duration|bytes|kib|mib|frames|points|width|height|features|rows)$/i

/**
 * Response time by the size of the input (sequence length, resolution, JPEG quality, seconds of audio): for every axis of
 * numbers that changes what is sent and nothing else.
 */
export function analyseInputSizes(result: RunResult): readonly AnalysisTable[] {
  return scenariosOf(result).flatMap(({ title, cases }) => {
    const measured = cases.flatMap(streamCase)
    return axesOf(measured.map(({ one }) => one)).flatMap((axis) => {
      const series = sizeSeries(measured, axis)
      return series.length === 0 ? [] : tablesOf(title, axis, series)
    })
  })
}

function sizeSeries(cases: readonly StreamCase[], axis: string): readonly SizeSeries[] {
  const sized = cases.flatMap((one): readonly Sized[] => {
    const size = one.one.case[axis]
    return typeof size === 'number' && size > 0 ? [{ ...one, size }] : []
  })
  return seriesOf(
    sized,
    axis,
    ({ size }) => size,
    FEWEST,
    (series) => isInputSize(series, axis),
  ).map((one: AxisSeries<Sized>) => ({
    name: caseName(one.rest),
    axis,
    cases: one.items,
    curve: curveOf(one.items),
  }))
}

/**
 * What is sent changes, and with it neither the number of items nor the server nor anything else that is planned. What
 * functions of a case make, and options of targets, is known by the name of the axis alone; then the load may follow it.
 */
function isInputSize(series: readonly Sized[], axis: string): boolean {
  if (BATCH_AXIS.test(axis)) return false
  const isKnown = NAMES.test(axis)
  const distinct = (read: (one: Sized) => unknown): number =>
    new Set(series.map((one) => canonicalJson((read(one) ?? null) as JsonValue))).size
  const items = series.map(({ metrics }) => metrics.items.perRequest ?? 1)
  if (Math.max(...items) > SAME * Math.min(...items)) return false
  if (distinct(({ trials }) => trials[0]?.plan.server) > 1) return false
  if (isKnown) return true
  const inputs = distinct(({ stream: { input } }) =>
    input.from === 'function' ? { ...input.reference, case: {} } : input,
  )
  const rest = distinct(({ stream: { input: _input, check: _check, ...stream } }) => stream)
  return inputs === series.length && rest === 1
}

function curveOf(cases: readonly Sized[]): Curve | null {
  const points = cases.flatMap(({ size, metrics }) => {
    const time = metrics.responseTime.mean
    return time === null || !(time > 0) ? [] : [{ x: size, y: time, weight: 1 / (time * time) }]
  })
  if (points.length < FEWEST) return null
  const linear = fitPolynomial(points, 1)
  const quadratic = points.length >= FEWEST_FOR_QUADRATIC ? fitPolynomial(points, 2) : null
  if (linear === null) return null
  const pValue = quadratic === null ? null : nestedTest(linear, quadratic)
  const isCurved = quadratic !== null && pValue !== null && pValue < LEVEL
  const fit = isCurved ? quadratic : linear
  const misses = points.map(({ x, y }) => ({ size: x, miss: Math.abs(polynomialAt(fit, x) / y - 1) }))
  return {
    kind: isCurved ? 'quadratic' : 'linear',
    fit,
    pValue,
    worst: misses.reduce((a, b) => (b.miss > a.miss ? b : a)),
  }
}

function tablesOf(title: string, axis: string, series: readonly SizeSeries[]): readonly AnalysisTable[] {
  const named = series.length > 1
  const hasBytes = series.some(({ cases }) => cases.some((one) => bytesOf(one) !== null))
  return [
    {
      name: 'input-size',
      title: `${title}: by ${axis}`,
      columns: [
        ...(named ? [{ name: 'series', unit: null }] : []),
        { name: axis, unit: null },
        ...(hasBytes
          ? [{ name: 'sent', unit: 'By', description: 'Per request, with heads and frames.' }]
          : []),
        { name: 'throughput', unit: '1/s' },
        { name: 'mean', unit: 'ns', description: 'Response time.' },
        { name: 'p50', unit: 'ns' },
        { name: 'p95', unit: 'ns' },
        { name: 'p99', unit: 'ns' },
        { name: 'fit', unit: 'ns', description: 'The polynomial through the means.' },
      ],
      rows: series.flatMap(({ name, cases, curve }) =>
        cases.map((one) => [
          ...(named ? [name] : []),
          one.size,
          ...(hasBytes ? [bytesOf(one)] : []),
          one.metrics.throughput,
          one.metrics.responseTime.mean,
          one.metrics.responseTime.p50,
          one.metrics.responseTime.p95,
          one.metrics.responseTime.p99,
          curve === null ? null : polynomialAt(curve.fit, one.size),
        ]),
      ),
      notes: series.flatMap((one) => notesOf(one).map((note) => (named ? `${one.name}: ${note}` : note))),
    },
    pictureOf(title, axis, series),
  ]
}

function bytesOf({ trials }: StreamCase): number | null {
  const values = trials.flatMap(({ perRequest }) => perRequest?.bytesOut ?? [])
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length
}

const POWERS = ['', ' · n', ' · n²'] as const

function notesOf({ cases, curve }: SizeSeries): readonly string[] {
  if (curve === null) return [`No fit from ${cases.length} sizes: measure at least ${FEWEST}, better 5.`]
  const { fit, kind, pValue, worst } = curve
  const sizes = cases.map(({ size }) => size)
  const [low, high] = [Math.min(...sizes), Math.max(...sizes)]
  const terms = fit.coefficients.map((value, index) => {
    const ends = coefficientInterval(fit, index)
    const range = ends === null ? '' : ` [${formatTime(ends[0])}, ${formatTime(ends[1])}]`
    return `${formatTime(value)}${range} ms${POWERS[index]}`
  })
  const test =
    pValue === null
      ? `${cases.length} sizes cannot tell a curve from a line`
      : `F test of the quadratic term: p = ${formatNumber(pValue)}`
  return [
    `${kind === 'linear' ? 'A line' : 'A parabola'}: ${terms.join(' + ')}, from ${formatSize(low)} to ${formatSize(high)} and not beyond. ${test}.`,
    ...(worst.miss > MISFIT
      ? [
          `It does not describe these data: it misses ${formatSize(worst.size)} by ${formatShare(worst.miss)}. Padding to fixed sizes makes steps.`,
        ]
      : []),
  ]
}

/** In ms: small coefficients keep their digits. */
function formatTime(nanos: number): string {
  return formatNumber(nanos / 1e6)
}

const COLUMNS: AnalysisTable['columns'] = [
  { name: 'series', unit: null },
  { name: 'part', unit: null, description: 'measured, or a point of the fit.' },
  { name: 'size', unit: null },
  { name: 'throughput', unit: '1/s' },
  { name: 'mean', unit: 'ns' },
  { name: 'p50', unit: 'ns' },
  { name: 'p95', unit: 'ns' },
  { name: 'p99', unit: 'ns' },
  { name: 'fit', unit: 'ns' },
  { name: 'fit low', unit: 'ns', description: '95 % interval of the mean.' },
  { name: 'fit high', unit: 'ns' },
]

function pictureOf(title: string, axis: string, series: readonly SizeSeries[]): AnalysisTable {
  return {
    name: 'input-size-plots',
    title: `${title}: response time by ${axis}`,
    columns: COLUMNS,
    rows: series.flatMap((one) => [...measuredRows(one), ...fitRows(one)]),
    notes: [],
    plots: plotsOf(axis, series),
    plotOnly: true,
  }
}

function measuredRows({ name, cases }: SizeSeries): AnalysisTable['rows'] {
  return cases.map(({ size, metrics: { throughput, responseTime: time } }) => [
    name,
    'measured',
    size,
    throughput,
    time.mean,
    time.p50,
    time.p95,
    time.p99,
    null,
    null,
    null,
  ])
}

function fitRows({ name, cases, curve }: SizeSeries): AnalysisTable['rows'] {
  if (curve === null) return []
  const sizes = cases.map(({ size }) => size)
  return sampleRange(Math.min(...sizes), Math.max(...sizes)).map((size) => {
    const ends = meanIntervalAt(curve.fit, size)
    return [
      name,
      'fit',
      size,
      null,
      null,
      null,
      null,
      null,
      polynomialAt(curve.fit, size),
      ends?.[0] ?? null,
      ends?.[1] ?? null,
    ]
  })
}

function plotsOf(axis: string, series: readonly SizeSeries[]): readonly Plot[] {
  const named = series.length > 1
  const where = { column: 'part', is: 'measured' } as const
  const onFit = { column: 'part', is: 'fit' } as const
  const x = {
    title: axis,
    unit: null,
    scale: axisScale(series.flatMap(({ cases }) => cases.map(({ size }) => size))),
  } as const
  const marks = (mark: 'line' | 'points', y: string): PlotLayer => ({
    mark,
    x: 'size',
    y,
    where,
    ...(named ? { group: 'series' } : { label: y }),
  })
  const fit: PlotLayer = {
    mark: 'line',
    x: 'size',
    y: 'fit',
    where: onFit,
    dashed: true,
    ...(named ? { group: 'series' } : { label: series[0]?.curve?.kind ?? 'fit' }),
  }
  return [
    {
      name: 'latency',
      title: `Response time by ${axis}`,
      x,
      y: { title: 'response time', unit: 'ns', scale: 'linear' },
      layers: named
        ? [marks('points', 'mean'), fit]
        : [
            { mark: 'band', x: 'size', low: 'fit low', high: 'fit high', where: onFit, label: '95 %' },
            marks('line', 'p50'),
            marks('line', 'p95'),
            marks('line', 'p99'),
            marks('points', 'mean'),
            fit,
          ],
      notes: ['Dashed: the line or parabola of least squares through the means, where they were measured.'],
    },
    {
      name: 'throughput',
      title: `Throughput by ${axis}`,
      x,
      y: { title: 'throughput', unit: '1/s', scale: 'linear' },
      layers: [marks('line', 'throughput')],
    },
  ]
}
