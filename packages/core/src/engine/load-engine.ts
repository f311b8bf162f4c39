import { blankPatch } from './patch.ts'
import { crc32 } from 'node:zlib'
import type { Clock } from '../clock/clock.ts'
import { failureCode, RecordPhase } from '../report/record-block.ts'
import type { Nanos } from '../units/nanos.ts'
import type { AnswerCapture } from './answer-capture.ts'
import type { TrialControl } from './control.ts'
import { DeadlineWheel } from './deadline-wheel.ts'
import { LIVE_INDEX, type LiveView } from './live-view.ts'
import { FailureKind, Outcome, type BlockedReason } from './outcome.ts'
import { OverflowQueue } from './overflow-queue.ts'
import type { Recorder } from './recorder.ts'
import { ServerStage, type Exchange, type Patch, type Prepared } from './session.ts'
import { SlotState, SlotTable } from './slot-table.ts'
import type { StreamLoad } from './stream-load.ts'
import { TimerHeap } from './timer-heap.ts'
import { NO_WALKER, WalkerTable } from './walker-table.ts'

export interface EngineOptions {
  readonly clock: Clock
  readonly control: TrialControl
  readonly live: LiveView
  readonly recorder: Recorder
  /** This worker's share of the cap on requests in flight. */
  readonly maxInFlight: number
  readonly overflow: 'queue' | 'drop'
  readonly capture: AnswerCapture | null
  /** Called when an answer has made something due before the instant that {@link LoadEngine.turn} returned. */
  readonly wake: () => void
}

/** The in-flight integral and its extremes over the measurement, as counted live: the accounting gate's other half. */
export interface InFlightTotals {
  /** Request-nanoseconds between dispatch and settlement inside [A, B). */
  readonly area: number
  readonly max: number
}

/**
 * The measuring engine of one load worker: dispatches what is due, times every exchange, and settles each due request
 * exactly once. It is driven by {@link turn} (from a scheduler or a virtual clock) and by its sessions' callbacks; it
 * waits for nothing and allocates nothing per request.
 */
export class LoadEngine implements Exchange {
  capture: Uint8Array
  readonly #clock: Clock
  readonly #control: TrialControl
  readonly #live: Float64Array
  readonly #view: LiveView
  readonly #recorder: Recorder
  readonly #answers: AnswerCapture | null
  readonly #streams: StreamLoad[] = []
  /** CRC-32 of what has come of each answer, for streams that check it. */
  #crc: Uint32Array
  #checksCrc = false
  readonly #slots: SlotTable
  readonly #wheel = new DeadlineWheel()
  readonly #timers = new TimerHeap()
  readonly #walkers = new WalkerTable()
  readonly #queue = new OverflowQueue()
  readonly #drops: boolean
  readonly #wakeUp: () => void
  readonly #expire = (slot: number): void => this.#timeOut(slot)
  readonly #patch: Patch = blankPatch()

  #inFlight = 0
  #maxInFlight = 0
  #area = 0
  #areaAt: Nanos = 0
  #measuring = false
  #measured = false
  /** The next instant at which the integral has to be cut: A, then B. Infinity while that is not decided. */
  #mark: Nanos = Infinity
  /** Requests of the population that are not settled. */
  #populationOpen = 0
  /** Depth of `open` calls: a settlement inside one must not start the next request recursively. */
  #opening = 0
  #deferred: Int32Array = new Int32Array(64)
  #deferredSpare: Int32Array = new Int32Array(64)
  #deferredCount = 0
  #lastSettlement: Nanos = 0
  /** What the last turn returned: the driver looks again then. */
  #announced: Nanos = -Infinity
  #finishing = false

