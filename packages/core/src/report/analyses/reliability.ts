import { meanOfIndependent } from '../../stats/interval/mean-interval.ts'
import { shareInterval } from '../../stats/special/binomial.ts'
import { caseName } from '../case-name.ts'
import { formatNumber, formatShare } from '../quantity.ts'
import type { AnalysisTable, CaseResult, Counts, Interval, RunResult } from '../result.ts'
import { loadSeries, type Level, type Series } from './load-series.ts'
import { axisScale } from './sampled-range.ts'

/** Where a scenario has no `errorRate` limit of its own. */
const DEFAULT_LIMIT = 0.01
/** Kinds of failures that are named in a row. */
const MOST_KINDS = 3

/**
 * Outcomes, error classes and p99 against users or rate, for every scenario in which an axis gives at least three levels
 * of load, and the highest level whose failure share, with its interval, stays below the scenario's `errorRate` limit
 * (1 % without one).
 */
export function analyseReliability(result: RunResult): readonly AnalysisTable[] {
  return loadSeries(result).map(tableOf)
}

function tableOf({ axis, rest, levels }: Series): AnalysisTable {
  const [first] = levels as readonly [Level]
  const limit = limitOf(first)
  const others = caseName(rest)
  const load = first.kind === 'users' ? 'users' : 'rate'
  const lost = (Object.keys(LOSSES) as Loss[]).filter((name) =>
    levels.some(({ one }) => one.pooled !== null && LOSSES[name](one.pooled.counts) > 0),
  )
  const judged = levels.map((level) => ({ level, share: failureShare(level) }))
  return {
    name: 'reliability',
    title: `${first.one.path.join(' > ')}${others === '' ? '' : ` > ${others}`}: reliability against ${load}`,
    columns: [
      first.kind === 'users'
        ? { name: 'users', unit: null, description: `By axis ${axis}.` }
        : { name: 'rate', unit: '1/s', description: `Due per second, by axis ${axis}.` },
      { name: 'due', unit: null },
      { name: 'correct', unit: '1', description: 'Completed correctly, of due ones.' },
      ...lost.map((name) => ({ name, unit: '1' })),
      { name: 'failure share', unit: '1', description: '1 − correct.' },
      { name: 'low', unit: '1', description: '95 % interval of the failure share.' },
      { name: 'high', unit: '1' },
      { name: 'p99', unit: 'ns', description: 'Response time of completed requests.' },
      ...(lost.length === 0
        ? []
        : [
            {
              name: 'p99 with failures',
              unit: 'ns',
              description: 'With failures as infinite; null: infinite.',
            },
          ]),
      { name: 'throughput', unit: '1/s' },
      { name: 'kinds', unit: null, description: 'The most frequent kinds of failures.' },
    ],
    rows: judged.map(({ level, share }) => {
      const metrics = level.one.pooled as NonNullable<CaseResult['pooled']>
      const { counts } = metrics
      const part = (count: number): number | null => (counts.due === 0 ? null : count / counts.due)
      return [
        level.load,
        counts.due,
        part(counts.completed - counts.incorrect),
        ...lost.map((name) => part(LOSSES[name](counts))),
        share?.value ?? null,
        share?.interval[0] ?? null,
        share?.interval[1] ?? null,
        metrics.responseTime.p99,
        ...(lost.length === 0 ? [] : [metrics.responseTimeWithFailures.p99]),
        metrics.throughput,
        kindsOf(metrics.failures),
      ]
    }),
    notes: [conclude(judged, limit), intervalNote(levels)],
    plots: [
      {
        name: 'failures',
        title: `Failure share against ${load}`,
        x: {
          title: load,
          unit: first.kind === 'users' ? null : '1/s',
          scale: axisScale(levels.map((level) => level.load)),
        },
        y: { title: 'failure share', unit: '1', scale: 'linear', from: 0 },
        layers: [
          { mark: 'band', x: load, low: 'low', high: 'high', label: '95 %' },
          { mark: 'line', x: load, y: 'failure share', label: 'failure share' },
          ...(lost.length > 1
            ? lost.map((name) => ({ mark: 'line', x: load, y: name, dashed: true, label: name }) as const)
            : []),
        ],
      },
    ],
  }
}

type Loss = 'failed' | 'timed out' | 'dropped' | 'censored' | 'incorrect'

/** Outcomes that are no correct answer; those that never happened have no column. */
const LOSSES: Readonly<Record<Loss, (counts: Counts) => number>> = {
  failed: (counts) => counts.failed,
  'timed out': (counts) => counts.timedOut,
  dropped: (counts) => counts.dropped,
  censored: (counts) => counts.censored,
  incorrect: (counts) => counts.incorrect,
}

function limitOf({ trials }: Level): number {
  const terms = Object.values(trials[0]?.plan.streams ?? {}).flatMap((stream) => stream.slo?.terms ?? [])
  const term = terms.find(({ metric }) => metric === 'errorRate')
  return term?.limit ?? DEFAULT_LIMIT
}

interface Share {
  readonly value: number
  readonly interval: Interval
}

/** Of several repeats the spread between them widens the binomial interval, never narrows it. */
function failureShare({ one, trials }: Level): Share | null {
  const { counts } = one.pooled as NonNullable<CaseResult['pooled']>
  if (counts.due === 0) return null
  const bad = counts.due - counts.completed + counts.incorrect
  const [low, high] = shareInterval(bad, counts.due, 0.95)
  const between = meanOfIndependent(
    trials
      .filter((trial) => trial.counts.due > 0)
      .map(
        (trial) => (trial.counts.due - trial.counts.completed + trial.counts.incorrect) / trial.counts.due,
      ),
  )
  const interval: Interval =
    between === null
      ? [low, high]
      : [Math.max(0, Math.min(low, between[0])), Math.min(1, Math.max(high, between[1]))]
  return { value: bad / counts.due, interval }
}

/** The highest level below the first one that is not shown to stay under the limit: a later one does not count. */
function conclude(
  judged: readonly { readonly level: Level; readonly share: Share | null }[],
  limit: number,
): string {
  const passes = judged.map(({ share }) => share !== null && (share.interval[1] ?? 1) <= limit)
  const firstFailure = passes.indexOf(false)
  const last = firstFailure === -1 ? passes.length - 1 : firstFailure - 1
  const nameOf = ({ kind, load }: Level): string =>
    kind === 'rate' ? `${formatNumber(load)}/s` : load === 1 ? '1 user' : `${load} users`
  const under = `a failure share under ${formatShare(limit)}, with its whole interval`
  if (last < 0) {
    return `No level shows ${under}: even the lowest, ${nameOf((judged[0] as { level: Level }).level)}, does not.`
  }
  const highest = nameOf((judged[last] as { level: Level }).level)
  const later =
    passes.lastIndexOf(true) > last ? ' A higher level passes again: reliability is not monotone here.' : ''
  return last === passes.length - 1
    ? `All levels show ${under}; the highest is ${highest}, and the limit lies above it.`
    : `The highest load with ${under}, is ${highest}.${later}`
}

function intervalNote(levels: readonly Level[]): string {
  return levels.every(({ trials }) => trials.length < 2)
    ? 'Intervals are binomial, of single trials: failures that come in spells make them too narrow. Use repeats.'
    : 'Intervals are binomial, widened by the spread between repeats.'
}

function kindsOf(failures: Readonly<Record<string, number>>): string {
  return Object.entries(failures)
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, MOST_KINDS)
    .map(([kind, count]) => `${count} ${kind}`)
    .join(', ')
}
