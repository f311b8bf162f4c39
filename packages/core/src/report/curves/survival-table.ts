import type { AnalysisTable } from '../result.ts'
import { countOf, fittingSamples, MOST_POINTS, type CurveSample } from './curve-sample.ts'

const RULES = [
  [0.05, 'p95'],
  [0.01, 'p99'],
  [0.001, 'p99.9'],
] as const

/**
 * The tail: the share of requests that took at least so long, both axes logarithmic, down to the slowest. A straight line is
 * a power law; one that bends down falls faster. Requests that failed count as longer than all.
 */
export function survivalTable(
  samples: readonly CurveSample[],
  title: string = 'Response times',
): AnalysisTable {
  const { shown, notes } = fittingSamples(samples)
  const points = shown.map((sample) => ({ name: sample.name, steps: survivalPoints(sample) }))
  const lowest = points.flatMap(({ steps }) => steps.at(-1)?.[1] ?? []).reduce((a, b) => Math.min(a, b), 1)
  const rules = RULES.filter(([share]) => share >= lowest)
  return {
    name: 'tail',
    title: `${title}: tail`,
    columns: [
      { name: 'case', unit: null },
      { name: 'time', unit: 'ns' },
      { name: 'share', unit: '1', description: 'Of requests that took at least so long.' },
      { name: 'level', unit: '1' },
      { name: 'percentile', unit: null },
    ],
    rows: [
      ...points.flatMap(({ name, steps }) =>
        steps.map(([time, share]): (string | number | null)[] => [name, time, share, null, null]),
      ),
      ...rules.map(([share, name]): (string | number | null)[] => [null, null, null, share, name]),
    ],
    notes,
    plotOnly: true,
    plots: [
      {
        name: 'tail',
        title: `${title}: tail`,
        x: { title: 'Response time', unit: 'ns', scale: 'log' },
        y: { title: 'Share of requests that took at least so long', unit: '1', scale: 'log' },
        layers: [
          { mark: 'line', x: 'time', y: 'share', group: 'case' },
          { mark: 'rules', y: 'level', text: 'percentile' },
        ],
        notes: ['The last point of each curve is a single request.', ...notes],
      },
    ],
  }
}

/** Falling shares of what took at least so long; the last is the longest time. */
export function survivalPoints(sample: CurveSample): readonly (readonly [time: number, share: number])[] {
  const buckets = sample.buckets.filter(({ count }) => count > 0)
  const size = countOf(sample) + (sample.missing ?? 0)
  const step = Math.log(size) / (MOST_POINTS - 20)
  const points: (readonly [number, number])[] = []
  let rest = size
  let drawn = Infinity
  for (const [index, { low, count }] of buckets.entries()) {
    const share = rest / size
    rest -= count
    const isEnd = index === buckets.length - 1
    if (!isEnd && Math.log(drawn / share) < step) continue
    points.push([Math.max(1, low), share])
    drawn = share
  }
  return points
}
