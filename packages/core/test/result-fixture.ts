import { build, encodeIntoCompressedBase64 } from 'hdr-histogram-js'
import type { StreamPlan, TrialPlan, TrialSettings } from '../src/plan/trial-plan.ts'
import type {
  CaseResult,
  Counts,
  Distribution,
  Environment,
  Interval,
  Metrics,
  RunResult,
  SloResult,
  Trial,
  VerdictReason,
} from '../src/report/result.ts'
import type { SloPlan } from '../src/slo/slo-plan.ts'

/**
 * Results for tests, computed without the code that they test: percentiles by sorting, histograms by hdr-histogram-js.
 */

const MS = 1e6

export const SETTINGS: TrialSettings = {
  warmup: { duration: 1e9 },
  duration: 10e9,
  drain: 5e9,
  cooldown: 0,
  timeout: 1e9,
  retry: { attempts: 0, on: [] },
  connections: { count: 'auto', streams: 'auto', reuse: 'keep-alive', open: 'auto' },
  maxInFlight: 10_000,
  overflow: 'queue',
  workers: 'auto',
  records: 'all',
  maxResponseBytes: 64 * 1024 * 1024,
  payloads: { count: 64, bytes: 256 * 1024 * 1024 },
  gates: {
    dispatchLag: { suspect: 0.02, invalid: 0.05, floorSuspect: 100_000, floorInvalid: MS },
    dispatched: { suspect: 0.999, invalid: 0.99 },
    loadThreadCpu: { suspect: 0.7, invalid: 0.9 },
    accounting: { suspect: null, invalid: 0.001 },
    littlesLaw: { suspect: 0.05, invalid: null },
    foreignCpu: { suspect: 0.02, invalid: 0.1 },
    clockDrift: { suspect: 0.001, invalid: 0.01 },
  },
}

export interface TrialOptions {
  readonly path?: readonly string[]
  readonly case?: TrialPlan['case']
  readonly repeat?: number
  readonly role?: TrialPlan['role']
  readonly slo?: SloPlan | null
  readonly rate?: number
  /** Response times of completed requests, ns. */
  readonly latencies?: readonly number[]
  readonly counts?: Partial<Counts>
  readonly failures?: Readonly<Record<string, number>>
  readonly engine?: string
  readonly reasons?: readonly VerdictReason[]
  readonly sloResult?: SloResult | null
  readonly state?: Trial['state']
  readonly error?: Trial['error']
  readonly gauges?: Trial['gauges']
  readonly events?: Trial['events']
  readonly server?: Trial['server']
}

/** An id that follows from what it names, as real ones do. */
export function idOf(...parts: readonly unknown[]): string {
  let hash = 0
  for (const letter of JSON.stringify(parts)) hash = (Math.imul(hash, 31) + letter.charCodeAt(0)) | 0
  return (hash >>> 0).toString(16).padStart(12, '0')
}

export function planFixture(options: TrialOptions = {}): TrialPlan {
  const {
    path = ['mlp', 'closed loop'],
    case: values = {},
    repeat = 0,
    role = 'measurement',
    rate = 400,
  } = options
  return {
    id: idOf(path, values, role, repeat),
    caseId: idOf(path, values, role),
    file: 'bench/mlp.bench.ts',
    path,
    case: values,
    repeat,
    role,
    tags: ['smoke'],
    seed: 'k3f9',
    settings: SETTINGS,
    origins: { duration: "scenario 'closed loop'" },
    server: null,
    streams: {
      main: {
        target: { kind: 'http', package: 'servebench', options: { url: 'http://127.0.0.1:8000/' } },
        input: { from: 'literal', value: null },
        load: {
          loop: 'open',
          process: { kind: 'poisson' },
          rate: [{ from: 0, until: null, rate, rateEnd: rate }],
        },
        exchange: { kind: 'request' },
        check: null,
        expect: null,
        slo: options.slo ?? null,
      },
    },
    digest: 'd'.repeat(64),
  }
}

export function mainStream(plan: Pick<TrialPlan, 'streams'>): StreamPlan {
  const { main } = plan.streams
  if (main === undefined) throw new Error('The fixture has no stream main.')
  return main
}

/** Exponential-like latencies around a mean by inverse transform of evenly spread shares: no randomness. */
export function latencies(count: number, mean: number): number[] {
  return Array.from({ length: count }, (_, index) => Math.round(-Math.log(1 - (index + 0.5) / count) * mean))
}