  constructor(options: EngineOptions) {
    this.#clock = options.clock
    this.#control = options.control
    this.#view = options.live
    this.#live = options.live.fields
    this.#recorder = options.recorder
    this.#drops = options.overflow === 'drop'
    this.#answers = options.capture
    this.#wakeUp = options.wake
    this.#slots = new SlotTable(options.maxInFlight)
    this.capture = new Uint8Array(this.#slots.capacity)
    this.#crc = new Uint32Array(this.#slots.capacity)
  }

  /** Adds a stream; its index is its position. All streams are added before the first turn. */
  add(stream: StreamLoad): void {
    this.#streams.push(stream)
    if (stream.expectedCrc >= 0) this.#checksCrc = true
  }

  get inFlight(): number {
    return this.#inFlight
  }
  /** The instant of the last settlement of the population. */
  get lastSettlement(): Nanos {
    return this.#lastSettlement
  }
  get slotCapacity(): number {
    return this.#slots.capacity
  }
  get inFlightTotals(): InFlightTotals {
    return { area: this.#area, max: this.#maxInFlight }
  }

  /** No request of the population is open or will become due. */
  isSettled(now: Nanos): boolean {
    if (this.#populationOpen > 0) return false
    const until = this.#control.measureUntil
    if (this.#queue.size > 0 && this.#queue.intended < until) return false
    for (let index = 0; index < this.#streams.length; index++) {
      if ((this.#streams[index] as StreamLoad).walk.hasPopulationDue(now, until)) return false
    }
    return this.#timers.size === 0 || now >= until || this.#timers.peek() >= until
  }

  /**
   * Does all that is due at `now`.
   * @returns the next instant at which something is due by itself; Infinity when only answers can bring work
   */
  turn(now: Nanos): Nanos {
    this.#announced = -Infinity
    // The end of the measurement may have been brought forward.
    if (this.#measuring) this.#mark = this.#control.measureUntil
    this.#integrate(now)
    const arrivalsUntil = this.#control.arrivalsUntil
    this.#runDeferred()
    let next = Infinity
    if (now < arrivalsUntil) {
      for (let index = 0; index < this.#streams.length; index++) {
        const stream = this.#streams[index] as StreamLoad
        const { walk } = stream
        walk.resolve(this.#control.measureFrom)
        let due: Nanos
        do {
          due = walk.peek()
          while (due <= now && due < arrivalsUntil) {
            this.#arrive(stream, due)
            due = walk.peek()
          }
          this.#startUsers(stream, now)
        } while (walk.nextStage(now))
        if (due < next) next = due
        if (walk.nextJoin < next) next = walk.nextJoin
        if (walk.stageEnd < next) next = walk.stageEnd
      }
    }
    while (this.#timers.size > 0 && this.#timers.peek() <= now) this.#wake(this.#timers.peek())
    this.#wheel.advance(now, this.#expire)
    if (now >= this.#control.drainUntil && !this.#finishing) this.#finish()
    if (this.#timers.peek() < next) next = this.#timers.peek()
    this.#live[LIVE_INDEX.populationOpen] = this.#populationOpen
    this.#live[LIVE_INDEX.turns]! += 1
    this.#announced = this.#deferredCount > 0 ? now : next
    return this.#announced
  }

  // ---- due ---------------------------------------------------------------

  #arrive(stream: StreamLoad, due: Nanos): void {
    const unit = stream.walk.take()
    const walker =
      stream.steps > 1 ? this.#walkers.take(stream.index, -1, stream.walk.stage, unit) : NO_WALKER
    this.#due(stream, unit, 0, walker, due)
  }

  /** Users are due when they join, or a little later when they are to be staggered. */
  #startUsers(stream: StreamLoad, now: Nanos): void {
    const { walk } = stream
    while (walk.nextJoin <= now && walk.nextJoin < walk.stageEnd) {
      const joined = walk.nextJoin
      const user = walk.takeUser()
      const walker = this.#walkers.take(stream.index, user, walk.stage, -1)
      const begins = joined + walk.stagger(user)
      if (begins > now) this.#remind(begins, walker, 0)
      else this.#nextUnit(stream, walker, begins)
    }
  }

  /** A user begins a new unit, or leaves. */
  #nextUnit(stream: StreamLoad, walker: number, intended: Nanos): void {
    const { walk } = stream
    if (
      this.#walkers.stage[walker] !== walk.stage ||
      intended >= this.#control.arrivalsUntil ||
      intended >= walk.stageEnd
    ) {
      this.#walkers.release(walker)
      return
    }
    const user = this.#walkers.user[walker] as number
    if (!walk.wants(user, intended)) {
      this.#walkers.release(walker)
      walk.leave(user, intended)
      return
    }
    const unit = walk.takeUserUnit(user, intended >= this.#control.measureFrom)
    if (unit < 0) {
      this.#walkers.release(walker)
      return
    }
    this.#walkers.unit[walker] = unit
    this.#walkers.step[walker] = 0
    this.#walkers.began[walker] = intended
    this.#due(stream, unit, 0, walker, intended)
  }

  /** One request is due: it gets a slot now, waits for one, or is dropped. */
  #due(stream: StreamLoad, unit: number, step: number, walker: number, intended: Nanos): void {
    this.#live[LIVE_INDEX.due]! += 1
    if (this.#queue.size === 0) {
      const slot = this.#slots.take()
      if (slot >= 0) {
        this.#dispatch(stream, slot, unit, step, walker, intended)
        return
      }
    }
    if (this.#drops) {
      this.#unsent(stream, unit, step, walker, intended, Outcome.dropped)
      this.#live[LIVE_INDEX.dropped]! += 1
      return
    }
    this.#queue.push(stream.index, unit, step, walker, intended)
    this.#live[LIVE_INDEX.queued] = this.#queue.size
  }

  #dispatch(
    stream: StreamLoad,
    slot: number,
    unit: number,
    step: number,
    walker: number,
    intended: Nanos,
  ): void {
    const slots = this.#slots
    if (slot >= this.capture.length) this.#growCapture()
    const prepared = stream.payload(unit, step)
    const now = this.#clock.now()
    slots.unit[slot] = unit
    slots.index[slot] = step
    slots.walker[slot] = walker
    slots.payload[slot] = prepared.index
    slots.stream[slot] = stream.index
    slots.attempt[slot] = 0
    slots.intended[slot] = intended
    slots.dispatched[slot] = now
    slots.state[slot] = SlotState.open
    this.#integrate(now)
    this.#inFlight += 1
    if (this.#inFlight > this.#maxInFlight && this.#measuring) this.#maxInFlight = this.#inFlight
    if (intended >= this.#control.measureFrom && intended < this.#control.measureUntil)
      this.#populationOpen += 1
    const live = this.#live
    live[LIVE_INDEX.dispatched]! += 1
    live[LIVE_INDEX.inFlight] = this.#inFlight
    this.#view.lag.record(now - intended)
    this.#wheel.set(slot, intended + stream.timeout)
    this.#open(stream, slot, prepared)
  }

  #open(stream: StreamLoad, slot: number, prepared: Prepared): void {
    const slots = this.#slots
    slots.sent[slot] = NaN
    slots.firstByte[slot] = NaN
    slots.lastMessage[slot] = NaN
    slots.serverQueue[slot] = NaN
    slots.serverCompute[slot] = NaN
    slots.bytesIn[slot] = 0
    slots.messages[slot] = 0
    slots.written[slot] = 1
    const captured =
      stream.captures && this.#answers !== null && this.#measures(slots.intended[slot] as number)
    const begun = captured && this.#answers.begin(slot)
    this.capture[slot] = begun || stream.expectedCrc >= 0 ? 1 : 0
    this.#crc[slot] = 0
    this.#fillPatch(
      stream,
      slots.unit[slot] as number,
      slots.index[slot] as number,
      slots.attempt[slot] as number,
      slots.walker[slot] as number,
    )
    if (stream.messages > 1 || stream.streaming) {
      const at = (slots.dispatched[slot] as number) + stream.interval
      this.#remind(at, -1 - slot, slots.unit[slot] as number)
    }
    this.#opening += 1
    try {
      stream.session.open(slot, prepared, this.#patch)
    } catch {
      // A session must not throw; when it does, the exchange is settled as its defect.
      if (this.#isOpen(slot)) this.fail(slot, FailureKind.internal, 0)
    }
    this.#opening -= 1
  }

  #fillPatch(stream: StreamLoad, unit: number, step: number, attempt: number, walker: number): void {
    const patch = this.#patch
    patch.user = walker === NO_WALKER ? -1 : (this.#walkers.user[walker] as number)
    patch.attempt = attempt
    patch.unit = unit
    patch.sequence = unit + 1
    patch.start = step === 0
    patch.end = step === stream.steps - 1
    stream.salt(unit, step, attempt, patch)
  }

  /** A timer has run out: a user or a sequence goes on, or a stream's next message is due. */
  #wake(at: Nanos): void {
    const id = this.#timers.id
    const tag = this.#timers.tag
    this.#timers.pop()
    if (id < 0) {
      this.#writeNext(-1 - id, tag)
      return
    }
    this.#continue(id, at)
  }

  #continue(walker: number, intended: Nanos): void {
    const stream = this.#streams[this.#walkers.stream[walker] as number] as StreamLoad
    const step = this.#walkers.step[walker] as number
    if (step === 0) {
      this.#nextUnit(stream, walker, intended)
      return
    }
    if (intended >= this.#control.arrivalsUntil) {
      this.#walkers.release(walker)
      return
    }
    this.#due(stream, this.#walkers.unit[walker] as number, step, walker, intended)
  }

  #writeNext(slot: number, unit: number): void {
    const slots = this.#slots
    if (slots.state[slot] !== SlotState.open || slots.unit[slot] !== unit) return
    const stream = this.#streams[slots.stream[slot] as number] as StreamLoad
    const written = slots.written[slot] as number
    if (written >= stream.messages) {
      stream.session.end(slot)
      return
    }
    const prepared = stream.payload(unit, written)
    this.#fillPatch(stream, unit, written, slots.attempt[slot] as number, slots.walker[slot] as number)
    slots.written[slot] = written + 1
    stream.session.write(slot, prepared, this.#patch)
    this.#remind((slots.dispatched[slot] as number) + (written + 1) * stream.interval, -1 - slot, unit)
  }

  // ---- what sessions tell ------------------------------------------------

  connected(_slot: number): void {}

  sent(slot: number): void {
    if ((this.#slots.sent[slot] as number) === (this.#slots.sent[slot] as number)) return
    this.#slots.sent[slot] = this.#clock.now()
    this.#live[LIVE_INDEX.sent]! += 1
  }

  firstByte(slot: number): void {
    const first = this.#slots.firstByte[slot] as number
    if (first === first) return
    this.#slots.firstByte[slot] = this.#clock.now()
  }

  message(slot: number, _bytes: number, _units: number, _final: boolean): void {
    const slots = this.#slots
    const now = this.#clock.now()
    const stream = this.#streams[slots.stream[slot] as number] as StreamLoad
    const last = slots.lastMessage[slot] as number
    if (last === last && this.#measures(slots.intended[slot] as number)) {
      stream.gaps.record(now - last)
    }
    slots.lastMessage[slot] = now
    slots.messages[slot]! += 1
    if (this.capture[slot] === 1) this.#answers?.boundary(slot)
  }

  serverStage(slot: number, stage: ServerStage, nanos: number): void {
    if (stage === ServerStage.queue) this.#slots.serverQueue[slot] = nanos
    else this.#slots.serverCompute[slot] = nanos
  }

  done(slot: number, bytesIn: number): void {
    if (!this.#isOpen(slot)) return
    const slots = this.#slots
    const now = this.#clock.now()
    slots.bytesIn[slot] = bytesIn
    const first = slots.firstByte[slot] as number
    if (first !== first) slots.firstByte[slot] = now
    const state = slots.state[slot]
    const stream = this.#streams[slots.stream[slot] as number] as StreamLoad
    if (state !== SlotState.open) {
      this.#live[LIVE_INDEX.late]! += 1
      stream.late += 1
      this.#settle(slot, state === SlotState.timedOut ? Outcome.timedOut : Outcome.censored, 0, now)
      return
    }
    const wrongSize = bytesIn < stream.leastBytes || bytesIn > stream.mostBytes
    if (wrongSize || (stream.expectedCrc >= 0 && this.#crc[slot] !== stream.expectedCrc)) {
      this.#settle(slot, Outcome.completed, failureCode(FailureKind.unexpected, 0), now)
      return
    }
    this.#settle(slot, Outcome.completed, 0, now)
  }

  fail(slot: number, kind: FailureKind, code: number): void {
    if (!this.#isOpen(slot)) return
    const now = this.#clock.now()
    const state = this.#slots.state[slot]
    if (state === SlotState.timedOut) this.#settle(slot, Outcome.timedOut, 0, now)
    else if (state === SlotState.censored) this.#settle(slot, Outcome.censored, 0, now)
    else this.#settleFailure(slot, kind, code, now)
  }

  blocked(reason: BlockedReason): void {
    this.#live[LIVE_INDEX.blockedReason] = reason
  }
  ready(): void {
    this.#live[LIVE_INDEX.blockedReason] = 0
  }

  measures(slot: number): boolean {
    return this.#measures(this.#slots.intended[slot] as number)
  }

  head(slot: number, status: number, buffer: Uint8Array, start: number, end: number): void {
    this.#answers?.head(slot, status, buffer, start, end)
  }
  body(slot: number, buffer: Uint8Array, start: number, end: number): void {
    if (this.#checksCrc) this.#crc[slot] = crc32(buffer.subarray(start, end), this.#crc[slot])
    this.#answers?.body(slot, buffer, start, end)
  }

  // ---- settlement --------------------------------------------------------

  #settleFailure(slot: number, kind: FailureKind, code: number, now: Nanos): void {
    const slots = this.#slots
    const stream = this.#streams[slots.stream[slot] as number] as StreamLoad
    const attempt = slots.attempt[slot] as number
    if (attempt < stream.retries && stream.retriesOn(kind, code) && now < this.#control.drainUntil) {
      const prepared = stream.prepared[slots.payload[slot] as number] as Prepared
      const phase = this.#phase(slots.intended[slot] as number)
      this.#recorder.settled(slots, slot, prepared, phase, Outcome.retried, failureCode(kind, code), now)
      this.#live[LIVE_INDEX.retried]! += 1
      slots.attempt[slot] = attempt + 1
      if (this.#opening > 0) this.#defer(-1 - slot)
      else this.#open(stream, slot, prepared)
      return
    }
    this.#settle(slot, Outcome.failed, failureCode(kind, code), now)
  }

  #settle(slot: number, outcome: Outcome, code: number, now: Nanos): void {
    const slots = this.#slots
    const live = this.#live
    const stream = this.#streams[slots.stream[slot] as number] as StreamLoad
    const intended = slots.intended[slot] as number
    const walker = slots.walker[slot] as number
    this.#wheel.clear(slot)
    this.#integrate(now)
    this.#inFlight -= 1
    live[LIVE_INDEX.inFlight] = this.#inFlight
    const phase = this.#phase(intended)
    const prepared = stream.prepared[slots.payload[slot] as number] as Prepared
    if (this.capture[slot] === 1) {
      this.capture[slot] = 0
      if (outcome === Outcome.completed) this.#answers?.publish(slot, stream.index, slots, phase, now)
      else this.#answers?.discard(slot)
    }
    this.#recorder.settled(slots, slot, prepared, phase, outcome, code, now)
    if (phase === RecordPhase.measurement) {
      this.#populationOpen -= 1
      this.#lastSettlement = now
      if (stream.observer !== null) stream.observer.settled(slot, outcome, code, intended, now)
    }
    switch (outcome) {
      case Outcome.completed:
        live[LIVE_INDEX.completed]! += 1
        this.#view.response.record(now - intended)
        break
      case Outcome.timedOut:
        live[LIVE_INDEX.timedOut]! += 1
        break
      case Outcome.censored:
        live[LIVE_INDEX.censored]! += 1
        break
      default:
        live[LIVE_INDEX.failed]! += 1
    }
    slots.release(slot)
    if (walker === NO_WALKER) live[LIVE_INDEX.settledUnits]! += 1
    else this.#afterStep(stream, walker, outcome === Outcome.completed, slots.dispatched[slot] as number, now)
    if (this.#queue.size > 0) this.#unqueue(now)
  }

  /** A user or sequence has got its answer: what it does next. */
  #afterStep(stream: StreamLoad, walker: number, completed: boolean, dispatched: Nanos, now: Nanos): void {
    const walkers = this.#walkers
    const step = (walkers.step[walker] as number) + 1
    const isUser = (walkers.user[walker] as number) >= 0
    if (completed && step < stream.steps) {
      walkers.step[walker] = step
      if (stream.stepPause > 0) this.#remind(now + stream.stepPause, walker, 0)
      else this.#later(walker, now)
      return
    }
    this.#live[LIVE_INDEX.settledUnits]! += 1
    walkers.step[walker] = 0
    if (!isUser) {
      walkers.release(walker)
      return
    }
    const began = walkers.began[walker] as number
    const due = stream.nextDue(walkers.user[walker] as number, began, dispatched, now)
    if (stream.cycle > 0 && now >= began + stream.cycle && this.#measures(began)) stream.overruns += 1
    if (due > now) this.#remind(due, walker, 0)
    else this.#later(walker, now)
  }

  /** Goes on at once, unless a session is in the middle of opening: then at the next turn, to keep the stack flat. */
  #later(walker: number, now: Nanos): void {
    if (this.#opening === 0) {
      this.#continue(walker, now)
      return
    }
    this.#walkers.due[walker] = now
    this.#defer(walker)
  }

  #defer(id: number): void {
    if (this.#deferredCount === this.#deferred.length) {
      const larger = new Int32Array(this.#deferred.length * 2)
      larger.set(this.#deferred)
      this.#deferred = larger
    }
    this.#deferred[this.#deferredCount] = id
    this.#deferredCount += 1
    this.#announce(-Infinity)
  }

  #remind(at: Nanos, id: number, tag: number): void {
    this.#timers.push(at, id, tag)
    this.#announce(at)
  }

  #announce(at: Nanos): void {
    if (at >= this.#announced) return
    this.#announced = at
    this.#wakeUp()
  }

  #runDeferred(): void {
    const count = this.#deferredCount
    if (count === 0) return
    // What is deferred while this runs waits for the next turn.
    const ids = this.#deferred
    this.#deferred = this.#deferredSpare
    this.#deferredSpare = ids
    this.#deferredCount = 0
    for (let index = 0; index < count; index++) {
      const id = ids[index] as number
      if (id >= 0) this.#continue(id, this.#walkers.due[id] as number)
      else this.#reopen(-1 - id)
    }
  }

  #reopen(slot: number): void {
    if (!this.#isOpen(slot)) return
    const stream = this.#streams[this.#slots.stream[slot] as number] as StreamLoad
    this.#open(stream, slot, stream.prepared[this.#slots.payload[slot] as number] as Prepared)
  }

  #unqueue(now: Nanos): void {
    while (this.#queue.size > 0) {
      const stream = this.#streams[this.#queue.stream] as StreamLoad
      const intended = this.#queue.intended
      if (intended + stream.timeout <= now) {
        const { unit, step, walker } = this.#queue
        this.#queue.shift()
        this.#unsent(stream, unit, step, walker, intended, Outcome.timedOut)
        this.#live[LIVE_INDEX.timedOut]! += 1
        continue
      }
      const slot = this.#slots.take()
      if (slot < 0) break
      const { unit, step, walker } = this.#queue
      this.#queue.shift()
      this.#dispatch(stream, slot, unit, step, walker, intended)
    }
    this.#live[LIVE_INDEX.queued] = this.#queue.size
  }

  #unsent(
    stream: StreamLoad,
    unit: number,
    step: number,
    walker: number,
    intended: Nanos,
    outcome: Outcome,
  ): void {
    const now = this.#clock.now()
    this.#recorder.unsent(stream.index, unit, step, intended, this.#phase(intended), outcome, now)
    if (walker === NO_WALKER) this.#live[LIVE_INDEX.settledUnits]! += 1
    else this.#afterStep(stream, walker, false, NaN, now)
  }

  #timeOut(slot: number): void {
    const slots = this.#slots
    if (slots.state[slot] !== SlotState.open) return
    slots.state[slot] = SlotState.timedOut
    this.#cancel(slot)
  }

  /** The drain deadline: what is still open is given up. */
  #finish(): void {
    this.#finishing = true
    while (this.#queue.size > 0) {
      const stream = this.#streams[this.#queue.stream] as StreamLoad
      const { unit, step, intended } = this.#queue
      this.#queue.shift()
      this.#unsent(stream, unit, step, NO_WALKER, intended, Outcome.censored)
      this.#live[LIVE_INDEX.censored]! += 1
    }
    for (let slot = 0; slot < this.#slots.capacity; slot++) {
      if (this.#slots.state[slot] !== SlotState.open) continue
      this.#slots.state[slot] = SlotState.censored
      this.#wheel.clear(slot)
      this.#cancel(slot)
    }
  }

  #cancel(slot: number): void {
    const stream = this.#streams[this.#slots.stream[slot] as number] as StreamLoad
    this.#opening += 1
    try {
      stream.session.cancel(slot)
    } catch {
      if (this.#isOpen(slot)) this.fail(slot, FailureKind.internal, 0)
    }
    this.#opening -= 1
  }

  /** Records whatever a session has failed to settle: after the drain deadline nothing may stay without an outcome. */
  settleRest(): void {
    const now = this.#clock.now()
    for (let slot = 0; slot < this.#slots.capacity; slot++) {
      const state = this.#slots.state[slot]
      if (state === SlotState.free) continue
      this.#settle(slot, state === SlotState.timedOut ? Outcome.timedOut : Outcome.censored, 0, now)
    }
  }

  // ---- accounting --------------------------------------------------------

  #isOpen(slot: number): boolean {
    return this.#slots.state[slot] !== SlotState.free
  }

  #measures(intended: Nanos): boolean {
    return intended >= this.#control.measureFrom && intended < this.#control.measureUntil
  }

  #phase(intended: Nanos): RecordPhase {
    if (intended < this.#control.measureFrom) return RecordPhase.warmup
    return intended < this.#control.measureUntil ? RecordPhase.measurement : RecordPhase.drain
  }

  /** Advances the in-flight integral to `now`, cutting it exactly at A and B. */
  #integrate(now: Nanos): void {
    if (now >= this.#mark || this.#mark === Infinity) this.#crossMark(now)
    if (now <= this.#areaAt) return
    if (this.#measuring) this.#area += this.#inFlight * (now - this.#areaAt)
    this.#areaAt = now
  }

  #crossMark(now: Nanos): void {
    const from = this.#control.measureFrom
    const until = this.#control.measureUntil
    if (!this.#measured && now >= from) {
      this.#measured = true
      this.#measuring = true
      this.#areaAt = from
      this.#maxInFlight = this.#inFlight
    }
    if (this.#measuring && now >= until) {
      if (until > this.#areaAt) this.#area += this.#inFlight * (until - this.#areaAt)
      this.#measuring = false
    }
    this.#mark = this.#measured ? (this.#measuring ? until : NEVER) : from
  }

  #growCapture(): void {
    const larger = new Uint8Array(this.#slots.capacity)
    larger.set(this.capture)
    this.capture = larger
    const crc = new Uint32Array(this.#slots.capacity)
    crc.set(this.#crc)
    this.#crc = crc
  }
}

/** Later than any instant, yet not Infinity, which stands for "not decided yet". */
const NEVER = Number.MAX_VALUE
