import { kernelDensity } from '../../stats/density/kernel-density.ts'
import { formatCount, formatShare } from '../quantity.ts'
import type { AnalysisTable } from '../result.ts'
import { countOf, fittingSamples, MOST_POINTS, type CurveSample } from './curve-sample.ts'
import { thinCurve } from './thin-curve.ts'

/** Cells of the range of a sample, on a logarithmic scale. */
const CELLS = 4096
/** Of a kernel, as a share of the range: with so few points a curve shows nothing finer. */
const FINEST = 1 / (2 * MOST_POINTS)
/** Fewer say nothing about a shape. */
const FEWEST = 10

/**
 * How times are distributed: kernel densities of their logarithms, per factor of ten, so that the area under each curve is 1
 * as it is seen on a logarithmic axis. Nothing is drawn below the shortest time and above the longest.
 */
export function densityTable(
  samples: readonly CurveSample[],
  title: string = 'Response times',
): AnalysisTable {
  const { shown, notes } = fittingSamples(samples)
  const curves = shown.map((sample) => ({
    name: sample.name,
    count: countOf(sample),
    curve: densityCurve(sample),
  }))
  const flat = curves.filter(({ curve }) => curve === null)
  return {
    name: 'density',
    title: `${title}: density`,
    columns: [
      { name: 'case', unit: null },
      { name: 'time', unit: 'ns' },
      { name: 'density', unit: null, description: 'Share of the requests per factor of ten.' },
    ],
    rows: curves.flatMap(
      ({ name, curve }) => curve?.points.map(([time, density]) => [name, time, density]) ?? [],
    ),
    notes,
    plotOnly: true,
    plots: [
      {
        name: 'density',
        title: `${title}: density`,
        x: { title: 'Response time', unit: 'ns', scale: 'log' },
        y: { title: 'Share per factor of ten', unit: null, scale: 'linear', from: 0 },
        layers: [{ mark: shown.length === 1 ? 'area' : 'line', x: 'time', y: 'density', group: 'case' }],
        notes: [
          'The area under each curve is 1. Single slow requests do not show here: see the tail.',
          ...smoothingNotes(curves),
          ...flat.map(({ name, count }) =>
            count < FEWEST
              ? `${name}: too few requests for a density (${count}).`
              : `${name}: its times are all alike.`,
          ),
          ...notes,
        ],
      },
    ],
  }
}

interface NamedCurve {
  readonly name: string
  readonly count: number
  readonly curve: DensityCurve | null
}

/** How many requests there are, and how far each was spread. */
function smoothingNotes(curves: readonly NamedCurve[]): readonly string[] {
  const drawn = curves.filter(({ curve }) => curve !== null)
  const spread = drawn.map(({ curve }) => Math.expm1(curve?.deviation ?? 0))
  const rule = drawn.every(({ curve }) => curve?.rule === 'isj') ? ' (improved Sheather–Jones)' : ''
  if (drawn.length > FEW_CURVES) {
    const counts = drawn.map(({ count }) => count)
    return [
      `${formatCount(Math.min(...counts))} to ${formatCount(Math.max(...counts))} requests each, smoothed over ±${formatShare(Math.min(...spread))} to ±${formatShare(Math.max(...spread))}${rule}.`,
    ]
  }
  return drawn.map(
    ({ name, count, curve }, index) =>
      `${name}: ${formatCount(count)} requests, smoothed over ±${formatShare(spread[index] ?? 0)} (${curve?.rule === 'isj' ? 'improved Sheather–Jones' : 'Silverman’s rule'}).`,
  )
}

/** Of more than that, notes are about all of them. */
const FEW_CURVES = 3

interface DensityCurve {
  /** Time, and density per factor of ten. */
  readonly points: readonly (readonly [time: number, density: number])[]
  /** Of the kernel, in natural logarithms. */
  readonly deviation: number
  readonly rule: 'isj' | 'silverman'
}

/** `null` where there is no shape: too few values, or one that all have. */
export function densityCurve(sample: CurveSample): DensityCurve | null {
  const count = countOf(sample)
  const buckets = sample.buckets.filter((bucket) => bucket.count > 0)
  const [first, last] = [buckets[0], buckets.at(-1)]
  if (first === undefined || last === undefined || count < FEWEST || buckets.length < 3) return null
  const from = logOf(first.low)
  const range = logOf(last.last + 1) - from
  const shares = new Float64Array(CELLS)
  let widths = 0
  for (const bucket of buckets) {
    const [low, high] = [logOf(bucket.low), logOf(bucket.last + 1)]
    widths += (high - low) * bucket.count
    spread(shares, ((low - from) / range) * CELLS, ((high - from) / range) * CELLS, bucket.count / count)
  }
  // What lies inside of a bucket is not known: a curve that follows buckets would have made it up.
  const resolution = widths / count / 2
  const { density, bandwidth } = kernelDensity(shares, count, Math.max(resolution / range, FINEST))
  const xs = [0, ...Array.from({ length: CELLS }, (_, cell) => (cell + 0.5) / CELLS), 1]
  const ys = [density[0] as number, ...density, density[CELLS - 1] as number]
  const kept = thinCurve(xs, ys, MOST_POINTS)
  const area = areaOf(kept.map((index) => [xs[index] as number, ys[index] as number]))
  const scale = Math.LN10 / range / area
  return {
    points: kept.map((index) => [
      Math.exp(from + (xs[index] as number) * range),
      (ys[index] as number) * scale,
    ]),
    deviation: bandwidth.share * range,
    rule: bandwidth.rule,
  }
}

/** Adds a share evenly to the cells between two places. */
function spread(shares: Float64Array, from: number, to: number, share: number): void {
  const last = Math.min(shares.length - 1, Math.floor(to))
  for (let cell = Math.min(last, Math.floor(from)); cell <= last; cell++) {
    const part = Math.min(to, cell + 1) - Math.max(from, cell)
    shares[cell] = (shares[cell] as number) + (share * Math.max(0, part)) / (to - from)
  }
}

/** Times below half a nanosecond are none. */
function logOf(time: number): number {
  return Math.log(Math.max(0.5, time))
}

function areaOf(points: readonly (readonly [number, number])[]): number {
  let area = 0
  for (let index = 1; index < points.length; index++) {
    const [[left, low], [right, high]] = [points[index - 1], points[index]] as [
      [number, number],
      [number, number],
    ]
    area += ((right - left) * (low + high)) / 2
  }
  return area
}
