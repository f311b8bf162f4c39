import type { CaseResult, AnalysisTable, Metrics, RunResult, Trial } from '../result.ts'
import { fullName } from '../case-name.ts'
import { usersOf } from './measured-scenarios.ts'

/**
 * The formulas of articles beside the right ones, for every closed loop: throughput as 1 ÷ mean latency, and as batch ÷
 * latency. Both are the truth divided by the mean number in flight (Little's law, L = X · W), so they hold for one
 * request at a time and for nothing else: where that is so, there is nothing to see, and a case has no row. `null`
 * without any.
 */
export function auditClosedLoops(result: RunResult): AnalysisTable | null {
  const trials = new Map(result.trials.map((trial) => [trial.id, trial]))
  let alike = 0
  const rows = result.cases.flatMap((one) => {
    const first = one.trials.map((id) => trials.get(id)).find((trial) => trial !== undefined)
    // Of a cold start the throughput means nothing.
    const users = first === undefined || first.coldStart !== undefined ? null : usersOfTrial(first)
    if (users === null || one.pooled === null) return []
    const row = rowOf(one, users)
    if (row === null || !isAlone(one.pooled)) return row === null ? [] : [row]
    alike += 1
    return []
  })
  if (rows.length === 0) return null
  return {
    name: 'littles-law',
    title: 'Throughput by the formulas of articles, and what links them to the measured one',
    columns: [
      { name: 'case', unit: null },
      { name: 'users', unit: null },
      { name: 'throughput', unit: '1/s', description: 'Measured: completions per second.' },
      {
        name: '1 ÷ mean',
        unit: '1/s',
        description: '1 ÷ mean response time: right for one request in flight.',
      },
      { name: 'in flight', unit: null, description: 'Mean number in flight: the factor between the two.' },
      {
        name: 'X · W ÷ L',
        unit: null,
        description: "Little's law as measured: 1 up to what crosses the ends of the window.",
      },
      { name: 'items', unit: '1/s', description: 'Measured: items (requests × batch) per second.' },
      { name: 'batch ÷ mean', unit: '1/s', description: 'Items per request ÷ mean response time.' },
    ],
    rows,
    notes:
      alike === 0
        ? []
        : [
            `Without a row: ${alike} closed ${alike === 1 ? 'loop' : 'loops'} with one request in flight, where the formulas hold.`,
          ],
  }
}

/** Of a single stream with a constant population; mixtures have no one number of users. */
function usersOfTrial({ plan }: Trial): number | null {
  const [stream, ...others] = Object.values(plan.streams)
  return stream === undefined || others.length > 0 ? null : usersOf(stream)
}

/** Within 5 %: what crosses the ends of the window is less. */
function isAlone({ throughput, responseTime: { mean } }: Metrics): boolean {
  return throughput !== null && mean !== null && Math.abs((throughput * mean) / 1e9 - 1) <= 0.05
}

function rowOf(one: CaseResult, users: number): AnalysisTable['rows'][number] | null {
  const { throughput, responseTime, inFlight, items } = one.pooled as NonNullable<CaseResult['pooled']>
  const { mean } = responseTime
  if (throughput === null || mean === null || mean <= 0) return null
  const single = 1e9 / mean
  const { mean: level } = inFlight
  const perRequest = items.perRequest
  return [
    fullName(one),
    users,
    throughput,
    single,
    level,
    level === null || level <= 0 ? null : (throughput * mean) / 1e9 / level,
    items.throughput,
    perRequest === null ? null : perRequest * single,
  ]
}
