import type { JudgedMetricName } from './comparison-settings.ts'
import type { Trial, WindowResult } from './result.ts'

/** A metric with a direction in which it gets worse. */
export interface JudgedMetric {
  readonly metric: JudgedMetricName
  readonly better: 'lower' | 'higher'
  /** Whether changes are ratios, or differences (of shares, which are often zero). */
  readonly scale: 'ratio' | 'difference'
  readonly read: (trial: Trial) => number | null
  /** The same of one window, for how much it varies inside a trial. */
  readonly readWindow: (window: WindowResult) => number | null
  /** Whether it says anything that another one does not. */
  readonly applies: (trial: Trial) => boolean
}

const always = (): boolean => true

export const JUDGED_METRICS: readonly JudgedMetric[] = [
  {
    metric: 'responseTime.p50',
    better: 'lower',
    scale: 'ratio',
    read: (trial) => trial.responseTime.p50,
    readWindow: (window) => window.p50,
    applies: always,
  },
  {
    metric: 'responseTime.p99',
    better: 'lower',
    scale: 'ratio',
    read: (trial) => trial.responseTime.p99,
    readWindow: (window) => window.p99,
    applies: always,
  },
  {
    metric: 'throughput',
    better: 'higher',
    scale: 'ratio',
    read: (trial) => trial.throughput,
    readWindow: completionRate,
    applies: always,
  },
  {
    metric: 'goodput',
    better: 'higher',
    scale: 'ratio',
    read: (trial) => trial.goodput,
    readWindow: completionRate,
    // Without a deadline it is the throughput once more.
    applies: ({ plan }) => Object.values(plan.streams).some((stream) => stream.slo?.deadline != null),
  },
  {
    metric: 'errorRate',
    better: 'lower',
    scale: 'difference',
    read: ({ counts }) =>
      counts.due === 0 ? null : (counts.due - counts.completed + counts.incorrect) / counts.due,
    readWindow: ({ due, failed }) => (due === 0 ? null : failed / due),
    applies: always,
  },
]

function completionRate({ completed, from, until }: WindowResult): number | null {
  return until > from ? completed / (until - from) : null
}

/** Windows that follow each other are alike: joined, they stand for more than their number. */
const MOST_BLOCKS = 16
const FEWEST_BLOCKS = 4

/**
 * Windows of the measurement, joined to at most 16 blocks, relative to their mean; empty when there are too few, or none
 * differs from zero.
 */
export function relativeBlocks(trial: Trial, { readWindow }: JudgedMetric): readonly number[] {
  const values = trial.windows
    .filter((window) => window.phase === 'measurement')
    .map(readWindow)
    .filter((value) => value !== null)
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  if (values.length < FEWEST_BLOCKS || !(mean > 0)) return []
  const size = Math.ceil(values.length / MOST_BLOCKS)
  const blocks = Array.from({ length: Math.floor(values.length / size) }, (_, index) =>
    values.slice(index * size, (index + 1) * size).reduce((sum, value) => sum + value / size, 0),
  )
  return blocks.map((value) => value / mean)
}