export function distribution(samples: readonly number[], intervalWidth = 0.05): Distribution {
  const sorted = [...samples].sort((a, b) => a - b)
  const count = sorted.length
  const at = (p: number): number | null => sorted[Math.ceil((p / 100) * count) - 1] ?? null
  const interval = (p: number): Interval | null => {
    const value = at(p)
    if (value === null) return null
    return [value * (1 - intervalWidth), count * (1 - p / 100) < 3 ? null : value * (1 + intervalWidth)]
  }
  const histogram = build({ bitBucketSize: 64, numberOfSignificantValueDigits: 3, autoResize: true })
  for (const value of samples) histogram.recordValue(value)
  return {
    unit: 'ns',
    count,
    mean: count === 0 ? null : samples.reduce((sum, value) => sum + value, 0) / count,
    min: sorted[0] ?? null,
    max: sorted.at(-1) ?? null,
    p50: at(50),
    p90: at(90),
    p95: at(95),
    p99: at(99),
    'p99.9': at(99.9),
    method: count === 0 ? 'none' : 'exact',
    intervals: Object.fromEntries([50, 90, 95, 99, 99.9].map((p) => [`p${p}`, interval(p)])),
    why:
      count === 0
        ? {}
        : Object.fromEntries(
            [50, 90, 95, 99, 99.9]
              .filter((p) => count * (1 - p / 100) < 3)
              .map((p) => [`p${p}`, 'too-few' as const]),
          ),
    effectiveCount: count === 0 ? null : Math.ceil(count / 2),
    hdr: count === 0 ? null : encodeIntoCompressedBase64(histogram),
  }
}

export function metricsFixture(options: TrialOptions = {}): Metrics {
  const samples = options.latencies ?? latencies(4000, 2 * MS)
  const counts: Counts = {
    due: samples.length,
    sent: samples.length,
    completed: samples.length,
    failed: 0,
    timedOut: 0,
    dropped: 0,
    censored: 0,
    incorrect: 0,
    checked: 0,
    retried: 0,
    late: 0,
    ...options.counts,
  }
  const none = distribution([])
  const response = distribution(samples)
  const lost = counts.due - counts.completed
  const rank = (p: number): boolean => Math.ceil((p / 100) * counts.due) > samples.length
  const infinite =
    lost === 0
      ? {}
      : {
          max: null,
          mean: null,
          ...Object.fromEntries([50, 90, 95, 99, 99.9].filter(rank).map((p) => [`p${p}`, null])),
        }
  const seconds = 10
  return {
    counts,
    failures: options.failures ?? {},
    offeredLoad: counts.due / seconds,
    throughput: counts.completed / seconds,
    goodput: (counts.completed - counts.incorrect) / seconds,
    rateIntervals: {
      throughput: [counts.completed / seconds - 2, counts.completed / seconds + 2],
      goodput: [
        (counts.completed - counts.incorrect) / seconds - 2,
        (counts.completed - counts.incorrect) / seconds + 2,
      ],
    },
    items: { perRequest: 1, throughput: counts.completed / seconds },
    responseTime: response,
    serviceTime: distribution(samples.map((value) => value * 0.9)),
    firstByte: distribution(samples.map((value) => value * 0.8)),
    dispatchLag: distribution(samples.map((_, index) => 5000 + (index % 100) * 100)),
    transportWait: distribution(samples.map(() => 20_000)),
    messageGap: none,
    responseTimeWithFailures: {
      ...response,
      count: counts.due,
      ...infinite,
      why: {
        ...response.why,
        ...Object.fromEntries([50, 90, 95, 99, 99.9].filter(rank).map((p) => [`p${p}`, 'failures' as const])),
      },
    },
    failedResponseTime: distribution(samples.slice(0, counts.failed)),
    serverQueue: none,
    serverCompute: none,
    inFlight: { mean: 0.8, max: 12 },
    littlesLaw: { relativeGap: 0.01 },
  }
}

