import { FailureKind, failureName } from '../engine/outcome.ts'
import { blankPatch } from '../engine/patch.ts'
import type { ConnectionPlan, Exchange, Prepared, RawMessage, SessionModule } from '../engine/session.ts'
import type { ModuleReference } from '../hooks/module-reference.ts'
import type { Nanos } from '../units/nanos.ts'
import { MILLISECOND } from '../units/nanos.ts'

const ONE_CONNECTION: ConnectionPlan = {
  count: 1,
  fixed: true,
  streams: 1,
  reuse: 'keep-alive',
  open: 'before',
}
const SLOT = 0

/** The answer to one request, or how it failed. */
export type Reply =
  | { readonly raw: RawMessage; readonly failure: null }
  | { readonly raw: null; readonly failure: string }

export interface AskOptions {
  readonly session: ModuleReference
  readonly prepared: readonly Prepared[]
  readonly timeout: Nanos
  readonly maxResponseBytes: number
}

/** Sends each request once, one after the other, outside of any load. Ends with the first failure. */
export async function askTarget({
  session: { module, options },
  prepared,
  timeout,
  maxResponseBytes,
}: AskOptions): Promise<readonly Reply[]> {
  const { createSession } = (await import(module)) as SessionModule
  const exchange = new SingleExchange()
  await using session = await createSession({
    options,
    exchange,
    connections: ONE_CONNECTION,
    slots: 1,
    exchangeKind: 'unary',
    maxResponseBytes,
    prepared,
    worker: 0,
    workers: 1,
  })
  await session.connect()
  const replies: Reply[] = []
  for (const [unit, one] of prepared.entries()) {
    const settled = exchange.expect()
    session.open(SLOT, one, { ...blankPatch(), unit, sequence: unit + 1 })
    const deadline = setTimeout(() => session.cancel(SLOT), timeout / MILLISECOND)
    const reply = await settled.finally(() => clearTimeout(deadline))
    replies.push(reply)
    if (reply.failure !== null) break
  }
  return replies
}

/** Keeps the answer of the one exchange that is open. */
class SingleExchange implements Exchange {
  readonly capture: Uint8Array = Uint8Array.of(1)
  #status = 200
  #head = new Uint8Array()
  #messages: Uint8Array[] = []
  #parts: Uint8Array[] = []
  #settle: (reply: Reply) => void = () => {}

  expect(): Promise<Reply> {
    this.#status = 200
    this.#head = new Uint8Array()
    this.#messages = []
    this.#parts = []
    return new Promise((resolve) => (this.#settle = resolve))
  }

  message(): void {
    this.#messages.push(Buffer.concat(this.#parts))
    this.#parts = []
  }

  head(_slot: number, status: number, buffer: Uint8Array, start: number, end: number): void {
    this.#status = status
    this.#head = Uint8Array.from(buffer.subarray(start, end))
  }

  body(_slot: number, buffer: Uint8Array, start: number, end: number): void {
    this.#parts.push(Uint8Array.from(buffer.subarray(start, end)))
  }

  done(): void {
    // A protocol without message boundaries has one message: all that followed the head.
    if (this.#parts.length > 0 || this.#messages.length === 0) this.message()
    const raw = { status: this.#status, head: this.#head, messages: this.#messages }
    this.#settle({ raw, failure: null })
  }

  fail(_slot: number, kind: FailureKind, code: number): void {
    const failure = kind === FailureKind.cancelled ? 'timed out' : failureName(kind, code)
    this.#settle({ raw: null, failure })
  }

  connected(): void {}
  sent(): void {}
  firstByte(): void {}
  serverStage(): void {}
  blocked(): void {}
  ready(): void {}
}
