import type { Snapshot } from '../hooks/contexts.ts'
import { messageOf } from '../errors/plugin-error.ts'
import type { StudyProgress } from '../plan/study/study-progress.ts'
import type { TrialPlan } from '../plan/trial-plan.ts'
import type { Trial } from '../report/result.ts'
import { SECOND } from '../units/nanos.ts'
import { PlainProgress } from './plain-progress.ts'
import type { Progress } from './progress.ts'

/** A run that is over sooner is not worth the time that loading a drawing takes. */
const BRIEF = SECOND
const FEW_REQUESTS = 100

/**
 * The progress of a run on a terminal. A drawing costs 0.4 s of loading: it is loaded when a run turns out to be long
 * enough to be watched, beside the start of its server, and no load starts meanwhile. Until then there are plain lines.
 */
export class TerminalProgress implements Progress {
  readonly #load: () => Promise<() => Progress>
  #shown: Progress
  #loading: Promise<void> | null = null
  #isLoaded = false
  #isClosed = false
  /** Not shown yet, because it is not decided how. */
  #kept: Snapshot | null = null
  /** The newest, until the drawing has it. */
  #study: StudyProgress | null = null

  /** @param load resolves to what creates the drawing */
  constructor(load: () => Promise<() => Progress>, plain: Progress = new PlainProgress()) {
    this.#load = load
    this.#shown = plain
  }

  info(message: string): void {
    this.#shown.info(message)
  }

  warn(message: string): void {
    this.#shown.warn(message)
  }

  snapshot(snapshot: Snapshot): void {
    if (this.#isLoaded) {
      this.#shown.snapshot(snapshot)
      return
    }
    if (snapshot.trial === null) return
    this.#kept = snapshot
    this.#decide(null)
  }

  study(progress: StudyProgress): void {
    this.#study = progress
    if (this.#isLoaded || (this.#loading === null && this.#kept === null)) this.#shown.study(progress)
  }

  async trialStarting(plan: TrialPlan): Promise<void> {
    this.#decide(plan)
    await this.#loading
  }

  trialDone(trial: Trial): void {
    this.#showKept()
    this.#shown.trialDone(trial)
  }

  stopping(): void {
    this.#shown.stopping()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#shown.close()
  }

  restore(): void {
    this.#isClosed = true
    this.#shown.restore()
  }

  #decide(plan: TrialPlan | null): void {
    if (this.#loading !== null || this.#kept === null) return
    const brief = isBrief(this.#kept, plan)
    if (brief === null) return
    if (brief) this.#showKept()
    else this.#loading = this.#open()
  }

  async #open(): Promise<void> {
    try {
      const create = await this.#load()
      if (this.#isClosed) return
      this.#shown = create()
      this.#isLoaded = true
    } catch (error) {
      this.#shown.warn(`The progress display cannot be loaded: ${messageOf(error)}`)
    }
    this.#showKept()
  }

  #showKept(): void {
    if (this.#study !== null) this.#shown.study(this.#study)
    this.#study = null
    if (this.#kept !== null) this.#shown.snapshot(this.#kept)
    this.#kept = null
  }
}

/** Whether a run is over at once; `null` when that takes the plan to tell. */
function isBrief({ run, trial }: Snapshot, plan: TrialPlan | null): boolean | null {
  if (run.trialsTotal - run.trialsDone > 1) return false
  const total = trial?.total ?? null
  if (total !== null) return total < BRIEF
  return plan === null ? null : requestsOf(plan) <= FEW_REQUESTS
}

/** Of a closed loop with a fixed number of them. */
function requestsOf(plan: TrialPlan): number {
  return Object.values(plan.streams).reduce(
    (sum, { load }) => sum + (load.loop === 'closed' ? (load.requests ?? Infinity) : Infinity),
    0,
  )
}
