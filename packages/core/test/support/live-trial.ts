import type { LiveTrial, Snapshot } from '../../src/hooks/contexts.ts'

const MS = 1e6
const S = 1e9

/** A trial in the middle of its measurement. */
export function liveTrial(overrides: Partial<LiveTrial> = {}): LiveTrial {
  return {
    id: '0123456789ab',
    name: 'a demo server > answers under load > batch=8',
    phase: 'measurement',
    elapsed: 5 * S,
    total: 10 * S,
    measureFrom: 2 * S,
    measureUntil: 9 * S,
    due: 2000,
    completed: 1990,
    failed: 0,
    timedOut: 0,
    dropped: 0,
    inFlight: 3,
    workers: 1,
    offeredLoad: 400,
    throughput: 398,
    p50: 1.2 * MS,
    p95: 2.3 * MS,
    p99: 3.4 * MS,
    lagP99: 12_000,
    ...overrides,
  }
}

export function snapshotOf(trial: LiveTrial | null, run: Partial<Snapshot['run']> = {}): Snapshot {
  return {
    run: {
      id: '20261122T044200Z-k3f9',
      startedAt: 0,
      trialsDone: 0,
      trialsTotal: 1,
      estimatedEnd: null,
      ...run,
    },
    trial,
    message: null,
  }
}
