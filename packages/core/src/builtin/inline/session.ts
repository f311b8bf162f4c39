import { deserialize, serialize } from 'node:v8'
import type { FunctionReference } from '../../plugin.ts'
import {
  FailureKind,
  loadFunction,
  outputsOfJson,
  type CreateCodec,
  type CreateSession,
  type Exchange,
  type Patch,
  type Prepared,
  type SessionContext,
  type SessionStatistics,
  type TargetSession,
} from '../../session.ts'

interface InlineOptions {
  readonly call: FunctionReference
  readonly root: string
}
type Call = (request: unknown, context: { readonly signal: AbortSignal }) => unknown

/** Requests and answers are any values that a structured clone can carry. */
export const createCodec: CreateCodec<InlineOptions> = () => ({
  encode: (request) => ({ bytes: serialize(request) }),
  decode: ({ messages }) => (messages[0] === undefined ? undefined : deserialize(messages[0])),
  outputs: outputsOfJson,
})

export const createSession: CreateSession<InlineOptions> = async (context) => {
  const call = (await loadFunction(context.options.call, context.options.root)) as unknown as Call
  return new InlineSession(context, call)
}

/** Calls the function for each request: promises and objects per request are the price of measuring any function. */
class InlineSession implements TargetSession {
  readonly #exchange: Exchange
  readonly #call: Call
  readonly #prepared: readonly Prepared[]
  readonly #requests: readonly unknown[]
  readonly #controllers = new Map<number, AbortController>()

  constructor({ exchange, prepared }: SessionContext<InlineOptions>, call: Call) {
    this.#exchange = exchange
    this.#call = call
    this.#prepared = prepared
    this.#requests = prepared.map(({ bytes }) => deserialize(bytes))
  }

  async connect(): Promise<void> {}

  open(slot: number, prepared: Prepared, _patch: Patch): void {
    const controller = new AbortController()
    this.#controllers.set(slot, controller)
    this.#exchange.sent(slot)
    void this.#run(slot, controller, this.#requestOf(prepared))
  }

  /** A step of a pipeline gets payloads that were not there at the start. */
  #requestOf(prepared: Prepared): unknown {
    const known = this.#prepared[prepared.index] === prepared
    return known ? this.#requests[prepared.index] : deserialize(prepared.bytes)
  }

  async #run(slot: number, controller: AbortController, request: unknown): Promise<void> {
    let answer: unknown
    let failed = false
    try {
      answer = await this.#call(request, { signal: controller.signal })
    } catch {
      failed = true
    }
    // Cancelled meanwhile: that has settled it.
    if (this.#controllers.get(slot) !== controller) return
    this.#controllers.delete(slot)
    if (failed) {
      this.#exchange.fail(slot, FailureKind.application, 0)
      return
    }
    this.#exchange.firstByte(slot)
    if (this.#exchange.capture[slot] === 1) {
      const bytes = serialize(answer)
      this.#exchange.head(slot, 200, bytes, 0, 0)
      this.#exchange.body(slot, bytes, 0, bytes.length)
    }
    this.#exchange.done(slot, 0)
  }

  write(): void {}
  end(): void {}

  cancel(slot: number): void {
    const controller = this.#controllers.get(slot)
    if (controller === undefined) return
    this.#controllers.delete(slot)
    controller.abort()
    this.#exchange.fail(slot, FailureKind.cancelled, 0)
  }

  statistics(): SessionStatistics {
    return {
      engine: 'inline',
      connectionsOpened: 0,
      connectionsFailed: 0,
      connectionsClosed: 0,
      connectNanos: 0,
      handshakeNanos: 0,
      bytesOut: 0,
      bytesIn: 0,
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const slot of this.#controllers.keys()) this.cancel(slot)
  }
}