export function trialFixture(options: TrialOptions = {}): Trial {
  const plan = planFixture(options)
  const metrics = metricsFixture(options)
  const reasons = options.reasons ?? []
  const validity = reasons.some((reason) => reason.severity === 'invalid')
    ? 'invalid'
    : reasons.some((reason) => reason.severity === 'suspect')
      ? 'suspect'
      : 'valid'
  return {
    id: plan.id,
    caseId: plan.caseId,
    file: plan.file,
    path: plan.path,
    case: plan.case,
    repeat: plan.repeat,
    role: plan.role,
    tags: plan.tags,
    state: options.state ?? 'completed',
    error: options.error ?? null,
    startedAt: '2026-11-22T04:42:01.000Z',
    seed: plan.seed,
    plan,
    planHash: 'a'.repeat(64),
    phases: {
      warmup: { from: 0, until: 1e9 },
      measurement: { from: 1e9, until: 11e9 },
      drain: { from: 11e9, until: 11.2e9 },
    },
    engine: {
      name: options.engine ?? 'http1-raw',
      scheduler: 'napspin',
      cpu: 0.18,
      turn: { p50: 3000, p99: 40_000, max: 900_000 },
      gc: { count: 3, total: 4 * MS },
      foreignCpu: 0.004,
      stealCpu: 0,
      clockDrift: 0.00001,
      accounting: 0.00002,
    },
    workers: 1,
    connections: { count: 4, opened: 4, failed: 0, closed: 0, connectMean: 120_000, handshakeMean: null },
    payloads: { count: 64, distinct: 64, bytes: 38_400 },
    ...metrics,
    streams: { main: metrics },
    verdict: { validity, reasons },
    slo: options.sloResult ?? null,
    server: options.server ?? null,
    gauges: options.gauges ?? {},
    windows: Array.from({ length: 10 }, (_, second) => ({
      from: (second + 1) * 1e9,
      until: (second + 2) * 1e9,
      phase: 'measurement' as const,
      due: 400,
      completed: 399,
      failed: 1,
      inFlight: 1.5,
      p50: 1.4 * MS,
      p95: 6 * MS,
      p99: 9 * MS,
      lagP99: 14_000,
    })),
    events: options.events ?? [],
    energy: null,
    cost: null,
    static: null,
    steadyState: null,
    records: { path: `records/${plan.id}.arrows`, rows: metrics.counts.due, complete: true },
  }
}

export function caseFixture(trials: readonly Trial[], overrides: Partial<CaseResult> = {}): CaseResult {
  const [first] = trials as readonly [Trial]
  return {
    id: first.caseId,
    file: first.file,
    path: first.path,
    case: first.case,
    tags: first.tags,
    trials: trials.map((trial) => trial.id),
    pooled: first.verdict.validity === 'invalid' ? null : first,
    betweenRepeats: {
      throughput: spread(trials.map((trial) => trial.throughput)),
      'responseTime.p50': spread(trials.map((trial) => trial.responseTime.p50)),
      'responseTime.p99': spread(trials.map((trial) => trial.responseTime.p99)),
    },
    slo: first.slo,
    verdict: first.verdict,
    ...overrides,
  }
}

function spread(values: readonly (number | null)[]): CaseResult['betweenRepeats'][string] {
  const known = values.filter((value) => value !== null)
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length
  return {
    values,
    mean,
    interval: known.length > 1 ? [mean * 0.95, mean * 1.05] : null,
    cv: known.length > 1 ? 0.02 : null,
  }
}

export const ENVIRONMENT: Environment = {
  os: { platform: 'linux', release: '6.1.0', kernel: '#1 SMP', arch: 'x64', container: null },
  cpu: {
    model: 'Example CPU @ 2.40GHz',
    cores: 8,
    physicalCores: 4,
    mhz: 2400,
    governor: 'performance',
    limit: null,
  },
  memory: { total: 16 * 1024 ** 3, limit: null },
  accelerators: [{ name: 'Example GPU', memory: 80 * 1024 ** 3, driver: '550.54' }],
  node: 'v26.10.0',
  servers: {},
}

export function resultFixture(
  trials: readonly Trial[],
  cases?: readonly CaseResult[],
  overrides: Partial<RunResult> = {},
): RunResult {
  const groups = new Map<string, Trial[]>()
  for (const trial of trials) {
    if (trial.role !== 'measurement') continue
    groups.set(trial.caseId, [...(groups.get(trial.caseId) ?? []), trial])
  }
  return {
    schemaVersion: 1,
    run: {
      id: '20261122T044200Z-k3f9',
      startedAt: '2026-11-22T04:42:00.000Z',
      finishedAt: '2026-11-22T04:43:00.000Z',
      seed: 'k3f9',
      command: ['servebench', 'run'],
      environment: ENVIRONMENT,
      versions: { servebench: '0.1.0' },
      gates: SETTINGS.gates,
      notes: [],
      exit: { code: 0, reasons: [] },
    },
    definitions: { throughput: 'Completions inside [A, B) ÷ (B − A).' },
    trials,
    cases: cases ?? [...groups.values()].map((group) => caseFixture(group)),
    searches: [],
    analyses: [],
    ...overrides,
  }
}

