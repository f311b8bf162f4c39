import type { ClosedLoadPlan, OpenLoadPlan, PopulationSegment, RateSegment } from '../arrival/load-plan.ts'
import { Population, populationOf } from '../arrival/population.ts'
import type { Schedule } from '../arrival/schedule.ts'
import type { Nanos } from '../units/nanos.ts'
import { share } from './share.ts'
import { UserInputs } from './user-inputs.ts'

/** Units of different stages never share a number: stage k counts from k × this. */
const STAGE_UNITS = 1e12

/** One stage of a stream's load in a worker. */
export interface LoadStage {
  readonly plan: OpenLoadPlan | ClosedLoadPlan
  /** From the start of the measurement; Infinity when the stage lasts to the end. */
  readonly until: Nanos
  /** Only for open loads: this worker's part, on the stage's own clock. The first stage's plan begins at A. */
  readonly schedule: Schedule | null
}

export interface LoadWalkOptions {
  readonly stages: readonly LoadStage[]
  readonly worker: number
  readonly workers: number
  /** Before the first stage, when that cannot run unmeasured: a single user. */
  readonly warmUpFirst: boolean
  /** How long after it joins a user begins. */
  readonly stagger: (stage: number, user: number) => Nanos
  /** Inputs that end: for how many units each user has some, or all users together where there is one number. */
  readonly userUnits?: readonly number[] | null
}

/**
 * When the units of one stream fall due in one worker: arrivals of open stages, users of closed ones. All workers walk
 * through the same load; each takes every n-th arrival and every n-th user, so their number changes nothing.
 */
export class LoadWalk {
  /** Number of the current stage; −1 while a single user warms up. */
  stage: number
  stageStart: Nanos = 0
  stageEnd: Nanos = Infinity
  /** When the next user joins; Infinity when none does. */
  nextJoin: Nanos = Infinity

  readonly #stages: readonly LoadStage[]
  readonly #worker: number
  readonly #workers: number
  readonly #stagger: (stage: number, user: number) => Nanos
  #measureFrom: Nanos = Infinity
  #schedule: Schedule | null = null
  #population: Population | null = null
  /** Whether the population ever changes: only then can a user be sent away. */
  #changes = false
  /** This worker's users that are there, by (number − worker) / workers. */
  #present: Uint8Array = new Uint8Array(0)
  /** The first user of this worker that is not there. */
  #absent = 0
  /** When a user has joined or left last, from the start of the stage. */
  #since: Nanos = 0
  /** Units that users of this worker have begun in the stage. */
  #userUnits = 0
  /** Units that may still begin inside the measurement; Infinity without a fixed count. */
  #unitsLeft = Infinity
  readonly #inputs: UserInputs | null

  constructor(options: LoadWalkOptions) {
    this.#stages = options.stages
    this.#worker = options.worker
    this.#workers = options.workers
    this.#stagger = options.stagger
    this.#inputs = options.userUnits ? new UserInputs(options.userUnits, this.#worker, this.#workers) : null
    this.stage = options.warmUpFirst ? -1 : 0
    this.#enter(0)
  }

