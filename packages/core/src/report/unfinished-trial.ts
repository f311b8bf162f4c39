import { emptyDistribution } from '../metrics/distribution.ts'
import type { TrialPlan } from '../plan/trial-plan.ts'
import type { Counts, Metrics, Trial, WindowResult } from './result.ts'

/** What is known of a trial that did not come to its end. */
export interface UnfinishedTrial {
  readonly state: 'interrupted' | 'failed' | 'skipped'
  readonly planHash: string
  readonly error: Trial['error']
  readonly startedAt?: string
  readonly engine?: string
  readonly workers?: number
  readonly connections?: number
  readonly windows?: readonly WindowResult[]
  readonly events?: Trial['events']
  readonly agreement?: Trial['agreement'] | undefined
  readonly quality?: Trial['quality'] | undefined
}

/**
 * The result of a trial that failed before it measured, was skipped, or whose process was killed. Its windows give
 * counts and rates of the part that was measured; nothing else is made up, and its verdict is `invalid`.
 */
export function createUnfinishedTrial(plan: TrialPlan, known: UnfinishedTrial): Trial {
  const windows = known.windows ?? []
  const last = windows.at(-1)?.until ?? 0
  const measured = windows.filter((window) => window.phase === 'measurement')
  const from = measured[0]?.from ?? last
  const until = measured.at(-1)?.until ?? last
  return {
    id: plan.id,
    caseId: plan.caseId,
    file: plan.file,
    path: plan.path,
    case: plan.case,
    repeat: plan.repeat,
    role: plan.role,
    tags: plan.tags,
    state: known.state,
    error: known.error,
    startedAt: known.startedAt ?? null,
    seed: plan.seed,
    plan,
    planHash: known.planHash,
    phases: {
      warmup: { from: windows[0]?.from ?? 0, until: from },
      measurement: { from, until },
      drain: { from: until, until: last },
    },
    engine: {
      name: known.engine ?? '',
      scheduler: '',
      cpu: null,
      turn: { p50: null, p99: null, max: null },
      gc: { count: 0, total: 0 },
      foreignCpu: null,
      stealCpu: null,
      clockDrift: null,
      accounting: null,
    },
    workers: known.workers ?? 0,
    connections: {
      count: known.connections ?? 0,
      opened: 0,
      failed: 0,
      closed: 0,
      connectMean: null,
      handshakeMean: null,
    },
    payloads: { count: 0, distinct: 0, bytes: 0 },
    ...metricsOf(measured, until - from),
    streams: {},
    verdict: {
      validity: 'invalid',
      reasons: [
        {
          code: known.state,
          severity: 'invalid',
          message: MESSAGES[known.state],
          advice: null,
        },
      ],
    },
    slo: null,
    server: null,
    gauges: {},
    windows,
    events: known.events ?? [],
    ...(known.agreement === undefined ? {} : { agreement: known.agreement }),
    ...(known.quality === undefined ? {} : { quality: known.quality }),
    energy: null,
    cost: null,
    static: null,
    steadyState: null,
    records: null,
  }
}

const MESSAGES = {
  interrupted: 'The trial was cut off; only its windows are known.',
  failed: 'The trial failed and measured nothing.',
  skipped: 'The trial was not run.',
} as const

/** Metrics of a measurement without a single request. */
export function emptyMetrics(): Metrics {
  return {
    counts: emptyCounts(),
    failures: {},
    offeredLoad: null,
    throughput: null,
    goodput: null,
    rateIntervals: { throughput: null, goodput: null },
    items: { perRequest: null, throughput: null },
    responseTime: emptyDistribution(),
    serviceTime: emptyDistribution(),
    firstByte: emptyDistribution(),
    dispatchLag: emptyDistribution(),
    transportWait: emptyDistribution(),
    messageGap: emptyDistribution(),
    responseTimeWithFailures: emptyDistribution(),
    failedResponseTime: emptyDistribution(),
    serverQueue: emptyDistribution(),
    serverCompute: emptyDistribution(),
    inFlight: { mean: null, max: null },
    littlesLaw: { relativeGap: null },
  }
}

export function emptyCounts(): Counts {
  return {
    due: 0,
    sent: 0,
    completed: 0,
    failed: 0,
    timedOut: 0,
    dropped: 0,
    censored: 0,
    incorrect: 0,
    checked: 0,
    retried: 0,
    late: 0,
  }
}

function metricsOf(windows: readonly WindowResult[], nanos: number): Metrics {
  const due = sum(windows, (window) => window.due)
  const completed = sum(windows, (window) => window.completed)
  const failed = sum(windows, (window) => window.failed)
  const seconds = nanos / 1e9
  const open = Math.max(0, due - completed - failed)
  return {
    ...emptyMetrics(),
    // What was still open when the process died has no other outcome; windows do not tell what had been sent.
    counts: {
      ...emptyCounts(),
      due: completed + failed + open,
      sent: completed + failed,
      completed,
      failed,
      censored: open,
    },
    offeredLoad: seconds > 0 ? due / seconds : null,
    throughput: seconds > 0 ? completed / seconds : null,
  }
}

function sum(windows: readonly WindowResult[], count: (window: WindowResult) => number): number {
  return windows.reduce((total, window) => total + count(window), 0)
}
