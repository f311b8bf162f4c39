import { errorShare } from '../error-share.ts'
import { describeMachine } from '../describe-machine.ts'
import { fullName } from '../case-name.ts'
import type { Interval, Metrics, RunResult, Verdict } from '../result.ts'

/** What is kept of a run when many are looked at: small enough for thousands. */
export interface RunSummary {
  readonly id: string
  /** Of the run's folder, relative to the results folder. */
  readonly folder: string
  readonly startedAt: string
  readonly finishedAt: string | null
  readonly seed: string
  readonly exit: { readonly code: number; readonly reasons: readonly string[] }
  /** The worst of its cases; `null` when nothing was measured. */
  readonly validity: Verdict['validity'] | null
  readonly machine: string
  readonly versions: Readonly<Record<string, string>>
  readonly trials: number
  /** Files beside the result that can be opened. */
  readonly reports: readonly string[]
  readonly cases: readonly CasePoint[]
}

/** A case in one run. */
export interface CasePoint {
  readonly id: string
  readonly name: string
  readonly engine: string
  readonly validity: Verdict['validity']
  readonly metrics: Readonly<Record<string, MetricPoint>>
}

export interface MetricPoint {
  readonly value: number | null
  readonly interval: Interval | null
}

export interface HistoryMetric {
  readonly name: string
  readonly title: string
  readonly unit: 'ns' | '1/s' | '1'
  readonly read: (metrics: Metrics) => MetricPoint
}

/** What the history of a case is drawn of. */
export const HISTORY_METRICS: readonly HistoryMetric[] = [
  ...(['p50', 'p95', 'p99'] as const).map((key): HistoryMetric => {
    return {
      name: `responseTime.${key}`,
      title: `Response time, ${key}`,
      unit: 'ns',
      read: ({ responseTime }) => ({
        value: responseTime[key],
        interval: responseTime.intervals[key] ?? null,
      }),
    }
  }),
  {
    name: 'throughput',
    title: 'Throughput',
    unit: '1/s',
    read: ({ throughput, rateIntervals }) => ({ value: throughput, interval: rateIntervals.throughput }),
  },
  {
    name: 'errorRate',
    title: 'Error rate',
    unit: '1',
    read: (metrics) => ({ value: errorShare(metrics), interval: null }),
  },
]

const ORDER: readonly Verdict['validity'][] = ['valid', 'suspect', 'invalid']

export function summariseRun(result: RunResult, folder: string, reports: readonly string[] = []): RunSummary {
  const { run, cases, trials } = result
  const engines = new Map(trials.map((trial) => [trial.id, trial.engine.name]))
  const worst = Math.max(-1, ...cases.map(({ verdict }) => ORDER.indexOf(verdict.validity)))
  return {
    id: run.id,
    folder,
    startedAt: run.startedAt,
    finishedAt: run.finishedAt,
    seed: run.seed,
    exit: run.exit,
    validity: ORDER[worst] ?? null,
    machine: describeMachine(run.environment),
    versions: run.versions,
    trials: trials.length,
    reports,
    cases: cases.map((one) => ({
      id: one.id,
      name: fullName(one),
      engine: engines.get(one.trials[0] ?? '') ?? '',
      validity: one.verdict.validity,
      metrics:
        one.pooled === null
          ? {}
          : Object.fromEntries(HISTORY_METRICS.map(({ name, read }) => [name, read(one.pooled as Metrics)])),
    })),
  }
}
