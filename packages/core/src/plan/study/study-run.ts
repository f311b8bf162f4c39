import { SECOND, type Nanos } from '../../units/nanos.ts'
import { suggest } from '../../units/suggest.ts'
import type { StudyPlan } from '../../dsl/study-plan.ts'
import { createRandom } from '../../stats/seed.ts'
import { caseName } from '../../report/case-name.ts'
import { scoreOf } from '../../report/study/study-metric.ts'
import type {
  SkippedConfigurations,
  StudyHeader,
  StudyMeasurement,
  StudyPurpose,
} from '../../report/study/study-result.ts'
import type { CasePlan } from '../case-plan.ts'
import { trialId } from '../identity.ts'
import { processKey } from '../order.ts'
import { streamsAt } from '../search/load-at.ts'
import type { StudyStep, TrialPlan } from '../trial-plan.ts'
import { ablations } from './ablation.ts'
import { chooseStrategy, searchOf } from './choose-strategy.ts'
import { LoadSweep } from './load-sweep.ts'
import { ownLoad } from './own-load.ts'
import { StudySpace, type Coordinate } from './space.ts'
import { StudyFindings } from './study-findings.ts'
import { pointId, studyId } from './study-identity.ts'
import { outlookOf, type StudyOutlook } from './study-outlook.ts'
import { standingOf, type StudyPhase, type StudyStanding } from './study-progress.ts'

/** After so many configurations none of which could be measured, it is not the configurations. */
const HOPELESS = 5

/** A study with all that its bench file says, ready to be run. */
export interface ReadyStudy {
  readonly file: string
  readonly path: readonly string[]
  readonly plan: StudyPlan
  readonly points: readonly Coordinate[]
  /** One for each point. */
  readonly cases: readonly CasePlan[]
  /** What a reader should know of the space. */
  readonly notes?: readonly string[]
  /** What was left out of the space because this machine cannot run it. */
  readonly skipped?: readonly SkippedConfigurations[]
}

export interface StudyRunOptions {
  readonly seed: string
  /** Of what a search draws by chance. */
  readonly searchSeed: string
  /** Since the study began. */
  readonly elapsed: () => Nanos
}

/** What a study wants to know next. */
export interface Wanted {
  readonly point: number
  readonly load: number | null
  readonly fidelity: number
  readonly purpose: StudyPurpose
  readonly round: number | null
}

/**
 * The course of one study: the baseline, what the search asks for, the best at all loads, and rounds in which the leaders
 * are measured in turns. Pure but for the clock that it is given.
 */
export class StudyRun {
  readonly id: string
  readonly #study: ReadyStudy
  readonly #options: StudyRunOptions
  readonly #space: StudySpace
  readonly #baseline: number
  readonly #search: StudyHeader['search']
  readonly #findings: StudyFindings
  readonly #outlook: StudyOutlook
  readonly #pointOf: ReadonlyMap<string, number>
  readonly #repeats = new Map<string, number>()
  readonly #walk: Generator<Wanted, void, StudyMeasurement>
  readonly #notes: string[]
  #wanted: Wanted | null
  #left = 0
  #phase: StudyPhase = 'baseline'
  #turns: readonly Wanted[] = []
  /** Configurations that the search has looked at. */
  #explored = new Set<number>()

  constructor(study: ReadyStudy, options: StudyRunOptions) {
    this.#study = study
    this.#options = options
    this.id = studyId(study)
    this.#notes = [...(study.notes ?? [])]
    this.#space = new StudySpace(study.plan.axes, study.points)
    this.#baseline = this.#space.findValues(study.plan.baseline) as number
    this.#search = searchOf(study.plan, this.#space.size)
    this.#findings = new StudyFindings(study.plan)
    this.#outlook = outlookOf(study.plan, this.#space.size, study.cases.at(-1))
    this.#pointOf = new Map(study.points.map((_, point) => [this.#idOf(point), point]))
    this.#walk = this.#course()
    this.#wanted = this.#walk.next().value ?? null
  }

  /** What is to be measured next; `null` when the study has ended. */
  get wanted(): Wanted | null {
    return this.#wanted
  }

