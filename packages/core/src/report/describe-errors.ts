import { errorCount } from '../slo/evaluate-slo.ts'
import { printable } from './printable.ts'
import { formatCount, formatShare } from './quantity.ts'
import type { Metrics } from './result.ts'

/** `none`, or `12 of 4012 (0.3 %): 10 http-503, 2 timed out`. */
export function describeErrors({ counts, failures }: Pick<Metrics, 'counts' | 'failures'>): string {
  const errors = errorCount(counts)
  if (errors === 0) return 'none'
  const kinds = Object.entries(failures)
    .sort(([, a], [, b]) => b - a)
    .map(([kind, count]) => `${formatCount(count)}\u00a0${printable(kind)}`)
  const named = Object.values(failures).reduce((sum, count) => sum + count, 0)
  // Failures are counted by kind; what the kinds do not cover still shows.
  const unnamed = counts.failed - named
  const parts = [
    ...kinds,
    ...(unnamed > 0 ? [`${formatCount(unnamed)}\u00a0failed`] : []),
    ...(counts.timedOut > 0 ? [`${formatCount(counts.timedOut)}\u00a0timed\u00a0out`] : []),
    ...(counts.dropped > 0 ? [`${formatCount(counts.dropped)}\u00a0dropped`] : []),
    ...(counts.censored > 0
      ? [`${formatCount(counts.censored)}\u00a0still\u00a0open\u00a0at\u00a0the\u00a0end`]
      : []),
    ...(counts.incorrect > 0 ? [`${formatCount(counts.incorrect)}\u00a0incorrect`] : []),
  ]
  const share = formatShare(counts.due === 0 ? null : errors / counts.due)
  return `${formatCount(errors)} of ${formatCount(counts.due)} (${share}): ${parts.join(', ')}`
}
