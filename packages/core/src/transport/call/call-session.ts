import { FailureKind } from '../../engine/outcome.ts'
import { applyPatches } from '../../engine/patch.ts'
import type {
  ConnectionPlan,
  Exchange,
  Patch,
  Prepared,
  SessionContext,
  SessionStatistics,
  TargetSession,
} from '../../engine/session.ts'
import { failureOf } from '../socket/failure.ts'
import { CallFailure, type CallConnection } from './call-connection.ts'
import type { CallSessionOptions } from './create-call-session.ts'

/** An exchange that is not settled. */
interface OpenCall {
  readonly slot: number
  readonly request: Uint8Array
  readonly controller: AbortController
  /** `null` while it waits for one. */
  connection: CallConnection | null
}

/** Exchanges over connections that take one at a time; those that find none free wait in line. */
export class CallSession implements TargetSession {
  readonly #exchange: Exchange
  readonly #connections: ConnectionPlan
  readonly #maxResponseBytes: number
  readonly #options: CallSessionOptions
  readonly #over = new AbortController()
  readonly #open = new Map<number, OpenCall>()
  readonly #waiting: OpenCall[] = []
  readonly #idle: CallConnection[] = []
  readonly #all = new Set<CallConnection>()
  /** Being opened. */
  #dialing = 0
  #opened = 0
  #failed = 0
  #closed = 0
  #connectNanos = 0
  #bytesOut = 0
  #bytesIn = 0

  constructor(context: SessionContext<unknown>, options: CallSessionOptions) {
    this.#exchange = context.exchange
    this.#connections = context.connections
    this.#maxResponseBytes = context.maxResponseBytes
    this.#options = options
  }

  async connect(): Promise<void> {
    const { count, open, reuse } = this.#connections
    if (open !== 'before' || reuse === 'per-request') return
    const dialed = await Promise.allSettled(Array.from({ length: count }, () => this.#dial()))
    const made = dialed.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
    this.#idle.push(...made)
    const refused = dialed.find((each) => each.status === 'rejected')
    if (made.length === 0 && refused !== undefined) throw refused.reason
  }

  open(slot: number, prepared: Prepared, patch: Patch): void {
    const call: OpenCall = {
      slot,
      request: patched(prepared, patch),
      controller: new AbortController(),
      connection: null,
    }
    this.#open.set(slot, call)
    const connection = this.#idle.pop()
    if (connection !== undefined) {
      void this.#run(call, connection)
      return
    }
    this.#waiting.push(call)
    this.#grow()
  }

  /** Opens connections for those that wait, as far as the plan allows. */
  #grow(): void {
    if (this.#over.signal.aborted) return
    const { count, fixed } = this.#connections
    const most = fixed ? count : Infinity
    while (this.#dialing < this.#waiting.length && this.#all.size + this.#dialing < most) {
      this.#dialing++
      void this.#dial()
        .finally(() => this.#dialing--)
        .then(
          (connection) => this.#release(connection),
          (error: unknown) => this.#refuse(error),
        )
    }
  }

  async #dial(): Promise<CallConnection> {
    const began = performance.now()
    try {
      const connection = await this.#options.connect(this.#over.signal)
      this.#opened++
      this.#connectNanos += Math.round((performance.now() - began) * 1e6)
      this.#all.add(connection)
      return connection
    } catch (error) {
      this.#failed++
      throw error
    }
  }

  /** Nobody is there: who has waited longest is told. */
  #refuse(error: unknown): void {
    const call = this.#waiting.shift()
    if (call !== undefined) this.#fail(call, failureOf(error), 0)
    this.#grow()
  }

  #release(connection: CallConnection): void {
    if (this.#over.signal.aborted) {
      this.#drop(connection)
      return
    }
    const next = this.#waiting.shift()
    if (next === undefined) {
      this.#idle.push(connection)
      return
    }
    this.#exchange.connected(next.slot)
    void this.#run(next, connection)
  }

  /** Closes a connection, and opens another one where somebody waits for it. */
  #drop(connection: CallConnection): void {
    this.#all.delete(connection)
    connection.close()
    this.#grow()
  }

  async #run(call: OpenCall, connection: CallConnection): Promise<void> {
    const { slot, request, controller } = call
    call.connection = connection
    this.#bytesOut += request.length
    const answered = this.#begin(connection, request, controller.signal)
    this.#exchange.sent(slot)
    let answer: Uint8Array | null = null
    let error: unknown
    try {
      answer = await answered
    } catch (thrown) {
      error = thrown
    }
    // Given up meanwhile: that has settled it, and closed the connection.
    if (this.#open.get(slot) !== call) return
    const isGood = answer !== null || error instanceof CallFailure
    if (!isGood) this.#closed++
    if (isGood && this.#connections.reuse === 'keep-alive') this.#release(connection)
    else this.#drop(connection)
    if (answer !== null) this.#complete(call, answer)
    else if (error instanceof CallFailure) this.#fail(call, error.kind, error.code)
    else this.#fail(call, failureOf(error), 0)
  }

  /** What throws at once rejects as well. */
  async #begin(connection: CallConnection, request: Uint8Array, signal: AbortSignal): Promise<Uint8Array> {
    return await connection.call(request, signal)
  }

  #complete(call: OpenCall, answer: Uint8Array): void {
    const { slot } = call
    const exchange = this.#exchange
    this.#bytesIn += answer.length
    exchange.firstByte(slot)
    if (answer.length > this.#maxResponseBytes) {
      this.#fail(call, FailureKind.tooLarge, 0)
      return
    }
    if (exchange.capture[slot] === 1) {
      exchange.head(slot, 200, answer, 0, 0)
      exchange.body(slot, answer, 0, answer.length)
    }
    this.#open.delete(slot)
    exchange.done(slot, answer.length)
  }

  #fail(call: OpenCall, kind: FailureKind, code: number): void {
    this.#open.delete(call.slot)
    this.#exchange.fail(call.slot, kind, code)
  }

  write(): void {}
  end(): void {}

  cancel(slot: number): void {
    const call = this.#open.get(slot)
    if (call === undefined) return
    const place = this.#waiting.indexOf(call)
    if (place !== -1) this.#waiting.splice(place, 1)
    call.controller.abort()
    // Nobody knows what it will bring next.
    if (call.connection !== null) this.#drop(call.connection)
    this.#fail(call, FailureKind.cancelled, 0)
  }

  statistics(): SessionStatistics {
    return {
      engine: this.#options.engine,
      connectionsOpened: this.#opened,
      connectionsFailed: this.#failed,
      connectionsClosed: this.#closed,
      connectNanos: this.#connectNanos,
      handshakeNanos: 0,
      bytesOut: this.#bytesOut,
      bytesIn: this.#bytesIn,
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort()
    for (const slot of this.#open.keys()) this.cancel(slot)
    for (const connection of this.#all) connection.close()
    this.#all.clear()
    this.#idle.length = 0
  }
}

function patched({ bytes, patches }: Prepared, patch: Patch): Uint8Array {
  if (patches.length === 0) return bytes
  const copy = Buffer.from(bytes)
  applyPatches(copy, 0, patches, patch)
  return copy
}
