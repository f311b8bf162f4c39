import { blankPatch } from '../patch.ts'
import { serialize } from 'node:v8'
import type { Clock } from '../../clock/clock.ts'
import { messageOf } from '../../errors/plugin-error.ts'
import type { JsonValue } from '../../units/json.ts'
import type { Nanos } from '../../units/nanos.ts'
import { FailureKind, type BlockedReason, type Outcome } from '../outcome.ts'
import {
  ServerStage,
  type Encoded,
  type Exchange,
  type Patch,
  type Prepared,
  type SessionStatistics,
  type TargetCodec,
  type TargetSession,
} from '../session.ts'
import { sumStatistics } from '../sum-statistics.ts'
import type { SettlementObserver } from '../stream-load.ts'
import { ChainContext } from './chain-context.ts'
import { firstRequest, inputOf, markHead, prepareOnce } from './chain-payload.ts'
import { ChainState, ChainTable } from './chain-table.ts'
import { BEFORE, GlueProblems, Stage } from './glue.ts'
import { StepAnswers } from './step-answers.ts'
import { StepExchange, type StepObserver } from './step-exchange.ts'
import { StepRecorder, type StepTotals } from './step-recorder.ts'

/** A function of the bench file; see `StepContext` for what it is told. */
export type StepFunction = (value: unknown, context: ChainContext) => unknown

/** A step of a pipeline with its functions loaded: it asks a target (`codec`) or runs a function (`run`). */
export interface LoadedStep {
  readonly name: string
  readonly codec: TargetCodec | null
  readonly run: StepFunction | null
  readonly input: StepFunction | null
  readonly check: StepFunction | null
}

export interface PipelineSessionOptions {
  readonly exchange: Exchange
  readonly clock: Clock
  readonly steps: readonly LoadedStep[]
  readonly prepared: readonly Prepared[]
  readonly slots: number
}

/**
 * Several sessions as one: an exchange goes through all steps, each asked what the functions of the bench file make of
 * the answer before. To the engine it is one request, whatever its load; the times of its steps are kept beside. Objects
 * per request, and promises where functions return some, are the price of answers that become requests.
 */
export class PipelineSession implements TargetSession, StepObserver, SettlementObserver {
  readonly #exchange: Exchange
  readonly #clock: Clock
  readonly #steps: readonly LoadedStep[]
  readonly #last: number
  readonly #sessions: (TargetSession | null)[]
  readonly #answers: readonly StepAnswers[]
  /** By step; `null` where the engine decides what is captured. */
  readonly #captures: readonly (Uint8Array | null)[]
  readonly #table: ChainTable
  readonly #recorder: StepRecorder
  readonly #prepared: readonly Prepared[]
  readonly #first: readonly Prepared[]
  readonly #inputs: unknown[] = []
  readonly #contexts: (ChainContext | undefined)[] = []
  /** What the step that a slot is at was told to note of its request, and what the step before has answered. */
  readonly #metas: JsonValue[] = []
  readonly #values: unknown[] = []
  readonly #patch: Patch = blankPatch()
  readonly #problems = new GlueProblems()

  constructor({ exchange, clock, steps, prepared, slots }: PipelineSessionOptions) {
    this.#exchange = exchange
    this.#clock = clock
    this.#steps = steps
    this.#last = steps.length - 1
    this.#sessions = steps.map(() => null)
    this.#answers = steps.map(() => new StepAnswers())
    const all = new Uint8Array(slots).fill(1)
    this.#captures = steps.map(({ check }, step) => (step < this.#last || check !== null ? all : null))
    this.#table = new ChainTable(steps.length)
    this.#recorder = new StepRecorder(steps.length)
    this.#prepared = prepared
    this.#first = prepared.map(firstRequest)
  }

  /** What the session of a step tells about its exchanges. */
  exchangeOf(step: number): Exchange {
    return new StepExchange(this, step)
  }

  /** Gives a step its session; all that ask a target need one before the first exchange. */
  attach(step: number, session: TargetSession): void {
    this.#sessions[step] = session
  }

  stepTotals(): StepTotals {
    return this.#recorder.totals()
  }

  settled(slot: number, outcome: Outcome, code: number, intended: Nanos, now: Nanos): void {
    this.#recorder.settled(this.#table, slot, outcome, code, intended, now)
  }

  // ---- as a session ------------------------------------------------------

