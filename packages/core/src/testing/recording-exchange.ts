import type { Exchange, ServerStage } from '../engine/session.ts'
import { FailureKind } from '../engine/outcome.ts'
import type { BlockedReason } from '../engine/outcome.ts'

/** What a session reported about one exchange, from `expect` to its settlement. */
export interface RecordedExchange {
  readonly slot: number
  /** Names of the calls in order, repeated `body` and `message` calls included. */
  readonly calls: readonly string[]
  /** `FailureKind.none` for `done`. */
  readonly kind: FailureKind
  readonly code: number
  /** The argument of `done`; 0 after a failure. */
  readonly bytesIn: number
  /** From `head`; 0 when it was not called. */
  readonly status: number
  readonly head: Buffer
  readonly trailers: Buffer
  /** Captured bytes, split where `message` was called; what follows the last `message` is the last element. */
  readonly messages: readonly Buffer[]
  readonly units: readonly number[]
  readonly stages: readonly { readonly stage: ServerStage; readonly nanos: number }[]
}

interface Recording {
  calls: string[]
  status: number
  head: Buffer
  trailers: Buffer
  messages: Buffer[]
  parts: Buffer[]
  units: number[]
  stages: { stage: ServerStage; nanos: number }[]
  settle: (recorded: RecordedExchange) => void
  settlement: Promise<RecordedExchange>
}

/**
 * An {@link Exchange} for tests of sessions: keeps everything that it is told and notes every breach of the contract
 * (a call for a slot that is not open, a second settlement, a range outside its buffer) in `violations`.
 */
export class RecordingExchange implements Exchange {
  readonly capture: Uint8Array
  readonly violations: string[] = []
  /** Reasons given to `blocked`, and `'ready'`, in order. */
  readonly blocks: (BlockedReason | 'ready')[] = []
  /** Called inside `done` and `fail`, as the engine does when it opens the next exchange at once. */
  onSettled: ((slot: number) => void) | undefined
  /** Called inside `message`. */
  onMessage: ((slot: number) => void) | undefined
  settled = 0
  readonly #open: (Recording | undefined)[]

  constructor(slots: number, capture = true) {
    this.capture = new Uint8Array(slots).fill(capture ? 1 : 0)
    this.#open = Array.from({ length: slots }, () => undefined)
  }

  /** Declares that `slot` is about to be opened. Returns the slot, for `session.open(exchange.expect(0), …)`. */
  expect(slot: number): number {
    if (this.#open[slot] !== undefined) throw new Error(`slot ${slot} is still open`)
    const { promise, resolve } = Promise.withResolvers<RecordedExchange>()
    this.#open[slot] = {
      calls: [],
      status: 0,
      head: Buffer.alloc(0),
      trailers: Buffer.alloc(0),
      messages: [],
      parts: [],
      units: [],
      stages: [],
      settle: resolve,
      settlement: promise,
    }
    return slot
  }

  /** Resolves when the slot's current exchange is settled; ask before that. */
  settlement(slot: number): Promise<RecordedExchange> {
    const recording = this.#open[slot]
    if (recording === undefined) throw new Error(`slot ${slot} is not open`)
    return recording.settlement
  }

  /** The calls so far for an exchange that is still open. */
  calls(slot: number): readonly string[] {
    return this.#open[slot]?.calls ?? []
  }

  get openSlots(): number {
    return this.#open.filter((recording) => recording !== undefined).length
  }

  connected(slot: number): void {
    this.#note(slot, 'connected')
  }

  sent(slot: number): void {
    this.#note(slot, 'sent')
  }

  firstByte(slot: number): void {
    this.#note(slot, 'firstByte')
  }

  message(slot: number, bytes: number, units: number, final: boolean): void {
    const recording = this.#note(slot, final ? 'message(final)' : 'message')
    if (recording === undefined) return
    if (bytes < 0) this.violations.push(`slot ${slot}: message of ${bytes} bytes`)
    recording.messages.push(Buffer.concat(recording.parts))
    recording.parts = []
    recording.units.push(units)
    this.onMessage?.(slot)
  }

  serverStage(slot: number, stage: ServerStage, nanos: number): void {
    this.#note(slot, 'serverStage')?.stages.push({ stage, nanos })
  }

  done(slot: number, bytesIn: number): void {
    this.#settle(slot, 'done', FailureKind.none, 0, bytesIn)
  }

  fail(slot: number, kind: FailureKind, code: number): void {
    if (kind === FailureKind.none) this.violations.push(`slot ${slot}: fail with kind none`)
    this.#settle(slot, 'fail', kind, code, 0)
  }

  blocked(reason: BlockedReason): void {
    this.blocks.push(reason)
  }

  ready(): void {
    this.blocks.push('ready')
  }

  head(slot: number, status: number, buffer: Uint8Array, start: number, end: number): void {
    const recording = this.#note(slot, 'head')
    if (recording === undefined) return
    if (recording.status !== 0) this.violations.push(`slot ${slot}: a second head`)
    recording.status = status
    recording.head = this.#copy(slot, buffer, start, end)
  }

  body(slot: number, buffer: Uint8Array, start: number, end: number): void {
    const recording = this.#note(slot, 'body')
    recording?.parts.push(this.#copy(slot, buffer, start, end))
  }

  trailers(slot: number, buffer: Uint8Array, start: number, end: number): void {
    const recording = this.#note(slot, 'trailers')
    if (recording !== undefined) recording.trailers = this.#copy(slot, buffer, start, end)
  }

  #copy(slot: number, buffer: Uint8Array, start: number, end: number): Buffer {
    if (start < 0 || end < start || end > buffer.length) {
      this.violations.push(`slot ${slot}: range [${start}, ${end}) outside a buffer of ${buffer.length}`)
    }
    return Buffer.from(buffer.subarray(start, end))
  }

  #note(slot: number, call: string): Recording | undefined {
    const recording = this.#open[slot]
    if (recording === undefined) this.violations.push(`${call} for slot ${slot}, which is not open`)
    else recording.calls.push(call)
    return recording
  }

  #settle(slot: number, call: string, kind: FailureKind, code: number, bytesIn: number): void {
    const recording = this.#note(slot, call)
    if (recording === undefined) return
    this.#open[slot] = undefined
    this.settled += 1
    if (recording.parts.length > 0) recording.messages.push(Buffer.concat(recording.parts))
    recording.settle({
      slot,
      calls: recording.calls,
      kind,
      code,
      bytesIn,
      status: recording.status,
      head: recording.head,
      trailers: recording.trailers,
      messages: recording.messages,
      units: recording.units,
      stages: recording.stages,
    })
    this.onSettled?.(slot)
  }
}