  /** Tells the start of the measurement, once it is decided: the stages' boundaries and rates follow from it. */
  resolve(measureFrom: Nanos): void {
    if (measureFrom === this.#measureFrom) return
    this.#measureFrom = measureFrom
    this.stageEnd = this.#endOf(this.stage)
    const first = this.#stages[0] as LoadStage
    if (this.stage !== 0) return
    first.schedule?.begin(measureFrom)
    if (first.plan.loop === 'closed') this.#changePopulation(first.plan, measureFrom)
  }

  /** Moves to the next stage when the current one is over and all its arrivals are taken. */
  nextStage(now: Nanos): boolean {
    if (now < this.stageEnd || this.stage + 1 >= this.#stages.length) return false
    const start = this.stageEnd
    this.stage += 1
    this.stageEnd = this.#endOf(this.stage)
    this.#enter(start)
    return true
  }

  /** When this worker's next arrival is due; Infinity when the stage has no more (or is a closed loop). */
  peek(): Nanos {
    if (this.#schedule === null) return Infinity
    const due = this.stageStart + this.#schedule.peek()
    return due < this.stageEnd ? due : Infinity
  }

  /** Takes the arrival that {@link peek} showed; its unit number. */
  take(): number {
    const schedule = this.#schedule as Schedule
    const unit = this.stage * STAGE_UNITS + schedule.unit
    schedule.advance()
    return unit
  }

  /** The user who joins at {@link nextJoin}. */
  takeUser(): number {
    const user = this.#absent
    const row = this.#rowOf(user)
    if (row >= this.#present.length) {
      const larger = new Uint8Array(2 * row + 1)
      larger.set(this.#present)
      this.#present = larger
    }
    this.#present[row] = 1
    this.#since = this.nextJoin - this.stageStart
    this.#findAbsent()
    return user
  }

  /** How long after it has joined a user begins. */
  stagger(user: number): Nanos {
    return this.stage < 0 ? 0 : this.#stagger(this.stage, user)
  }

  /** Whether a user that is there goes on at an instant. */
  wants(user: number, at: Nanos): boolean {
    return !this.#changes || (this.#population as Population).at(at - this.stageStart) > user
  }

  /** A user goes; it may be wanted again later. */
  leave(user: number, at: Nanos): void {
    if (!this.#changes) return
    this.#present[this.#rowOf(user)] = 0
    if (user < this.#absent) this.#absent = user
    this.#since = at - this.stageStart
    this.#findAbsent()
  }

  /** The number of a unit that a user begins, or −1 when the fixed count is reached or the user has no input left. */
  takeUserUnit(user: number, measured: boolean): number {
    if (measured && this.#unitsLeft <= 0) return -1
    if (this.#inputs?.take(user) === false) return -1
    if (measured) this.#unitsLeft -= 1
    const unit = Math.max(0, this.stage) * STAGE_UNITS + this.#userUnits * this.#workers + this.#worker
    this.#userUnits += 1
    return unit
  }

  /** Whether an arrival before `until` is still to come. */
  hasPopulationDue(now: Nanos, until: Nanos): boolean {
    if (this.#schedule !== null) return this.peek() < until
    // Users: before B they are either in flight or about to be; a fixed count is over when no unit is left.
    return now < until && this.#unitsLeft > 0 && this.#inputs?.left !== 0
  }

  /** A controller's change of rate, in ns from the start of the load. */
  append(segment: RateSegment): void {
    this.#schedule?.append({
      ...segment,
      from: segment.from - this.stageStart,
      until: segment.until === null ? null : segment.until - this.stageStart,
    })
  }

  /** A controller's change of the number of users, in ns from the start of the load. */
  populate(segment: PopulationSegment): void {
    if (this.#population === null) return
    this.#changes = true
    this.#population.append({
      ...segment,
      from: segment.from - this.stageStart,
      until: segment.until === null ? null : segment.until - this.stageStart,
    })
    this.#findAbsent()
  }

  #endOf(stage: number): Nanos {
    if (this.#measureFrom === Infinity) return Infinity
    if (stage < 0) return this.#measureFrom
    return this.#measureFrom + (this.#stages[stage] as LoadStage).until
  }

  #enter(start: Nanos): void {
    this.stageStart = start
    this.#userUnits = 0
    this.#schedule = null
    this.#population = null
    this.#changes = false
    this.#present = new Uint8Array(0)
    this.#absent = this.#worker
    this.nextJoin = Infinity
    this.#unitsLeft = Infinity
    if (this.stage < 0) {
      if (this.#worker === 0) this.#settle([{ from: 0, until: null, users: 1, usersEnd: 1 }], 1)
      return
    }
    const { plan, schedule } = this.#stages[this.stage] as LoadStage
    if (plan.loop === 'open') {
      this.#schedule = schedule
      // The first stage may run unmeasured, and begins at A; a later one begins at once.
      if (this.stage > 0) schedule?.begin(0)
      else if (this.#measureFrom < Infinity) schedule?.begin(this.#measureFrom - start)
      return
    }
    const [initial] = populationOf(plan)
    const users = Math.floor(initial?.users ?? 0)
    this.#settle([{ from: 0, until: null, users, usersEnd: users }], plan.concurrency)
    if (this.stage > 0) this.#changePopulation(plan, 0)
    if (plan.requests !== null) this.#unitsLeft = share(plan.requests, this.#worker, this.#workers)
  }

  #settle(segments: readonly PopulationSegment[], most: number): void {
    this.#population = new Population(segments)
    this.#present = new Uint8Array(share(most, this.#worker, this.#workers))
    this.#since = 0
    this.#findAbsent()
  }

  #changePopulation(plan: ClosedLoadPlan, start: Nanos): void {
    if (plan.population === undefined) return
    this.#changes = true
    for (const segment of plan.population) {
      this.#population?.append({
        ...segment,
        from: segment.from + start,
        until: segment.until === null ? null : segment.until + start,
      })
    }
    this.#findAbsent()
  }

  /** Looks for the next user that joins. */
  #findAbsent(): void {
    let user = this.#absent
    while (this.#present[this.#rowOf(user)] === 1) user += this.#workers
    this.#absent = user
    this.nextJoin = this.stageStart + (this.#population as Population).joins(user, this.#since)
  }

  #rowOf(user: number): number {
    return (user - this.#worker) / this.#workers
  }
}
