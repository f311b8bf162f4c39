import { DEFAULT_SETTINGS } from '../../src/config/defaults.ts'
import { Problems } from '../../src/dsl/problems.ts'
import { http } from '../../src/builtin/http/target.ts'
import { expandSpace } from '../../src/plan/study/expand-space.ts'
import type { ServerPlan } from '../../src/plan/trial-plan.ts'
import type { PointValues } from '../../src/plan/study/space.ts'
import type { StudyProgress } from '../../src/plan/study/study-progress.ts'
import { planStudyCase } from '../../src/plan/study/study-case.ts'
import { StudyPlanner, type PlannedStudy } from '../../src/plan/study/study-planner.ts'
import type { TrialPlan } from '../../src/plan/trial-plan.ts'
import { judgeStreams } from '../../src/report/judge-slo.ts'
import { concludeStudy } from '../../src/report/study/conclude-study.ts'
import type { Metrics, Trial } from '../../src/report/result.ts'
import type { StudyHeader, StudyMeasurement, StudyResult } from '../../src/report/study/study-result.ts'
import type { StudyStore } from '../../src/report/study/study-store.ts'
import { wilsonInterval } from '../../src/stats/interval/wilson.ts'
import { createRandom } from '../../src/stats/seed.ts'
import { distribution, latencies, trialFixture } from '../result-fixture.ts'

/** What a simulated server does in a configuration under a load. */
export interface Performance {
  /** Per second. */
  readonly throughput: number
  /** Mean response time, ns; p99 is about 4.6 times that. */
  readonly latency: number
  /** It did not come up. */
  readonly failed?: string
  readonly gauges?: Trial['gauges']
  /** Of a hundred labelled samples, how many are answered rightly. */
  readonly right?: number
  /** Something disturbed the measurement. */
  readonly invalid?: boolean
  /** Of several streams each; `throughput` and `latency` are then those of all. */
  readonly streams?: Readonly<Record<string, Pick<Performance, 'throughput' | 'latency'>>>
}

export type SimulatedServer = (values: PointValues, load: number | null) => Performance

/** The options of a study as a bench file has them, as plain data and functions. */
export function plannedStudy(
  options: Record<string, unknown>,
  server?: (values: PointValues) => ServerPlan,
): PlannedStudy {
  const problems = new Problems()
  const path = ['tuned']
  const target = options['streams'] === undefined ? { target: http({ url: 'http://127.0.0.1:1/' }) } : {}
  const expanded = expandSpace(problems, options, new Map())
  const cases = (expanded?.cases ?? []).flatMap((at) => {
    const evaluated = Object.fromEntries(
      Object.entries({ ...target, ...options }).map(([name, value]) => [
        name,
        typeof value === 'function' && name !== 'where' ? (value as (at: PointValues) => unknown)(at) : value,
      ]),
    )
    const levels = [{ origin: "study 'tuned'", options: evaluated }]
    const owner = { file: 'a.bench.ts', digest: 'd', path, case: at }
    const defaults = { settings: DEFAULT_SETTINGS, origins: {}, repeats: 1 }
    const planned = expanded && planStudyCase(problems, { owner, tags: [], levels, defaults }, expanded.plan)
    if (planned === undefined) return []
    return [server === undefined ? planned : { ...planned, trial: { ...planned.trial, server: server(at) } }]
  })
  if (problems.errors.length > 0 || expanded === undefined)
    throw new Error(problems.errors.map(({ path: at, message }) => `${at}: ${message}`).join('\n'))
  return { file: 'a.bench.ts', path, plan: expanded.plan, points: expanded.points, cases }
}

export interface SimulationOptions {
  readonly seed?: string
  /** Of what the search draws by chance; the other one unless it is given. */
  readonly searchSeed?: string
  /** Of throughput, relative. */
  readonly noise?: number
  readonly store?: StudyStore
  readonly environment?: Readonly<Record<string, string>>
  /** Digests of files, by path. */
  readonly contents?: (values: PointValues) => Readonly<Record<string, string>>
  /** Of the run. */
  readonly run?: string
  /** The run ends after so many trials, as if it was killed. */
  readonly trials?: number
}

export interface Simulation {
  readonly result: StudyResult
  /** What was measured in this run, in its order. */
  readonly plans: readonly TrialPlan[]
  /** What was told of its progress. */
  readonly told: readonly StudyProgress[]
}

