import type { FindMaxPlan } from '../../src/dsl/find-max.ts'
import { buildDistribution } from '../../src/metrics/distribution.ts'
import type { CasePlan } from '../../src/plan/case-plan.ts'
import { SearchPlanner } from '../../src/plan/search/search-planner.ts'
import type { TrialPlan } from '../../src/plan/trial-plan.ts'
import { encodeHdr } from '../../src/report/hdr.ts'
import type { Trial, VerdictReason } from '../../src/report/result.ts'
import type { SearchResult } from '../../src/report/search-result.ts'
import type { SloPlan } from '../../src/slo/slo-plan.ts'
import { SECOND } from '../../src/units/nanos.ts'
import { trialFixture } from '../result-fixture.ts'
import { planned } from './planned-case.ts'

/** What a simulated target does with a load for a while. */
export interface Behaviour {
  /** Of every due request, ns; +∞ for one that failed. */
  readonly responseTimes: Float64Array
  /** Completed per second inside the measurement; that of the load when absent. */
  readonly throughput?: number
  readonly inFlight?: number
  /** Why the measurement is invalid. */
  readonly invalid?: string
  /** Why the trial failed. */
  readonly failed?: string
}

/** A load, per second or in users, for some seconds; `turn` counts the probes of a search. */
export type Target = (load: number, seconds: number, turn: number) => Behaviour

export const P99 = (limit: number): SloPlan => ({
  terms: [
    { metric: 'responseTime', statistic: { percentile: 99 }, limit },
    { metric: 'errorRate', limit: 0.001 },
  ],
  deadline: limit,
})

export interface SearchOptions extends Partial<FindMaxPlan> {
  readonly slo: SloPlan
  /** Of a probe, seconds. */
  readonly seconds?: number
  readonly repeats?: number
  readonly load?: TrialPlan['streams'][string]['load']
}

/** A case whose load is searched for. */
export function searchedCase(options: SearchOptions): CasePlan {
  const { slo, seconds = 10, repeats = 1, load, ...search } = options
  const plain = planned('capacity', { repeats, ...(load === undefined ? {} : { load }) })
  const { main } = plain.trial.streams
  if (main === undefined) throw new Error('The case has no stream main.')
  return {
    ...plain,
    trial: {
      ...plain.trial,
      settings: { ...plain.trial.settings, duration: seconds * SECOND },
      streams: { main: { ...main, slo } },
    },
    search: {
      kind: 'findMax',
      vary: 'rate',
      from: 10,
      to: null,
      precision: 0.02,
      growth: 2,
      confidence: 0.95,
      patience: 8,
      confirm: null,
      atLeast: null,
      ...search,
    },
  }
}

/** Runs a whole search against a simulated target. */
export function search(options: SearchOptions, target: Target): SearchResult {
  const planner = new SearchPlanner(searchedCase(options), 'seed')
  const done: Trial[] = []
  for (let plan = planner.next(done); plan !== null; plan = planner.next(done)) {
    if (done.length > 500) throw new Error('The search does not end.')
    done.push(trialOf(plan, target, done.length))
  }
  return planner.result()
}

/** The measurement of a probe. */
export function trialOf(plan: TrialPlan, target: Target, turn: number): Trial {
  const duration = plan.settings.duration as number
  const behaviour = target(plan.probe?.value as number, duration / SECOND, turn)
  const { responseTimes: samples, invalid, failed } = behaviour
  const finite = samples.filter((time) => time < Infinity)
  const due = samples.length
  const lost = due - finite.length
  const fixture = trialFixture()
  const reasons: VerdictReason[] =
    invalid === undefined
      ? []
      : [{ code: invalid, severity: 'invalid', message: `It was ${invalid}.`, advice: null }]
  const metrics = {
    counts: { ...fixture.counts, due, sent: due, completed: finite.length, failed: lost },
    offeredLoad: (due * SECOND) / duration,
    throughput: behaviour.throughput ?? (finite.length * SECOND) / duration,
    responseTime: buildDistribution({ samples: finite, hdr: encodeHdr }),
    responseTimeWithFailures: buildDistribution({ samples, failures: lost, hdr: encodeHdr }),
    inFlight: { mean: behaviour.inFlight ?? 1, max: behaviour.inFlight ?? 1 },
  }
  return {
    ...fixture,
    ...metrics,
    id: plan.id,
    caseId: plan.caseId,
    file: plan.file,
    path: plan.path,
    case: plan.case,
    repeat: plan.repeat,
    role: plan.role,
    plan,
    streams: { main: { ...fixture, ...metrics } },
    phases: {
      warmup: { from: 0, until: 0 },
      measurement: { from: 0, until: duration },
      drain: { from: duration, until: duration },
    },
    state: failed === undefined ? 'completed' : 'failed',
    error:
      failed === undefined
        ? null
        : { code: 'SERVEBENCH_TEST', message: failed, advice: null, detail: null, exitCode: 4 },
    verdict: { validity: invalid === undefined ? 'valid' : 'invalid', reasons },
    slo: null,
  }
}
