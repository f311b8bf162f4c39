import { formatShare } from '../quantity.ts'
import type { AnalysisTable } from '../result.ts'
import { countOf, fittingSamples, type CurveSample } from './curve-sample.ts'

/** Steps of a curve are at most so high, unless a single value is shared by more. */
const STEP = 1 / 150
const RULES = [50, 95, 99]
/** Rules of more curves than that would hide them. */
const MOST_RULED = 4

/**
 * The share of requests that took at most so long, exact at each of its steps, with the band of Dvoretzky, Kiefer and
 * Wolfowitz, and the percentiles where it crosses them. Requests that failed are in none of the steps, but counted.
 */
export function ecdfTable(
  samples: readonly CurveSample[],
  title: string = 'Response times',
  confidence: number = 0.95,
): AnalysisTable {
  const { shown, notes } = fittingSamples(samples)
  const failed = shown.filter(({ missing = 0 }) => missing > 0)
  const ruled = shown.length <= MOST_RULED
  return {
    name: 'ecdf',
    title: `${title}: cumulative distribution`,
    columns: [
      { name: 'case', unit: null },
      { name: 'time', unit: 'ns' },
      { name: 'share', unit: '1', description: 'Of requests that took at most so long.' },
      { name: 'low', unit: '1', description: `Band of ${formatShare(confidence)} (DKW).` },
      { name: 'high', unit: '1' },
      { name: 'at', unit: 'ns' },
      { name: 'percentile', unit: null },
    ],
    rows: shown.flatMap((sample) => {
      const half = dkwHalfWidth(sizeOf(sample), confidence)
      const steps = ecdfSteps(sample).map(([time, share]): (string | number | null)[] => [
        sample.name,
        time,
        share,
        Math.max(0, share - half),
        Math.min(1, share + half),
        null,
        null,
      ])
      const rules = percentilesOf(sample).map(([name, at]): (string | number | null)[] => [
        sample.name,
        null,
        null,
        null,
        null,
        at,
        name,
      ])
      return ruled ? [...steps, ...rules] : steps
    }),
    notes,
    plotOnly: true,
    plots: [
      {
        name: 'ecdf',
        title: `${title}: cumulative distribution`,
        x: { title: 'Response time', unit: 'ns', scale: 'log' },
        y: { title: 'Share of requests', unit: '1', scale: 'linear', from: 0, to: 1 },
        layers: [
          { mark: 'band', x: 'time', low: 'low', high: 'high', group: 'case' },
          { mark: 'step', x: 'time', y: 'share', group: 'case' },
          ...(ruled ? [{ mark: 'rules' as const, x: 'at', text: 'percentile', group: 'case' }] : []),
        ],
        notes: [
          `The curve farther to the left is faster, the steeper one varies less. The bands hold the whole true curve with a confidence of ${formatShare(confidence)}, if requests are independent; where they queue, less.`,
          ...failed.map(
            ({ name, missing }) =>
              `${name}: ${missing} requests that failed took longer than any that is shown.`,
          ),
          ...(ruled ? [] : [`Percentiles are marked for up to ${MOST_RULED} cases.`]),
          ...notes,
        ],
      },
    ],
  }
}

/** Half the width of the band that holds a whole distribution: √(ln(2 ÷ α) ÷ 2n) (P. Massart, 1990). */
export function dkwHalfWidth(samples: number, confidence: number): number {
  return Math.min(1, Math.sqrt(Math.log(2 / (1 - confidence)) / (2 * samples)))
}

/** From the first value, where the curve leaves 0; each with the share of what is not longer. */
export function ecdfSteps(sample: CurveSample): readonly (readonly [time: number, share: number])[] {
  const size = sizeOf(sample)
  const buckets = sample.buckets.filter(({ count }) => count > 0)
  const steps: (readonly [number, number])[] = []
  let seen = 0
  let drawn = 0
  for (const [index, { last, count }] of buckets.entries()) {
    seen += count
    const share = seen / size
    // In the tail steps get smaller: a tenth of a percent is much of the last percent.
    const rest = 1 - drawn
    const isEnd = index === 0 || index === buckets.length - 1
    if (!isEnd && share - drawn < STEP && 1 - share > rest / 2) continue
    steps.push([last, share])
    drawn = share
  }
  return steps
}

/** Nearest rank, as of histograms: the longest time of the bucket in which the rank lies. None where a failure has the rank. */
function percentilesOf(sample: CurveSample): readonly (readonly [name: string, at: number])[] {
  const size = sizeOf(sample)
  return RULES.flatMap((percentile) => {
    const rank = Math.max(1, Math.ceil((percentile / 100) * size - 1e-9))
    let seen = 0
    for (const { last, count } of sample.buckets) {
      seen += count
      if (seen >= rank) return [[`p${percentile}`, last] as const]
    }
    return []
  })
}

function sizeOf(sample: CurveSample): number {
  return countOf(sample) + (sample.missing ?? 0)
}