  /** The round that {@link wanted} belongs to, in its order; empty outside of rounds. */
  get turns(): readonly Wanted[] {
    return this.#wanted?.round == null ? [] : this.#turns
  }

  /** How far it has come. */
  get standing(): StudyStanding {
    return standingOf({
      plan: this.#study.plan,
      findings: this.#findings,
      nameOf: (point) => caseName(this.#space.values(point)),
      idOf: (point) => this.#idOf(point),
      baseline: this.#baseline,
      phase: this.#phase,
      wanted: this.#wanted,
      explored: this.#explored,
      most: Math.max(this.#outlook.explored, this.#explored.size),
    })
  }

  /** One measurement, as far as it can be said before any; `null` when that depends on the server. */
  get usualTrial(): Nanos | null {
    return this.#outlook.trial
  }

  get header(): StudyHeader {
    const { file, path, plan, skipped } = this.#study
    return {
      id: this.id,
      file,
      path,
      plan,
      search: this.#search,
      baseline: this.#idOf(this.#baseline),
      size: this.#space.size,
      ...(skipped === undefined ? {} : { skipped }),
      state: this.#wanted === null ? 'ended' : 'running',
      notes: [...this.#notes],
    }
  }

  /** Measurements that are still to come, about. */
  remaining(): number {
    return this.#wanted === null ? 0 : this.#left
  }

  /** The measurement of {@link wanted}, from a trial or from an earlier run. */
  tell(measurement: StudyMeasurement): void {
    const point = this.#pointOf.get(measurement.point) as number
    this.#findings.add(point, measurement)
    const next = this.#walk.next(measurement)
    this.#wanted = next.done ? null : next.value
  }

  caseOf({ point }: Wanted): CasePlan {
    return this.#study.cases[point] as CasePlan
  }

  stepOf({ point, purpose, round, fidelity }: Wanted): StudyStep {
    return { study: this.id, point: this.#idOf(point), purpose, round, fidelity }
  }

  /** The trial that measures what is wanted; each is another repeat. */
  planOf(wanted: Wanted): TrialPlan {
    const conditions = this.conditionsOf(wanted)
    const caseId = trialId(conditions, 0)
    const repeat = this.#repeats.get(caseId) ?? 0
    this.#repeats.set(caseId, repeat + 1)
    return { ...conditions, id: trialId(conditions, repeat), caseId, repeat }
  }

  /** All that is done to measure what is wanted. */
  conditionsOf(wanted: Wanted): Omit<TrialPlan, 'id' | 'caseId' | 'repeat'> {
    const { trial } = this.caseOf(wanted)
    const { loads } = this.#study.plan
    const { settings, streams } = trial
    const duration = settings.duration ?? 10 * SECOND
    return {
      ...trial,
      case:
        loads === null || wanted.load === null ? trial.case : { ...trial.case, [loads.vary]: wanted.load },
      role: 'study',
      seed: this.#options.seed,
      study: this.stepOf(wanted),
      settings: {
        ...settings,
        ...(wanted.fidelity === 1 ? {} : { duration: Math.round(duration * wanted.fidelity) }),
        records: trial.origins['records'] === undefined ? 'none' : settings.records,
      },
      streams: loads === null || wanted.load === null ? streams : streamsAt(streams, loads.vary, wanted.load),
    }
  }

  *#course(): Generator<Wanted, void, StudyMeasurement> {
    const { plan } = this.#study
    this.#left = this.#outlook.measurements
    yield* this.#configuration(this.#baseline, 'baseline', 1)
    this.#explored.add(this.#baseline)
    const first = this.#findings.best(this.#baseline)
    if (first !== null && first.score === null && this.#findings.wasMeasured(this.#baseline)) {
      const { metrics } = this.#findings.newest(this.#baseline)
      const missing = plan.objectives
        .filter((objective) => scoreOf([objective], metrics) === null)
        .map(({ metric }) => metric)
      const names = missing.map((metric) => `'${metric}'`).join(' and ')
      const known = Object.keys(metrics).filter((name) => metrics[name] !== null)
      const meant = missing.flatMap((metric) => suggest(metric, known) ?? [])
      this.#notes.push(
        `The study ended after its baseline: ${names}, which it aims at, cannot be measured here. ${
          meant.length > 0 ? `Did you mean '${meant.join("' and '")}'?` : advice(names)
        }`,
      )
      return
    }
    this.#phase = 'candidates'
    yield* this.#candidates()
    this.#phase = 'search'
    yield* this.#explore()
    yield* this.#sweepTop()
    yield* this.#ablate()
    yield* this.#confirm()
  }

  /** Rules of thumb are measured, whatever the search makes of them. */
  *#candidates(): Generator<Wanted, void, StudyMeasurement> {
    for (const values of Object.values(this.#study.plan.candidates ?? {})) {
      const point = this.#space.findValues({ ...this.#study.plan.baseline, ...values })
      if (point === null || this.#explored.has(point)) continue
      yield* this.#configuration(point, 'search', 1)
      this.#explored.add(point)
    }
  }

  *#explore(): Generator<Wanted, void, StudyMeasurement> {
    const { plan } = this.#study
    const strategy = chooseStrategy({
      search: this.#search,
      plan,
      space: this.#space,
      baseline: this.#baseline,
      random: createRandom({
        seed: this.#options.searchSeed,
        path: this.#study.path,
        repeat: 0,
        stream: '',
        purpose: 'search',
      }),
      arrange: (points) => this.#arrange(points),
    })
    for (let ask = strategy.ask(); ask !== null; ask = strategy.ask()) {
      const isNew = !this.#explored.has(ask.point)
      if (isNew) {
        const stop = this.#exhausted()
        if (stop !== null) {
          this.#notes.push(stop)
          break
        }
      }
      this.#left = strategy.remaining() * this.#outlook.loadsPerPoint + this.#outlook.finale
      if (isNew || ask.fidelity < 1 || !this.#findings.knowsFully(ask.point))
        yield* this.#configuration(ask.point, 'search', ask.fidelity)
      this.#explored.add(ask.point)
      strategy.tell(ask, this.#findings.observe(ask.point))
    }
    this.#notes.push(...(strategy.notes?.() ?? []))
  }

  /** Why no further configuration is looked at; `null` while there is budget. */
  #exhausted(): string | null {
    const { configurations, time } = this.#study.plan.budget
    if (this.#explored.size >= HOPELESS && !this.#findings.areUsable)
      return `The search ended: none of the first ${this.#explored.size} configurations could be measured.`
    if (configurations !== null && this.#explored.size >= configurations)
      return `The search ended with its budget of ${configurations} configurations.`
    if (time !== null && this.#options.elapsed() + this.#outlook.finaleTime >= time)
      return 'The search ended with the time of its budget.'
    return null
  }

  *#configuration(
    point: number,
    purpose: StudyPurpose,
    fidelity: number,
    // A server as it is may have no load of its own.
    allLoads = !this.#outlook.atOwnLoad || this.#study.cases[point]?.study?.ownLoad !== true,
  ): Generator<Wanted, void, StudyMeasurement> {
    const { loads } = this.#study.plan
    if (loads === null || !allLoads) {
      yield* this.#at(point, this.#ownLoad(point), purpose, fidelity)
      return
    }
    const sweep = new LoadSweep({
      values: loads.values,
      whole: loads.vary === 'concurrency',
      refine: fidelity < 1 ? 0 : loads.refine,
      gain: loads.gain,
    })
    for (let load = sweep.next(); load !== null; load = sweep.next()) {
      const measurement = yield* this.#at(point, load, purpose, fidelity)
      sweep.tell(load, {
        throughput: measurement.metrics['completed'] ? (measurement.metrics['throughput'] ?? null) : null,
        overloaded: measurement.overloaded,
      })
    }
  }

  /** Measures, unless that is known already. */
  *#at(
    point: number,
    load: number | null,
    purpose: StudyPurpose,
    fidelity: number,
  ): Generator<Wanted, StudyMeasurement, StudyMeasurement> {
    const known = this.#findings.of(point).find((one) => one.load === load && one.fidelity === fidelity)
    if (known !== undefined) return known
    const measurement = yield { point, load, fidelity, purpose, round: null }
    this.#left = Math.max(1, this.#left - 1)
    return measurement
  }

  *#sweepTop(): Generator<Wanted, void, StudyMeasurement> {
    if (!this.#outlook.atOwnLoad || !('top' in this.#search)) return
    this.#phase = 'sweep'
    // At its own load none may keep a latency budget, and at a lower one all of them.
    for (const point of [this.#baseline, ...this.#findings.promising().slice(0, this.#search.top)]) {
      if (this.#isOutOfTime()) return
      yield* this.#configuration(point, 'sweep', 1, true)
    }
  }

  /** What each change between the baseline and the best does by itself, and what is lost without it. */
  *#ablate(): Generator<Wanted, void, StudyMeasurement> {
    const [best] = this.#findings.ranked()
    if (!this.#study.plan.ablation || best === undefined || best === this.#baseline) return
    const load = this.#findings.best(best)?.load ?? null
    this.#phase = 'ablation'
    for (const point of ablations(this.#space, this.#baseline, best)) {
      if (this.#isOutOfTime()) return
      yield* this.#at(point, load, 'ablation', 1)
    }
  }

  *#confirm(): Generator<Wanted, void, StudyMeasurement> {
    const { rounds, leaders } = this.#study.plan.confirm
    const best = this.#findings.ranked().filter((point) => point !== this.#baseline)
    const chosen = best.slice(0, leaders)
    if (rounds === 0 || chosen.length === 0) return
    if (this.#findings.wasMeasured(this.#baseline)) chosen.push(this.#baseline)
    if (chosen.length < 2) return
    const turns = this.#arrange(chosen)
    const loads = new Map(turns.map((point) => [point, this.#findings.best(point)?.load ?? null]))
    let usable = 0
    let tried = 0
    this.#phase = 'confirm'
    for (let round = 0; usable < rounds && round < 2 * rounds; round++) {
      // A machine that is never quiet will not become so.
      if (round === rounds && usable === 0) break
      tried = round + 1
      if (round >= 2 && this.#isOutOfTime()) {
        this.#notes.push(`The leaders were compared in ${round} rounds: the time of the budget was up.`)
        return
      }
      let isUsable = true
      this.#left = (rounds - usable) * turns.length
      // To and fro: neighbours in time share a server process, and a drift of the machine hits all alike.
      const order = round % 2 === 0 ? turns : turns.toReversed()
      this.#turns = order.map((point) => ({
        point,
        load: loads.get(point) ?? null,
        fidelity: 1,
        purpose: 'confirm',
        round,
      }))
      for (const turn of this.#turns) {
        const { validity } = yield turn
        isUsable &&= validity !== 'invalid'
        this.#left = Math.max(1, this.#left - 1)
      }
      if (isUsable) usable += 1
    }
    if (usable < rounds)
      this.#notes.push(
        `${usable} of ${tried} rounds were undisturbed for all leaders: compare them on a quieter machine.`,
      )
  }

  #ownLoad(point: number): number | null {
    const { loads } = this.#study.plan
    return loads === null ? null : ownLoad(this.#study.cases[point]?.trial.streams ?? {}, loads.vary)
  }

  /** Points of one server process together, that of the baseline first. */
  #arrange(points: readonly number[]): readonly number[] {
    const keyOf = (point: number): string => processKey(this.#study.cases[point]?.trial.server ?? null)
    const groups = Map.groupBy(points, keyOf)
    const own = keyOf(this.#baseline)
    return [...groups]
      .toSorted(([one], [other]) => Number(other === own) - Number(one === own))
      .flatMap(([, group]) => group)
  }

  #isOutOfTime(): boolean {
    const { time } = this.#study.plan.budget
    return time !== null && this.#options.elapsed() >= time
  }

  #idOf(point: number): string {
    return pointId(this.#space.values(point))
  }
}

function advice(metrics: string): string {
  if (metrics.includes('gauges.') || metrics.includes('power') || metrics.includes('energy'))
    return 'Is there a sampler that reads it on this machine?'
  if (metrics.includes('cost')) return 'Give `cost` a price, or a shape and prices.'
  if (metrics.includes('quality')) return 'Give the study a `quality`.'
  return 'Does the target tell it?'
}
