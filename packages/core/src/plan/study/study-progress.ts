import type { StudyPlan, StudySearchPlan } from '../../dsl/study-plan.ts'
import { meritOf } from '../../report/study/point-evidence.ts'
import type { StudyPurpose } from '../../report/study/study-result.ts'
import type { Repetition } from '../../report/study/study-store.ts'
import type { Nanos } from '../../units/nanos.ts'
import type { StudyFindings } from './study-findings.ts'
import type { Wanted } from './study-run.ts'

/** So many configurations are told with their numbers, besides the baseline. */
const LEADING = 5

/** What a study is at: `candidates` are rules of thumb, which are measured whatever the search does. */
export type StudyPhase = StudyPurpose | 'candidates'

/** A configuration with what it has shown by now. */
export interface StudyLeader {
  /** Of the configuration, as in results. */
  readonly point: string
  /** `instances=2,threads=1` */
  readonly name: string
  /** Where it does best: users, or arrivals per second; `null` where the study has no `loads`. */
  readonly load: number | null
  /** Of the newest measurement there, by the names of `docs/tuning.md`. */
  readonly metrics: Readonly<Record<string, number | null>>
  /** Whether it keeps the constraints. */
  readonly feasible: boolean
  /** Relative, against the baseline; `null` of itself, and where one of both was not measured. */
  readonly gain: number | null
}

/** What a study is measuring. */
export interface StudyCurrent {
  readonly point: string
  readonly name: string
  readonly load: number | null
  /** Position of the load among those of the sweep, counting from 1; `null` between two of them, and without a sweep. */
  readonly loadAt: number | null
  /** Share of the usual length. */
  readonly fidelity: number
}

/** How far the course of a study has come. */
export interface StudyStanding {
  readonly phase: StudyPhase
  /** Of `confirm`, counting from 1; disturbed rounds are made again, so that there may be more than `of`. */
  readonly round: { readonly at: number; readonly of: number } | null
  /** The how-manieth the search looks at, and how many it will look at, at most. */
  readonly configurations: { readonly at: number; readonly most: number }
  /** `null` when it has ended. */
  readonly current: StudyCurrent | null
  readonly baseline: StudyLeader | null
  /** The best first; without the baseline, unless that is among them. What misses a constraint stands behind what keeps all. */
  readonly leading: readonly StudyLeader[]
}

/** A study while it runs: before and after each of its measurements. Frozen, plain data. */
export interface StudyProgress extends StudyStanding {
  /** As in results: stable between runs. */
  readonly id: string
  readonly file: string
  readonly path: readonly string[]
  readonly state: 'running' | 'ended'
  readonly search: StudySearchPlan['strategy']
  /** Configurations of the space. */
  readonly size: number
  /** What the loads of a sweep are, ascending; `null` without `loads`. */
  readonly loads: { readonly vary: 'rate' | 'concurrency'; readonly values: readonly number[] } | null
  /** Metrics that it aims at. */
  readonly objectives: readonly string[]
  /** Measurements of this run. */
  readonly measured: number
  /** Measurements of earlier runs that were taken over. */
  readonly reused: number
  /** Why others are made again. */
  readonly again: readonly Repetition[]
  readonly left: {
    /** At most, with the one that goes on. */
    readonly measurements: number
    /** By how long measurements have taken so far; `null` before the first where that cannot be foreseen. Nanoseconds. */
    readonly time: Nanos | null
    /** Of a budget; `null` without one. */
    readonly budget: Nanos | null
  }
}

/** What {@link standingOf} looks at. */
export interface StudyCourse {
  readonly plan: StudyPlan
  readonly findings: StudyFindings
  readonly nameOf: (point: number) => string
  readonly idOf: (point: number) => string
  readonly baseline: number
  readonly phase: StudyPhase
  readonly wanted: Wanted | null
  readonly explored: ReadonlySet<number>
  readonly most: number
}

export function standingOf(course: StudyCourse): StudyStanding {
  const { plan, baseline, phase, wanted, explored, most } = course
  const isNew = wanted !== null && phase !== 'ablation' && !explored.has(wanted.point)
  const at = explored.size + (isNew ? 1 : 0)
  return {
    phase,
    round: wanted?.round == null ? null : { at: wanted.round + 1, of: plan.confirm.rounds },
    configurations: { at, most: Math.max(at, most) },
    current: wanted === null ? null : currentOf(course, wanted),
    baseline: leaderOf(course, baseline),
    leading: leadingOf(course)
      .map((point) => leaderOf(course, point))
      .filter((leader) => leader !== null),
  }
}

function currentOf({ plan, nameOf, idOf }: StudyCourse, { point, load, fidelity }: Wanted): StudyCurrent {
  const position = load === null ? -1 : (plan.loads?.values.indexOf(load) ?? -1)
  return {
    point: idOf(point),
    name: nameOf(point),
    load,
    loadAt: position < 0 ? null : position + 1,
    fidelity,
  }
}

/** The best few: no sort of thousands of configurations for each measurement. */
function leadingOf({ findings }: StudyCourse): readonly number[] {
  const best: { readonly point: number; readonly merit: number }[] = []
  for (const point of findings.points) {
    const evidence = findings.best(point)
    if (evidence === null || evidence.score === null) continue
    const merit = meritOf(evidence)
    const at = best.findIndex((other) => merit > other.merit)
    if (at >= 0) best.splice(at, 0, { point, merit })
    else if (best.length < LEADING) best.push({ point, merit })
    if (best.length > LEADING) best.pop()
  }
  return best.map(({ point }) => point)
}

function leaderOf({ findings, nameOf, idOf, baseline }: StudyCourse, point: number): StudyLeader | null {
  const [evidence, shown] = [findings.best(point), findings.shown(point)]
  if (evidence === null || shown === null) return null
  const base = point === baseline ? null : (findings.best(baseline)?.score ?? null)
  return {
    point: idOf(point),
    name: nameOf(point),
    load: evidence.load,
    metrics: shown.metrics,
    feasible: evidence.score !== null && evidence.violation <= 0,
    gain: base === null || evidence.score === null ? null : Math.expm1(evidence.score - base),
  }
}