  async connect(): Promise<void> {
    await Promise.all(this.#opened().map((session) => session.connect()))
  }

  open(slot: number, prepared: Prepared, patch: Patch): void {
    const { index } = prepared
    this.#table.begin(slot, this.#clock.now(), patch)
    this.#contexts[slot] = new ChainContext(patch.unit, () => this.#input(index))
    if (this.#steps[0]?.run === null) this.#ask(slot, 0, this.#first[index] as Prepared)
    else {
      this.#exchange.sent(slot)
      this.#proceed(slot, Stage.build, this.#input(index))
    }
  }

  /** Pipelines have no streaming exchanges. */
  write(): void {}
  end(): void {}

  cancel(slot: number): void {
    const state = this.#table.state[slot]
    if (state === ChainState.asking) {
      this.#table.state[slot] = ChainState.cancelled
      this.#contexts[slot]?.abort()
      this.#sessions[this.#table.step[slot] as number]?.cancel(slot)
    } else if (state === ChainState.calling) {
      this.#contexts[slot]?.abort()
      this.#fail(slot, FailureKind.cancelled, 0)
    }
  }

  statistics(): SessionStatistics {
    const total = sumStatistics(this.#opened().map((session) => session.statistics()))
    return { ...total, notes: [...total.notes, ...this.#problems.texts] }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const [slot, state] of this.#table.state.entries())
      if (state === ChainState.calling) this.cancel(slot)
    await Promise.allSettled(this.#opened().map((session) => session[Symbol.asyncDispose]()))
  }

  #opened(): readonly TargetSession[] {
    return this.#sessions.filter((session) => session !== null)
  }

  // ---- what the sessions of the steps tell -------------------------------

  captureOf(step: number): Uint8Array {
    return this.#captures[step] ?? this.#exchange.capture
  }

  stepConnected(_step: number, slot: number): void {
    this.#exchange.connected(slot)
  }

  stepSent(step: number, slot: number): void {
    const row = this.#table.at(slot, step)
    if (!Number.isNaN(this.#table.sent[row])) return
    this.#table.sent[row] = this.#clock.now()
    this.#exchange.sent(slot)
  }

  stepFirstByte(step: number, slot: number): void {
    const row = this.#table.at(slot, step)
    if (!Number.isNaN(this.#table.firstByte[row])) return
    this.#table.firstByte[row] = this.#clock.now()
    if (step === this.#last) this.#exchange.firstByte(slot)
  }

  stepMessage(step: number, slot: number, bytes: number, units: number, final: boolean): void {
    if (this.#captures[step] !== null) this.#answers[step]?.boundary(slot)
    if (step === this.#last) this.#exchange.message(slot, bytes, units, final)
  }

  /** Of the chain, the server's time is that of all steps so far. */
  stepServerStage(step: number, slot: number, stage: ServerStage, nanos: number): void {
    const { serverQueue, serverCompute } = this.#table
    const column = stage === ServerStage.queue ? serverQueue : serverCompute
    const first = this.#table.at(slot, 0)
    column[first + step] = nanos
    let total = 0
    for (let row = first; row <= first + step; row++) total += column[row] || 0
    this.#exchange.serverStage(slot, stage, total)
  }

  stepDone(step: number, slot: number, bytesIn: number): void {
    const table = this.#table
    if (table.step[slot] !== step) return
    const row = table.at(slot, step)
    if (table.state[slot] === ChainState.cancelled) {
      if (step === this.#last) this.#finish(slot, bytesIn)
      else this.#fail(slot, FailureKind.cancelled, 0)
      return
    }
    if (table.state[slot] !== ChainState.asking) return
    const now = this.#clock.now()
    table.ended[row] = now
    if (Number.isNaN(table.firstByte[row])) table.firstByte[row] = now
    table.bytesIn[slot] = bytesIn
    if (this.#captures[step] === null) {
      this.#finish(slot, bytesIn)
      return
    }
    table.state[slot] = ChainState.calling
    this.#proceed(slot, Stage.decode, undefined)
  }

  stepFailed(step: number, slot: number, kind: FailureKind, code: number): void {
    if (this.#table.step[slot] !== step) return
    const state = this.#table.state[slot]
    if (state === ChainState.asking || state === ChainState.cancelled) this.#fail(slot, kind, code)
  }

  stepBlocked(reason: BlockedReason): void {
    this.#exchange.blocked(reason)
  }
  stepReady(): void {
    this.#exchange.ready()
  }

  stepHead(step: number, slot: number, status: number, buffer: Uint8Array, start: number, end: number): void {
    if (this.#captures[step] !== null) this.#answers[step]?.head(slot, status, buffer, start, end)
    if (step !== this.#last || this.#exchange.capture[slot] !== 1) return
    const meta = this.#metas[slot] ?? null
    if (meta === null) this.#exchange.head(slot, status, buffer, start, end)
    else {
      const marked = markHead(buffer.subarray(start, end), meta)
      this.#exchange.head(slot, status, marked, 0, marked.length)
    }
  }

  stepBody(step: number, slot: number, buffer: Uint8Array, start: number, end: number): void {
    if (this.#captures[step] !== null) this.#answers[step]?.body(slot, buffer, start, end)
    if (step === this.#last && this.#exchange.capture[slot] === 1)
      this.#exchange.body(slot, buffer, start, end)
  }

  // ---- from step to step -------------------------------------------------

  #ask(slot: number, step: number, prepared: Prepared): void {
    const table = this.#table
    table.fill(slot, this.#patch)
    table.state[slot] = ChainState.asking
    this.#metas[slot] = prepared.meta
    this.#answers[step]?.begin(slot)
    const token = table.token[slot]
    table.opened[table.at(slot, step)] = this.#clock.now()
    try {
      ;(this.#sessions[step] as TargetSession).open(slot, prepared, this.#patch)
    } catch {
      // A session must not throw; when it does, the chain fails as its defect.
      if (table.token[slot] === token && table.step[slot] === step)
        this.stepFailed(step, slot, FailureKind.internal, 0)
    }
  }

  /** Goes on from a stage with what the one before gave, as far as nothing has to be waited for. */
  #proceed(slot: number, from: Stage, given: unknown): void {
    const table = this.#table
    let stage: Stage = from
    let value = given
    for (;;) {
      if (stage === Stage.next && !this.#goesOn(slot, value)) return
      if (stage === Stage.start && this.#steps[table.step[slot] as number]?.run === null) {
        this.#ask(slot, table.step[slot] as number, prepareOnce(value as Encoded))
        return
      }
      let out: unknown
      try {
        out = this.#call(slot, stage, value)
      } catch (error) {
        this.#threw(slot, stage, error)
        return
      }
      stage = stage === Stage.start ? Stage.check : ((stage + 1) as Stage)
      if (isPromise(out)) {
        this.#await(slot, stage, out)
        return
      }
      value = out
    }
  }

  /** What one stage gives: a value, or the promise of one. */
  #call(slot: number, stage: Stage, value: unknown): unknown {
    const table = this.#table
    const index = table.step[slot] as number
    const step = this.#steps[index] as LoadedStep
    const context = this.#contexts[slot] as ChainContext
    switch (stage) {
      case Stage.decode:
        return step.codec?.decode((this.#answers[index] as StepAnswers).take(slot), this.#metas[slot] ?? null)
      case Stage.check:
        this.#values[slot] = value
        context.answers[step.name] = value
        return step.check === null || step.check(value, context)
      case Stage.next:
        return step.input === null ? this.#values[slot] : step.input(this.#values[slot], context)
      case Stage.build:
        if (step.run === null) return step.codec?.encode(value)
        return this.#run(slot, index, step.run, value, context)
      case Stage.start:
        table.ended[table.at(slot, index)] = this.#clock.now()
        return value
    }
  }

  #run(slot: number, index: number, run: StepFunction, value: unknown, context: ChainContext): unknown {
    const now = this.#clock.now()
    const row = this.#table.at(slot, index)
    this.#table.opened[row] = now
    this.#table.sent[row] = now
    return run(value, context)
  }

  /** After a step's check: ends the chain, or moves it to the next step. */
  #goesOn(slot: number, correct: unknown): boolean {
    const table = this.#table
    const step = table.step[slot] as number
    if (!correct) {
      this.#fail(slot, FailureKind.unexpected, 0)
      return false
    }
    if (step === this.#last) {
      this.#finish(slot, table.bytesIn[slot] as number)
      return false
    }
    table.enter(slot, step + 1, table.ended[table.at(slot, step)] as number)
    return true
  }

  /** Goes on from a stage when a function or a codec is done. */
  #await(slot: number, stage: Stage, promise: PromiseLike<unknown>): void {
    const token = this.#table.token[slot]
    void promise.then(
      (value) => {
        if (this.#isCalling(slot, token)) this.#proceed(slot, stage, value)
      },
      (error: unknown) => {
        if (this.#isCalling(slot, token)) this.#threw(slot, BEFORE[stage], error)
      },
    )
  }

  /** Whether what was waited for is still wanted. */
  #isCalling(slot: number, token: number | undefined): boolean {
    return this.#table.token[slot] === token && this.#table.state[slot] === ChainState.calling
  }

  #threw(slot: number, stage: Stage, error: unknown): void {
    const step = this.#steps[this.#table.step[slot] as number] as LoadedStep
    this.#fail(slot, this.#problems.threw(step.name, step.run !== null, stage, error), 0)
  }

  #finish(slot: number, bytesIn: number): void {
    const value = this.#values[slot]
    this.#release(slot)
    if (this.#steps[this.#last]?.run !== null && this.#exchange.capture[slot] === 1) this.#show(slot, value)
    this.#exchange.done(slot, bytesIn)
  }

  /** Hands what the last function returned to the check of the chain. */
  #show(slot: number, value: unknown): void {
    try {
      const bytes = serialize(value)
      this.#exchange.head(slot, 200, bytes, 0, 0)
      this.#exchange.body(slot, bytes, 0, bytes.length)
    } catch (error) {
      this.#problems.tell(
        `The result of step '${this.#steps[this.#last]?.name}' cannot be checked: ${messageOf(error)}`,
      )
    }
  }

  #fail(slot: number, kind: FailureKind, code: number): void {
    this.#release(slot)
    this.#exchange.fail(slot, kind, code)
  }

  #release(slot: number): void {
    this.#table.state[slot] = ChainState.idle
    this.#contexts[slot] = undefined
    this.#values[slot] = undefined
    this.#answers[this.#table.step[slot] as number]?.begin(slot)
  }

  #input(index: number): unknown {
    if (!(index in this.#inputs)) this.#inputs[index] = inputOf(this.#prepared[index] as Prepared)
    return this.#inputs[index]
  }
}

/** The pipeline that a session is; `null` for any other. */
export function asPipeline(session: TargetSession | undefined): PipelineSession | null {
  return session instanceof PipelineSession ? session : null
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
  )
}
