import { batchForShare, batchTime, type BatchService } from '../../stats/queueing/batch-service.ts'
import {
  coefficientInterval,
  fitPolynomial,
  ratioInterval,
  type PolynomialFit,
} from '../../stats/regression/polynomial-fit.ts'
import { formatDuration } from '../../units/duration.ts'
import { formatShare, formatSize } from '../quantity.ts'
import type { AnalysisTable } from '../result.ts'

/** What a batch takes at several sizes. */
export interface BatchSeries {
  /** What it is told from others by; '' where it is alone. */
  readonly name: string
  readonly points: readonly BatchPoint[]
  /** What the SLO allows the response time, ns. */
  readonly allowed?: number | null
  /** Batches that are under way at a time, on average; `null` where there is no one such number. */
  readonly inFlight: number | null
}

export interface BatchPoint {
  readonly batch: number
  /** Mean, ns. */
  readonly time: number
  /** How many times it counts; 1 when absent. Errors are relative to the time. */
  readonly count?: number
}

/** T(b) = a + c·b through measured times. */
export interface BatchLine {
  readonly service: BatchService
  readonly fit: PolynomialFit
  /** The point that it misses by the largest share of what was measured. */
  readonly worst: { readonly batch: number; readonly miss: number }
}

export const FEWEST_BATCHES = 3
/** A line that misses a point by more than this does not describe the data. */
export const MISFIT = 0.15

/** `null` for fewer than three sizes. */
export function fitBatchLine(points: readonly BatchPoint[]): BatchLine | null {
  const usable = points.filter(({ time }) => time > 0)
  if (new Set(usable.map(({ batch }) => batch)).size < FEWEST_BATCHES) return null
  const fit = fitPolynomial(
    usable.map(({ batch, time, count = 1 }) => ({ x: batch, y: time, weight: count / (time * time) })),
    1,
  )
  if (fit === null) return null
  const [fixed, perItem] = fit.coefficients as readonly [number, number]
  const service = { fixed, perItem }
  const misses = usable.map(({ batch, time }) => ({
    batch,
    miss: Math.abs(batchTime(service, batch) / time - 1),
  }))
  return { service, fit, worst: misses.reduce((a, b) => (b.miss > a.miss ? b : a)) }
}

/** Items per second of batches of this size, by the line and by Little's law. */
export function lineThroughput({ service }: BatchLine, batch: number, inFlight: number): number | null {
  const time = batchTime(service, batch)
  return time > 0 ? (inFlight * batch * 1e9) / time : null
}

/** Items per second that no batch size exceeds; `null` where the line does not grow. */
export function limitOf({ service }: BatchLine, inFlight: number): number | null {
  return service.perItem > 0 ? (inFlight * 1e9) / service.perItem : null
}

/** The coefficients of the lines, and what follows from them, with 95 % intervals. */
export function batchLineTable({
  name,
  title,
  series,
  note,
}: Pick<AnalysisTable, 'name' | 'title'> & {
  readonly series: readonly BatchSeries[]
  /** What T(b) is. */
  readonly note: string
}): AnalysisTable {
  const named = series.length > 1
  const lines = series.map((one) => ({ ...one, line: fitBatchLine(one.points) }))
  return {
    name,
    title,
    columns: [
      ...(named ? [{ name: 'series', unit: null }] : []),
      { name: 'coefficient', unit: null },
      { name: 'value', unit: '' },
      { name: 'low', unit: '', description: '95 % interval, by what the line leaves of the points.' },
      { name: 'high', unit: '', description: 'null: nothing bounds it.' },
    ],
    rows: lines.flatMap(({ name: of, line, inFlight }) =>
      line === null ? [] : coefficientRows(line, inFlight).map((row) => (named ? [of, ...row] : [...row])),
    ),
    notes: [
      note,
      ...lines.flatMap((one) =>
        notesOf(one, one.line).map((note) => (named ? `${one.name}: ${note}` : note)),
      ),
    ],
  }
}

type Row = readonly [name: string, value: number | null, low: number | null, high: number | null]
type Ends = readonly [low: number, high: number] | null

function coefficientRows({ service, fit }: BatchLine, inFlight: number | null): readonly Row[] {
  const { fixed, perItem } = service
  const fixedEnds = coefficientInterval(fit, 0)
  const perItemEnds = coefficientInterval(fit, 1)
  const rows: Row[] = [
    rowOf('a: fixed, ms', fixed / 1e6, scaled(fixedEnds, 1e-6)),
    rowOf('c: per item, ms', perItem / 1e6, scaled(perItemEnds, 1e-6)),
  ]
  if (!(perItem > 0)) return rows
  if (inFlight !== null) {
    const most = inFlight * 1e9
    // A slope that may be 0 leaves the limit open.
    const high = perItemEnds !== null && perItemEnds[0] > 0 ? most / perItemEnds[0] : null
    rows.push(['limit: items/s', most / perItem, perItemEnds === null ? null : most / perItemEnds[1], high])
  }
  if (!(fixed > 0)) return rows
  const ratio = ratioInterval(fit, [0, 1])
  const open = ratio === null ? null : ([Math.max(0, ratio[0]), ratio[1]] as const)
  return [
    ...rows,
    rowOf('half of the limit at b =', batchForShare(service, 0.5), open),
    rowOf('80 % of it at b =', batchForShare(service, 0.8), scaled(open, 4)),
  ]
}

function rowOf(name: string, value: number, ends: Ends): Row {
  return [name, value, ends?.[0] ?? null, ends?.[1] ?? null]
}

function scaled(ends: Ends, factor: number): Ends {
  return ends === null ? null : [ends[0] * factor, ends[1] * factor]
}

/** A request waits for the batch under way, and then for its own. */
function allowedNote(service: BatchService, allowed: number, largest: number): string {
  const limit = formatDuration(allowed)
  const most = Math.floor((allowed / 2 - service.fixed) / service.perItem)
  if (most < 1) return `No batch keeps 2 · T(b) inside ${limit}, which the SLO allows.`
  const shown =
    most <= largest ? `b = ${formatSize(most)}` : `all that was measured, b = ${formatSize(largest)},`
  return `Up to ${shown} 2 · T(b) stays inside ${limit}, which the SLO allows: the batch under way, and one’s own.`
}

function notesOf({ points, allowed }: BatchSeries, line: BatchLine | null): readonly string[] {
  const sizes = new Set(points.map(({ batch }) => batch)).size
  if (line === null) return [`No line from ${sizes} sizes: measure at least ${FEWEST_BATCHES}, better 5.`]
  const { service, worst, fit } = line
  const largest = Math.max(...points.map(({ batch }) => batch))
  const [fixedLow] = coefficientInterval(fit, 0) ?? [0]
  return [
    ...(worst.miss > MISFIT
      ? [
          `The line does not describe these data: it misses b = ${formatSize(worst.batch)} by ${formatShare(worst.miss)}. Padding to fixed sizes, a change of kernels or a disturbed measurement do that.`,
        ]
      : []),
    ...(service.perItem > 0
      ? []
      : ['Time does not grow with the batch as far as measured: no limit shows. Measure larger batches.']),
    ...(service.perItem > 0 && (!(service.fixed > 0) || fixedLow <= 0)
      ? ['The fixed part may be 0: whether batches gain anything cannot be told.']
      : []),
    ...(allowed == null || !(service.perItem > 0) ? [] : [allowedNote(service, allowed, largest)]),
    ...(service.perItem > 0 && batchForShare(service, 0.5) > largest
      ? [
          `Half of the limit lies beyond what was measured, b = ${formatSize(largest)}: it is an extrapolation.`,
        ]
      : []),
  ]
}
