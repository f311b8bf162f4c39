import type { Trial } from '../../report/result.ts'
import { measurePoint } from '../../report/study/measure-point.ts'
import { withQuality, type KnownQuality } from '../../report/study/study-quality.ts'
import type { StudyMeasurement } from '../../report/study/study-result.ts'
import type { StudyStore, WantedMeasurement } from '../../report/study/study-store.ts'
import type { Nanos } from '../../units/nanos.ts'
import type { DeferredScenario, OpenScenario } from '../matrix-planner.ts'
import type { Finished, Planner, StudyNews, TrialPlan } from '../trial-plan.ts'
import { leaveOutSkipped } from './skipped-configurations.ts'
import { qualityKey, type QualityPlan } from './quality-plan.ts'
import { measurementKey } from './study-identity.ts'
import type { StudyProgress } from './study-progress.ts'
import { StudyRun, type ReadyStudy, type Wanted } from './study-run.ts'

/** A study whose configurations are known, or will be when its `setup` has run. */
export interface PlannedStudy extends Omit<ReadyStudy, 'cases'> {
  readonly cases: ReadyStudy['cases'] | DeferredStudy
}

/** A study whose configurations are known only after its `setup` has run. */
export interface DeferredStudy extends DeferredScenario {
  open(): Promise<OpenStudy>
}

export interface OpenStudy extends OpenScenario {
  /** The whole study, where its space is known only now. */
  readonly study?: ReadyStudy
}

export interface StudyPlannerOptions {
  readonly seed: string
  /** Of what searches draw by chance: a study goes on where it ended if it is the same. The run's seed by default. */
  readonly searchSeed?: string
  /** On a monotonic clock. */
  readonly now: () => Nanos
  /** Earlier measurements of a study; `null`: everything is measured. */
  readonly store: (study: string) => StudyStore | null
  /** What measurements depend on beside their plans: equal records are equal machines. */
  readonly environment: Readonly<Record<string, string>>
  /** Digests of what the local files hold that a plan names, by path. */
  readonly contents?: (plan: Conditions) => Promise<Readonly<Record<string, string>>>
  readonly onFailure: (study: PlannedStudy, error: unknown) => void
}

/** The quality of a configuration's answers, which is found out once for all that answer alike. */
interface WantedQuality {
  readonly plan: QualityPlan
  readonly key: string
}

type Conditions = ReturnType<StudyRun['conditionsOf']>

interface Pending {
  readonly plan: TrialPlan
  readonly wanted: Wanted
  readonly identity: WantedMeasurement
  /** What is found out on the way, unless it is known. */
  readonly quality: WantedQuality | null
  /** When it was asked for. */
  readonly since: Nanos
}

/**
 * Runs studies one after the other: each looks at what was measured, and says what is measured next. What an earlier run has
 * measured on the same machine is taken from there.
 */
export class StudyPlanner implements Planner<Trial>, AsyncDisposable {
  readonly #studies: PlannedStudy[]
  readonly #options: StudyPlannerOptions
  readonly #news: StudyNews[] = []
  #current: StudyRun | null = null
  #store: StudyStore | null = null
  #opened: { readonly study: PlannedStudy; readonly scenario: OpenScenario } | null = null
  #pending: Pending | null = null
  /** Of an earlier run: the rest of a round that is taken over. */
  #round: StudyMeasurement[] = []
  /** Measurements of this run, and what they took together with all that was done for them. */
  #measured = 0
  #taken: Nanos = 0
  #begun: Nanos = 0
  readonly #progress: StudyProgress[] = []
  #isTold = false
  /** Trials that were done when it was last looked for the pending one. */
  #seen = 0
  /** Found out in this run, by {@link qualityKey}. */
  readonly #qualities = new Map<string, NonNullable<StudyMeasurement['quality']>>()
  /** Of the run that measures; known when it begins. */
  #run = ''
  /** Points of the current study whose server has been told of. */
  readonly #known = new Set<string>()

  constructor(studies: readonly PlannedStudy[], options: StudyPlannerOptions) {
    this.#studies = [...studies]
    this.#options = options
  }

  /** @param run the id of the run whose trials these are */
  begin(run: string): void {
    this.#run = run
  }