const HOSTILE = '\u001b[31mred\u001b[0m | <img src=x> ]]> @someone\n::error::forged\u202e'

/** Everything that can happen in one run: what every reporter must be able to show. */
export function richResult(): RunResult {
  const slo: SloPlan = {
    terms: [
      { metric: 'responseTime', statistic: { percentile: 99 }, limit: 10 * MS },
      { metric: 'errorRate', limit: 0.01 },
    ],
    deadline: 10 * MS,
  }
  const good: SloResult = {
    verdict: 'pass',
    deadline: 10 * MS,
    terms: [
      {
        term: 'responseTime.p99',
        limit: 10 * MS,
        measured: 9.21 * MS,
        interval: [8.75 * MS, 9.67 * MS],
        verdict: 'pass',
        reason: null,
      },
      { term: 'errorRate', limit: 0.01, measured: 0, interval: [0, 0.0009], verdict: 'pass', reason: null },
    ],
  }
  const missed: SloResult = {
    verdict: 'fail',
    deadline: 10 * MS,
    terms: [
      {
        term: 'responseTime.p99',
        limit: 10 * MS,
        measured: 46.1 * MS,
        interval: [43.7 * MS, null],
        verdict: 'fail',
        reason: null,
      },
      {
        term: 'errorRate',
        limit: 0.01,
        measured: 0.003,
        interval: [0.0016, 0.0052],
        verdict: 'pass',
        reason: null,
      },
    ],
  }
  const path = ['mlp on ONNX Runtime', 'latency under Poisson load']
  const trials = [
    trialFixture({ path, case: { batch: 1, threads: 1 }, slo, sloResult: good }),
    trialFixture({
      path,
      case: { batch: 8, threads: 1 },
      slo,
      sloResult: missed,
      latencies: latencies(3988, 10 * MS),
      counts: { due: 4000, failed: 10, timedOut: 2 },
      failures: { 'http-503': 9, reset: 1 },
    }),
    trialFixture({
      path,
      case: { batch: 1, threads: 2 },
      slo,
      sloResult: good,
      reasons: [
        {
          code: 'foreign-cpu',
          severity: 'suspect',
          message: 'Other programs used 3.1 % of the machine’s CPU.',
          advice: 'Close them, or give the server and the tool processors of their own.',
        },
      ],
    }),
    trialFixture({
      path: ['mlp on ONNX Runtime', 'overload'],
      rate: 90_000,
      reasons: [
        {
          code: 'dispatch-lag',
          severity: 'invalid',
          message: 'Requests were dispatched 4.20 ms late (p99), more than 1.00 ms.',
          advice: 'Lower the rate or use more workers.',
        },
      ],
    }),
    trialFixture({
      path: ['mlp on ONNX Runtime', 'a server that breaks'],
      state: 'failed',
      latencies: [],
      engine: '',
      reasons: [
        {
          code: 'failed',
          severity: 'invalid',
          message: 'The trial failed and measured nothing.',
          advice: null,
        },
      ],
      error: {
        code: 'SERVEBENCH_SERVER_EXITED',
        message: `The server exited with code 1: ${HOSTILE}`,
        advice: 'Look at the end of its log.',
        detail: `loading model\n::error file=x::forged\n\u001b[2JSegmentation fault\n`,
      },
    }),
    trialFixture({
      path: ['mlp on ONNX Runtime', 'not reached'],
      state: 'skipped',
      latencies: [],
      reasons: [{ code: 'skipped', severity: 'invalid', message: 'The trial was not run.', advice: null }],
      error: {
        code: 'SERVEBENCH_NOT_RUN',
        message: 'The run ended before this trial began.',
        advice: null,
        detail: null,
      },
    }),
    trialFixture({ path: [HOSTILE, '漢字の名前'], case: { '=cmd': HOSTILE }, latencies: latencies(50, MS) }),
  ]
  const base = resultFixture(trials)
  return {
    ...base,
    run: {
      ...base.run,
      notes: ['Line 7 of the journal is damaged and was left out.'],
      exit: { code: 4, reasons: ['The server exited with code 1.', 'responseTime.p99 misses its limit.'] },
    },
    analyses: [
      {
        name: 'steps',
        title: 'Step sizes',
        columns: [
          { name: 'step', unit: null },
          { name: 'time', unit: 'ns' },
          { name: 'memory', unit: 'By' },
        ],
        rows: [
          ['first', 1_500_000, 1024],
          ['second | third', null, 2_097_152],
        ],
        notes: ['Measured once.'],
      },
    ],
  }
}
