import type { BlockedReason, FailureKind } from '../outcome.ts'
import type { Exchange, ServerStage } from '../session.ts'

/** What a step's session tells goes to the pipeline that the step belongs to. */
export interface StepObserver {
  /** Of the last step alone; those before are always captured. */
  captureOf(step: number): Uint8Array
  stepConnected(step: number, slot: number): void
  stepSent(step: number, slot: number): void
  stepFirstByte(step: number, slot: number): void
  stepMessage(step: number, slot: number, bytes: number, units: number, final: boolean): void
  stepServerStage(step: number, slot: number, stage: ServerStage, nanos: number): void
  stepDone(step: number, slot: number, bytesIn: number): void
  stepFailed(step: number, slot: number, kind: FailureKind, code: number): void
  stepBlocked(reason: BlockedReason): void
  stepReady(): void
  stepHead(step: number, slot: number, status: number, buffer: Uint8Array, start: number, end: number): void
  stepBody(step: number, slot: number, buffer: Uint8Array, start: number, end: number): void
}

/** The exchange of one step's session. */
export class StepExchange implements Exchange {
  readonly #pipeline: StepObserver
  readonly #step: number

  constructor(pipeline: StepObserver, step: number) {
    this.#pipeline = pipeline
    this.#step = step
  }

  get capture(): Uint8Array {
    return this.#pipeline.captureOf(this.#step)
  }
  connected(slot: number): void {
    this.#pipeline.stepConnected(this.#step, slot)
  }
  sent(slot: number): void {
    this.#pipeline.stepSent(this.#step, slot)
  }
  firstByte(slot: number): void {
    this.#pipeline.stepFirstByte(this.#step, slot)
  }
  message(slot: number, bytes: number, units: number, final: boolean): void {
    this.#pipeline.stepMessage(this.#step, slot, bytes, units, final)
  }
  serverStage(slot: number, stage: ServerStage, nanos: number): void {
    this.#pipeline.stepServerStage(this.#step, slot, stage, nanos)
  }
  done(slot: number, bytesIn: number): void {
    this.#pipeline.stepDone(this.#step, slot, bytesIn)
  }
  fail(slot: number, kind: FailureKind, code: number): void {
    this.#pipeline.stepFailed(this.#step, slot, kind, code)
  }
  blocked(reason: BlockedReason): void {
    this.#pipeline.stepBlocked(reason)
  }
  ready(): void {
    this.#pipeline.stepReady()
  }
  head(slot: number, status: number, buffer: Uint8Array, start: number, end: number): void {
    this.#pipeline.stepHead(this.#step, slot, status, buffer, start, end)
  }
  body(slot: number, buffer: Uint8Array, start: number, end: number): void {
    this.#pipeline.stepBody(this.#step, slot, buffer, start, end)
  }
}