  async next(done: readonly Trial[]): Promise<TrialPlan | Finished> {
    this.#settle(done)
    if (this.#pending !== null) return this.#pending.plan
    for (;;) {
      const plan = this.#current === null ? null : await this.#plan(this.#current)
      if (plan !== null) return plan
      if (this.#current !== null) {
        this.#tell(this.#current)
        this.#progress.push(this.#progressOf(this.#current))
      }
      await this.#close()
      const study = this.#studies.shift()
      if (study === undefined) return { finished: true }
      await this.#open(study)
    }
  }

  remaining(): number {
    return (this.#current?.remaining() ?? 0) + this.#studies.length
  }

  studyNews(done: readonly Trial[]): readonly StudyNews[] {
    this.#settle(done)
    return this.#news.splice(0)
  }

  studyProgress(done: readonly Trial[]): readonly StudyProgress[] {
    this.#settle(done)
    if (this.#current !== null && !this.#isTold) this.#progress.push(this.#progressOf(this.#current))
    this.#isTold = true
    return this.#progress.splice(0)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#studies.length = 0
    await this.#close()
  }

  /** The next trial that no earlier run has measured; `null` when the study has ended. */
  async #plan(run: StudyRun): Promise<TrialPlan | null> {
    for (;;) {
      const { wanted } = run
      if (wanted === null) return null
      const identity = await this.#identityOf(run, wanted)
      const quality = await this.#qualityOf(run, wanted)
      const isEvaluated = quality !== null && this.#knownQuality(quality) === null
      const earlier = await this.#earlier(run, wanted, identity, isEvaluated)
      if (earlier === null) {
        const planned = run.planOf(wanted)
        const plan = isEvaluated ? { ...planned, quality: quality.plan } : planned
        this.#pending = { plan, wanted, identity, quality, since: this.#options.now() }
        this.#isTold = false
        return plan
      }
      this.#found(run, wanted, { ...earlier, purpose: wanted.purpose }, quality)
    }
  }

  async #earlier(
    run: StudyRun,
    wanted: Wanted,
    identity: WantedMeasurement,
    isEvaluated: boolean,
  ): Promise<StudyMeasurement | null> {
    const store = this.#store
    if (store === null) return null
    const { turns } = run
    const again = isEvaluated ? 'the quality of the answers is to be found out' : null
    if (turns.length === 0) return store.take(identity, again)
    if (wanted === turns[0]) {
      const identities = await Promise.all(turns.map((turn) => this.#identityOf(run, turn)))
      this.#round = [...(store.takeRound(identities) ?? [])]
    }
    return this.#round.shift() ?? null
  }

  async #identityOf(run: StudyRun, wanted: Wanted): Promise<WantedMeasurement> {
    const { environment, contents } = this.#options
    const { study, point } = run.stepOf(wanted)
    const { load, fidelity, round } = wanted
    const conditions = run.conditionsOf(wanted)
    const files = (await contents?.(conditions)) ?? {}
    return {
      study,
      point,
      load,
      fidelity,
      round,
      plan: measurementKey(conditions, run.caseOf(wanted).study?.overall),
      environment,
      ...(Object.keys(files).length === 0 ? {} : { files }),
    }
  }

  #settle(done: readonly Trial[]): void {
    const run = this.#current
    const pending = this.#pending
    // Asked several times for each trial, of which there may be thousands.
    if (run === null || pending === null || done.length === this.#seen) return
    this.#seen = done.length
    const trial = done.findLast(({ id }) => id === pending.plan.id)
    if (trial === undefined) return
    this.#pending = null
    this.#isTold = false
    const { wanted, identity, quality } = pending
    this.#measured += 1
    this.#taken += this.#options.now() - pending.since
    const measurement: StudyMeasurement = {
      ...identity,
      configuration: run.caseOf(wanted).trial.case,
      purpose: wanted.purpose,
      run: this.#run,
      ...measurePoint(trial, run.header.plan, run.caseOf(wanted).study?.overall),
      ...(quality === null || trial.quality === undefined
        ? {}
        : { quality: { ...trial.quality, key: quality.key } }),
    }
    if (measurement.quality !== undefined) this.#qualities.set(measurement.quality.key, measurement.quality)
    // What was cut short by a Ctrl-C says nothing about the configuration.
    if (trial.state !== 'interrupted') this.#store?.add(measurement)
    this.#found(run, wanted, measurement, quality)
  }

  #found(
    run: StudyRun,
    wanted: Wanted,
    measured: StudyMeasurement,
    wantedQuality: WantedQuality | null,
  ): void {
    const { quality = null, qualityLimits = null } = run.caseOf(wanted).study ?? {}
    const known: KnownQuality | null =
      typeof quality === 'number'
        ? { value: quality, interval: null }
        : wantedQuality && this.#knownQuality(wantedQuality)
    const measurement = withQuality(measured, known, qualityLimits)
    run.tell(measurement)
    this.#news.push({ type: 'study-measurement', measurement })
    const { study, point } = measurement
    const { server } = run.caseOf(wanted).trial
    if (server === null || this.#known.has(point)) return
    this.#known.add(point)
    this.#news.push({ type: 'study-server', study, point, server })
  }

  /** How what the answers of a configuration are worth is found out; `null` for a study without labels. */
  async #qualityOf(run: StudyRun, wanted: Wanted): Promise<WantedQuality | null> {
    const { study, trial } = run.caseOf(wanted)
    const plan = study?.quality ?? null
    if (plan === null || typeof plan === 'number') return null
    const files = (await this.#options.contents?.({ ...run.conditionsOf(wanted), quality: plan })) ?? {}
    return { plan, key: qualityKey(plan, trial, files) }
  }

  #knownQuality({ key }: WantedQuality): KnownQuality | null {
    const evaluated = this.#qualities.get(key) ?? this.#store?.quality(key, this.#options.environment)
    return evaluated === undefined
      ? null
      : { value: evaluated.value, interval: evaluated.interval, evaluated }
  }

  #tell(run: StudyRun): void {
    const { header } = run
    const notes = [...header.notes, ...(this.#store?.notes() ?? [])]
    this.#news.push({ type: 'study', study: { ...header, notes } })
  }

  #progressOf(run: StudyRun): StudyProgress {
    const { id, file, path, plan, search, size, state } = run.header
    const measurements = run.remaining()
    const each = this.#measured > 0 ? this.#taken / this.#measured : run.usualTrial
    const budget = plan.budget.time === null ? null : Math.max(0, plan.budget.time - this.#elapsed())
    const time = each === null ? null : measurements * each
    return Object.freeze({
      ...run.standing,
      id,
      file,
      path,
      state,
      search: search.strategy,
      size,
      loads: plan.loads === null ? null : { vary: plan.loads.vary, values: plan.loads.values },
      objectives: plan.objectives.map(({ metric }) => metric),
      measured: this.#measured,
      reused: this.#store?.reused ?? 0,
      again: this.#store?.repetitions ?? [],
      left: { measurements, time: time === null || budget === null ? time : Math.min(time, budget), budget },
    })
  }

  #elapsed(): Nanos {
    return this.#options.now() - this.#begun
  }

  async #open(study: PlannedStudy): Promise<void> {
    try {
      let found: ReadyStudy
      if ('open' in study.cases) {
        const scenario = await study.cases.open()
        this.#opened = { study, scenario }
        found = scenario.study ?? { ...study, cases: scenario.cases }
      } else found = { ...study, cases: study.cases }
      const ready = leaveOutSkipped(found)
      if (ready === null) throw new Error(`all configurations are skipped: ${found.cases[0]?.skip}`)
      const { seed, searchSeed = seed } = this.#options
      this.#begun = this.#options.now()
      this.#measured = 0
      this.#taken = 0
      this.#isTold = false
      const run = new StudyRun(ready, { seed, searchSeed, elapsed: () => this.#elapsed() })
      this.#current = run
      this.#store = this.#options.store(run.id)
      this.#tell(run)
    } catch (error) {
      this.#options.onFailure(study, error)
    }
  }

  async #close(): Promise<void> {
    this.#current = null
    this.#store = null
    this.#known.clear()
    const opened = this.#opened
    this.#opened = null
    if (opened === null) return
    try {
      await opened.scenario.close()
    } catch (error) {
      this.#options.onFailure(opened.study, error)
    }
  }
}