/** Runs a study to its end against a simulated server, on a clock that trials move. */
export async function simulate(
  study: PlannedStudy,
  server: (values: PointValues, load: number | null, plan: TrialPlan) => Performance,
  options: SimulationOptions = {},
): Promise<Simulation> {
  const { seed = 'seed', noise = 0, store = null, environment = { machine: 'A' }, trials = 5000 } = options
  const { contents } = options
  let now = 0
  const planner = new StudyPlanner([study], {
    seed,
    ...(options.searchSeed === undefined ? {} : { searchSeed: options.searchSeed }),
    now: () => now,
    store: () => store,
    environment,
    ...(contents === undefined ? {} : { contents: async (plan) => contents(plan.case) }),
    onFailure: (_, error) => {
      throw error
    },
  })
  planner.begin(options.run ?? 'run')
  const random = createRandom({ seed, path: [], repeat: 0, stream: '', purpose: 'noise of the simulation' })
  const done: Trial[] = []
  const plans: TrialPlan[] = []
  const headers: StudyHeader[] = []
  const measurements: StudyMeasurement[] = []
  const told: StudyProgress[] = []
  const servers = new Map<string, ServerPlan>()
  const note = (): void => {
    for (const news of planner.studyNews(done)) {
      if (news.type === 'study') headers.push(news.study)
      else if (news.type === 'study-measurement') measurements.push(news.measurement)
      else servers.set(news.point, news.server)
    }
    told.push(...planner.studyProgress(done))
  }
  for (;;) {
    const next = await planner.next(done)
    note()
    if ('finished' in next || plans.length >= trials) break
    plans.push(next)
    const { loads } = study.plan
    const load = loads === null ? null : Number(next.case[loads.vary])
    const { settings } = next
    now += (settings.duration ?? 0) + ('duration' in settings.warmup ? settings.warmup.duration : 0)
    done.push(simulatedTrial(next, server(next.case, load, next), 1 + noise * (2 * random.next() - 1)))
    note()
  }
  const header = headers.at(-1)
  if (header === undefined) throw new Error('The study has not begun.')
  const concluded = concludeStudy(header, measurements)
  const points = concluded.points.map((point) => {
    const own = servers.get(point.id)
    return own === undefined ? point : { ...point, server: own }
  })
  return { result: { ...concluded, points }, plans, told }
}

function simulatedTrial(plan: TrialPlan, performance: Performance, factor: number): Trial {
  const base = trialFixture()
  const failed = performance.failed !== undefined
  const gauges = performance.gauges ?? {}
  const { right } = performance
  const metricsOf = ({ throughput: mean, latency }: Pick<Performance, 'throughput' | 'latency'>) => {
    const throughput = mean * factor
    const times = distribution(latencies(1000, latency))
    return {
      counts: failed ? { ...base.counts, due: 0, sent: 0, completed: 0 } : base.counts,
      throughput: failed ? null : throughput,
      goodput: failed ? null : throughput,
      items: { perRequest: 1, throughput: failed ? null : throughput },
      rateIntervals: { throughput: [throughput * 0.99, throughput * 1.01], goodput: null },
      responseTime: failed ? distribution([]) : times,
      responseTimeWithFailures: failed ? distribution([]) : times,
    } as const
  }
  const metrics = metricsOf(performance)
  const { main } = base.streams
  const streams = Object.fromEntries(
    Object.entries(performance.streams ?? { main: performance }).map(([name, own]) => [
      name,
      { ...main, ...metricsOf(own) } as Metrics,
    ]),
  )
  const judged = Object.entries(plan.streams).flatMap(([name, { slo }]) => {
    const own = streams[name]
    return slo === null || own === undefined ? [] : [{ name, slo, metrics: own, parts: [own] }]
  })
  const trial = { ...base, ...metrics, gauges, id: plan.id, caseId: plan.caseId, role: plan.role, plan }
  return {
    ...trial,
    path: plan.path,
    file: plan.file,
    case: plan.case,
    repeat: plan.repeat,
    ...(plan.quality === undefined || right === undefined
      ? {}
      : {
          quality: {
            metric: 'accuracy',
            value: right / 100,
            interval: wilsonInterval(right, 100),
            samples: 100,
          } as const,
        }),
    state: failed ? 'failed' : 'completed',
    error: failed
      ? {
          code: 'SERVEBENCH_SERVER_EXITED',
          message: performance.failed,
          advice: null,
          detail: 'line 1\nout of memory',
        }
      : null,
    verdict: performance.invalid
      ? {
          validity: 'invalid',
          reasons: [{ code: 'foreign-cpu', severity: 'invalid', message: 'Disturbed.', advice: null }],
        }
      : trial.verdict,
    streams,
    slo: failed ? null : judgeStreams(judged, Object.keys(plan.streams).length > 1, gauges),
  }
}
