import { printable } from './printable.ts'
import { formatCount, formatNanos } from './quantity.ts'
import type { BurstReport, Trial } from './result.ts'

/** Of more bursts only the slowest are told of. */
const MOST_BURSTS = 4

/** What became of the bursts of some trials, each in a sentence; of many, those that took longest to drain. */
export function describeBursts(trials: readonly Trial[]): readonly string[] {
  const found = trials.flatMap((trial) =>
    (trial.bursts ?? []).map((burst) => ({ burst, at: burst.from - trial.phases.measurement.from })),
  )
  const shown =
    found.length <= MOST_BURSTS
      ? found
      : found
          .toSorted((a, b) => (b.burst.drain ?? Infinity) - (a.burst.drain ?? Infinity))
          .slice(0, MOST_BURSTS)
  const left = found.length - shown.length
  return [
    ...shown.map(({ burst, at }) => printable(describeBurst(burst, at))),
    ...(left === 0 ? [] : [`and ${left} that drained sooner`]),
  ]
}

function describeBurst(
  { counts, failures, startSpread, drain, background }: BurstReport,
  at: number,
): string {
  const lost = [
    ...Object.entries(failures).map(([name, count]) => `${formatCount(count)} ${name}`),
    ...(counts.timedOut > 0 ? [`${formatCount(counts.timedOut)} timed out`] : []),
    ...(counts.dropped > 0 ? [`${formatCount(counts.dropped)} dropped`] : []),
    ...(counts.censored > 0 ? [`${formatCount(counts.censored)} still open`] : []),
  ]
  return [
    `${formatCount(counts.due)} at ${at > 0 ? formatNanos(at) : 'the start'}: started within ${formatNanos(startSpread)}`,
    `${formatCount(counts.completed)} accepted${lost.length === 0 ? '' : ` (${lost.join(', ')})`}`,
    drain === null ? 'not drained' : `drained in ${formatNanos(drain)}`,
    ...(background === null ? [] : [recovered(background)]),
  ].join(', ')
}

function recovered({ p95, recovery }: NonNullable<BurstReport['background']>): string {
  return recovery === null
    ? `others did not get back to their p95 of ${formatNanos(p95)}`
    : `others back at their p95 of ${formatNanos(p95)} after ${formatNanos(recovery)}`
}
