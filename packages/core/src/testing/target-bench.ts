import type {
  ConnectionPlan,
  Encoded,
  Prepared,
  SessionModule,
  TargetCodec,
  TargetSession,
} from '../engine/session.ts'
import type { SessionReference } from '../hooks/providers.ts'
import { Breach, within } from './breach.ts'
import type { TargetCheckOptions } from './check-target.ts'
import { patchOf, prepare } from './prepare.ts'
import { RecordingExchange, type RecordedExchange } from './recording-exchange.ts'
import { ONE_CONNECTION, sessionContext } from './session-harness.ts'

const SOCKETS = /^(?:TCPSocketWrap|TLSWrap|PipeWrap|UDPWrap|TCPConnectWrap|PipeConnectWrap)$/
const POLL_MS = 5

/** One rule's sessions of the target under test, with a record of all that they report. */
export class TargetBench implements AsyncDisposable {
  readonly reference: SessionReference
  readonly options: TargetCheckOptions
  /** Milliseconds. */
  readonly patience: number
  /** Open sockets of the process before the check. */
  readonly #sockets: number
  readonly #open: { readonly session: TargetSession; readonly exchange: RecordingExchange }[] = []
  #unit = 0

  constructor(reference: SessionReference, options: TargetCheckOptions, patience: number, sockets: number) {
    this.#sockets = sockets
    this.reference = reference
    this.options = options
    this.patience = patience
  }

  async module(): Promise<SessionModule> {
    const module = (await import(this.reference.module)) as Partial<SessionModule>
    for (const name of ['createCodec', 'createSession'] as const) {
      if (typeof module[name] !== 'function')
        throw new Breach(`the module ${this.reference.module} does not export ${name}.`, true)
    }
    return module as SessionModule
  }

  async codec(): Promise<TargetCodec> {
    return await (await this.module()).createCodec(this.reference.options)
  }

  async encode(request: unknown = this.options.request): Promise<Encoded> {
    return await (await this.codec()).encode(request)
  }

  /** A session that is connected; its payloads are `request` and then `others`. */
  async connect(
    slots = 1,
    connections: Partial<ConnectionPlan> = {},
    others: readonly unknown[] = [],
  ): Promise<Bed> {
    const bed = await this.create(slots, connections, others)
    await this.within(bed.session.connect(), 'connect()')
    return bed
  }

  async create(
    slots = 1,
    connections: Partial<ConnectionPlan> = {},
    others: readonly unknown[] = [],
  ): Promise<Bed> {
    const module = await this.module()
    const codec = await module.createCodec(this.reference.options)
    const encoded: Encoded[] = []
    for (const request of [this.options.request, ...others]) encoded.push(await codec.encode(request))
    const prepared = prepare(encoded)
    const exchange = new RecordingExchange(slots)
    const session = await module.createSession(
      sessionContext(exchange, prepared, {
        options: this.reference.options,
        connections: { ...ONE_CONNECTION, ...connections },
      }),
    )
    this.#open.push({ session, exchange })
    return { session, exchange, prepared, codec }
  }

  /** Opens an exchange; the promise is its settlement. */
  async ask(
    { session, exchange, prepared }: Bed,
    { slot = 0, payload = 0 }: { readonly slot?: number; readonly payload?: number } = {},
  ): Promise<RecordedExchange> {
    const settlement = this.open({ session, exchange, prepared }, { slot, payload })
    return await this.within(settlement, `the exchange in slot ${slot}`)
  }

  open(
    { session, exchange, prepared }: Pick<Bed, 'session' | 'exchange' | 'prepared'>,
    { slot = 0, payload = 0 }: { readonly slot?: number; readonly payload?: number } = {},
  ): Promise<RecordedExchange> {
    exchange.expect(slot)
    const settlement = exchange.settlement(slot)
    session.open(slot, prepared[payload] as Prepared, patchOf(this.#unit++))
    return settlement
  }

  /** Ends a session before its rule ends. */
  async dispose({ session, exchange }: Bed): Promise<void> {
    const index = this.#open.findIndex((one) => one.session === session)
    this.#open.splice(index, 1)
    await session[Symbol.asyncDispose]()
    this.require(exchange.violations.length === 0, `${exchange.violations.join('; ')}.`)
  }

  /** @throws {Breach} when a promise takes longer than an exchange may */
  async within<T>(promise: Promise<T>, what: string): Promise<T> {
    return await within(promise, what, this.patience)
  }

  require(holds: boolean, message: string): void {
    if (!holds) throw new Breach(message)
  }

  /** No session has told the engine anything that it may not. */
  verify(): void {
    const violations = this.#open.flatMap(({ exchange }) => exchange.violations)
    this.require(violations.length === 0, `${violations.slice(0, 3).join('; ')}.`)
  }

  /** Waits until no more sockets are open than before the check. */
  async socketsClosed(): Promise<void> {
    const until = performance.now() + this.patience
    while (openSockets() > this.#sockets) {
      if (performance.now() > until) {
        throw new Breach(`leaves ${openSockets() - this.#sockets} sockets open.`)
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { session } of this.#open.splice(0)) await session[Symbol.asyncDispose]()
  }
}

/** A session with what belongs to it. */
export interface Bed {
  readonly session: TargetSession
  readonly exchange: RecordingExchange
  readonly prepared: readonly Prepared[]
  readonly codec: TargetCodec
}

/** Sockets of this thread, listening ones aside. */
export function openSockets(): number {
  return process.getActiveResourcesInfo().filter((kind) => SOCKETS.test(kind)).length
}
