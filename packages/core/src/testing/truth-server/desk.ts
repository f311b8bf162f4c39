import type { Nanos } from '../../units/nanos.ts'
import { MILLISECOND, SECOND } from '../../units/nanos.ts'
import { type Conduct, plainConduct } from './conduct.ts'
import type { Ledger } from './ledger.ts'
import type { PreciseTimer } from './precise-timer.ts'
import type { TruthProgram } from './program.ts'
import { compileProgram, type ProgramPlan } from './program-plan.ts'
import { Sequences } from './sequence.ts'
import { thaw, type StallWindow } from './stall.ts'
import { Station } from './station.ts'
import { type Replier, Visit, type VisitHead } from './visit.ts'

/** Where requests of all connections come together: gives them their number, their conduct, and their turn. */
export class Desk {
  readonly now: () => Nanos
  readonly timer: PreciseTimer
  readonly ledger: Ledger
  plan: ProgramPlan
  #station: Station
  #sequences = new Sequences()
  #index = 0
  #epoch = 0
  /** Clock zero; NaN before it has started. */
  #zero = NaN
  #extraStalls: StallWindow[] = []
  readonly #cell = new Int32Array(new SharedArrayBuffer(4))

  constructor(now: () => Nanos, timer: PreciseTimer, ledger: Ledger, program: TruthProgram) {
    this.now = now
    this.timer = timer
    this.ledger = ledger
    this.plan = compileProgram(program)
    this.#station = this.#createStation()
    this.#startProgramClock()
  }

  /** Takes another program. Counting and the clock start again; requests in service end as they began. */
  load(program: TruthProgram): void {
    this.plan = compileProgram(program)
    this.reset()
  }

  /** Counts from 0 again: index, clock, ledger, sequences. */
  reset(): void {
    this.#epoch += 1
    this.#index = 0
    this.#zero = NaN
    this.#extraStalls = []
    this.#sequences = new Sequences()
    this.ledger.clear()
    this.#station = this.#createStation()
    this.#startProgramClock()
  }

  /** A header block is complete. */
  admit(head: VisitHead, connection: number, arrival: Nanos, replier: Replier): Visit {
    if (Number.isNaN(this.#zero)) this.#startClock(arrival)
    const index = this.#index++
    const epoch = this.#epoch
    const conduct = this.#conduct(head, index, connection, arrival)
    this.ledger.open(index, connection, arrival)
    return new Visit({
      index,
      connection,
      head,
      arrival,
      conduct,
      ledger: this.ledger,
      replier,
      keepsBody: this.plan.readsBody || conduct.answer.body === 'echo' || conduct.answer.body === 'sum',
      isCurrent: () => this.#epoch === epoch,
    })
  }

  /** The whole request is here. */
  complete(visit: Visit, at: Nanos): void {
    if (visit.gone) return
    if (this.plan.unit !== null) visit.unit = this.plan.unit(visit)
    visit.complete(at)
    if (visit.conduct.answer.body === 'sum') this.#step(visit)
    if (!visit.conduct.early) this.enter(visit, at)
  }

  /** Queue for service. */
  enter(visit: Visit, at: Nanos): void {
    if (this.#station.enter(visit, at)) return
    this.ledger.count('overflowed')
    visit.conduct = plainConduct(visit.conduct, this.plan.overflowStatus, 'The queue is full.', 14)
    visit.finish(at)
  }

  /** Runs `task` at `due`, or when the stall that `due` lies in is over. */
  at(due: Nanos, task: () => void): void {
    this.timer.add(due, {
      run: (instant) => {
        const held = this.hold(instant)
        if (held > instant) this.at(held, task)
        else task()
      },
    })
  }

  /** Freezes the server from now on, on top of what the program says. */
  stall(duration: Nanos, what: 'service' | 'thread'): void {
    const now = this.now()
    if (what === 'thread') this.#sleepUntil(now + duration)
    else this.#extraStalls.push({ from: now, until: now + duration, thread: false })
  }

  /** The first instant from `at` on that lies in no stall. */
  thaw(at: Nanos): Nanos {
    const { stalls } = this.plan
    const zero = this.#zero
    const planned = stalls.length === 0 || Number.isNaN(zero) ? at : thaw(stalls, at - zero) + zero
    return this.#extraStalls.length === 0 ? planned : thaw(this.#extraStalls, planned)
  }

  /** As `thaw`; and what was due before a stall does not happen inside it, just because the thread was late. */
  hold(due: Nanos): Nanos {
    const thawed = this.thaw(due)
    if (thawed > due) return thawed
    const now = this.now()
    const later = this.thaw(now)
    return later > now ? later : due
  }

  #conduct(head: VisitHead, index: number, connection: number, arrival: Nanos): Conduct {
    for (const rule of this.plan.rules) {
      if (rule.matches(head, index, connection, arrival - this.#zero)) return rule.conduct
    }
    return this.plan.base
  }

  #step(visit: Visit): void {
    const { id, start, end, value } = this.plan.sequence
    const result = this.#sequences.step({
      id: id(visit),
      start: start(visit) === 1,
      end: end(visit) === 1,
      value: value(visit),
    })
    if (typeof result === 'string') {
      this.ledger.count('sequenceErrors')
      visit.conduct = plainConduct(visit.conduct, 400, result, 3)
    } else {
      visit.sum = result
    }
  }

  #createStation(): Station {
    const station: Station = new Station(
      this.timer,
      {
        occupancy: (busy, waiting) => {
          if (this.#station !== station) return
          this.ledger.level('inService', busy)
          this.ledger.level('waiting', waiting)
        },
        thaw: (at) => this.thaw(at),
        hold: (due) => this.hold(due),
      },
      this.plan.servers,
      this.plan.places,
    )
    return station
  }

  #startProgramClock(): void {
    if (!this.plan.clockAtFirstRequest) this.#startClock(this.now())
  }

  #startClock(at: Nanos): void {
    this.#zero = at
    const epoch = this.#epoch
    for (const stall of this.plan.stalls) {
      if (!stall.thread) continue
      this.timer.add(at + stall.from, {
        run: () => {
          if (this.#epoch === epoch) this.#sleepUntil(at + stall.until)
        },
      })
    }
  }

  #sleepUntil(instant: Nanos): void {
    for (let left = instant - this.now(); left > 0; left = instant - this.now()) {
      Atomics.wait(this.#cell, 0, 0, Math.min(left, SECOND) / MILLISECOND)
    }
  }
}
