import type { Trial } from '../../report/result.ts'
import { measurePoint } from '../../report/study/measure-point.ts'
import { withQuality, type KnownQuality } from '../../report/study/study-quality.ts'
import type { StudyMeasurement } from '../../report/study/study-result.ts'
import type { StudyStore } from '../../report/study/study-store.ts'
import type { Nanos } from '../../units/nanos.ts'
import type { DeferredScenario, OpenScenario } from '../matrix-planner.ts'
import type { Finished, Planner, StudyNews, TrialPlan } from '../trial-plan.ts'
import { leaveOutSkipped } from './skipped-configurations.ts'
import { qualityKey, type QualityPlan } from './quality-plan.ts'
import { measurementKey } from './study-identity.ts'
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
  /** On a monotonic clock. */
  readonly now: () => Nanos
  /** Earlier measurements of a study; `null`: everything is measured. */
  readonly store: (study: string) => StudyStore | null
  /** What measurements depend on beside their plans: equal records are equal machines. */
  readonly environment: Readonly<Record<string, string>>
  readonly onFailure: (study: PlannedStudy, error: unknown) => void
}

/** The quality of a configuration's answers, which is found out once for all that answer alike. */
interface WantedQuality {
  readonly plan: QualityPlan
  readonly key: string
  /** `null` as long as nobody has asked. */
  readonly known: KnownQuality | null
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
  #pending: {
    readonly plan: TrialPlan
    readonly wanted: Wanted
    readonly key: string
    readonly quality: WantedQuality | null
  } | null = null
  /** Found out in this run, by {@link qualityKey}. */
  readonly #qualities = new Map<string, NonNullable<StudyMeasurement['quality']>>()
  /** Of the run that measures; known when it begins. */
  #run = ''

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
      const plan = this.#current === null ? null : this.#plan(this.#current)
      if (plan !== null) return plan
      if (this.#current !== null) this.#tell(this.#current)
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

  async [Symbol.asyncDispose](): Promise<void> {
    this.#studies.length = 0
    await this.#close()
  }

  /** The next trial that no earlier run has measured; `null` when the study has ended. */
  #plan(run: StudyRun): TrialPlan | null {
    for (;;) {
      const { wanted } = run
      if (wanted === null) return null
      const planned = run.planOf(wanted)
      const key = measurementKey(planned)
      const { environment } = this.#options
      const { study, point } = run.stepOf(wanted)
      const { load, fidelity, round } = wanted
      const quality = this.#qualityOf(run, wanted)
      const evaluates = quality !== null && quality.known === null
      const earlier =
        this.#store?.take(
          { study, point, load, fidelity, round, plan: key, environment },
          evaluates ? 'the quality of the answers is to be found out' : null,
        ) ?? null
      if (earlier === null) {
        const plan = evaluates ? { ...planned, quality: quality.plan } : planned
        this.#pending = { plan, wanted, key, quality: evaluates ? quality : null }
        return plan
      }
      this.#found(run, wanted, { ...earlier, purpose: wanted.purpose })
    }
  }

  #settle(done: readonly Trial[]): void {
    const run = this.#current
    const pending = this.#pending
    if (run === null || pending === null) return
    const trial = done.findLast(({ id }) => id === pending.plan.id)
    if (trial === undefined) return
    this.#pending = null
    const { wanted, key, quality } = pending
    const { study, point } = run.stepOf(wanted)
    const { load, fidelity, purpose, round } = wanted
    const measurement: StudyMeasurement = {
      study,
      point,
      configuration: run.caseOf(wanted).trial.case,
      load,
      purpose,
      round,
      fidelity,
      run: this.#run,
      ...measurePoint(trial, run.header.plan),
      ...(quality === null || trial.quality === undefined
        ? {}
        : { quality: { ...trial.quality, key: quality.key } }),
      ...serverOf(trial),
      plan: key,
      environment: this.#options.environment,
    }
    if (measurement.quality !== undefined) this.#qualities.set(measurement.quality.key, measurement.quality)
    // What was cut short by a Ctrl-C says nothing about the configuration.
    if (trial.state !== 'interrupted') this.#store?.add(measurement)
    this.#found(run, wanted, measurement)
  }

  #found(run: StudyRun, wanted: Wanted, measured: StudyMeasurement): void {
    const { quality = null, qualityLimits = null } = run.caseOf(wanted).study ?? {}
    const known: KnownQuality | null =
      typeof quality === 'number'
        ? { value: quality, interval: null }
        : (this.#qualityOf(run, wanted)?.known ?? null)
    const measurement = withQuality(measured, known, qualityLimits)
    run.tell(measurement)
    this.#news.push({ type: 'study-measurement', measurement })
  }

  /** What the answers of a configuration are worth, where that is to be found out; `null` for a study without labels. */
  #qualityOf(run: StudyRun, wanted: Wanted): WantedQuality | null {
    const { study, trial } = run.caseOf(wanted)
    const quality = study?.quality ?? null
    if (quality === null || typeof quality === 'number') return null
    const key = qualityKey(quality, trial)
    const evaluated = this.#qualities.get(key) ?? this.#store?.quality(key, this.#options.environment)
    const known =
      evaluated === undefined ? null : { value: evaluated.value, interval: evaluated.interval, evaluated }
    return { plan: quality, key, known }
  }

  #tell(run: StudyRun): void {
    const { header } = run
    const notes = [...header.notes, ...(this.#store?.notes() ?? [])]
    this.#news.push({ type: 'study', study: { ...header, notes } })
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
      const begun = this.#options.now()
      const run = new StudyRun(ready, {
        seed: this.#options.seed,
        elapsed: () => this.#options.now() - begun,
      })
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

function serverOf({ server }: Trial): Pick<StudyMeasurement, 'server'> {
  return server === null || server.version === null ? {} : { server: `${server.kind} ${server.version}` }
}
