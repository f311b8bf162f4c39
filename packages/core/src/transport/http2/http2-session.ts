import { blankPatch } from '../../engine/patch.ts'
import { BlockedReason, FailureKind } from '../../engine/outcome.ts'
import type {
  ConnectionPlan,
  Exchange,
  Patch,
  Prepared,
  SessionContext,
  SessionStatistics,
  TargetSession,
} from '../../engine/session.ts'
import { WaitQueue } from '../http1/wait-queue.ts'
import { ServebenchError } from '../../errors/servebench-error.ts'
import { connectError } from '../socket/connect-error.ts'
import type { Dialer } from '../socket/dialer.ts'
import type { Link, LinkOwner, MakeLink } from './link.ts'

/** After a failed attempt, how long exchanges that have other connections do without a replacement. */
const PAUSE_MS = 100

/**
 * The connections of one worker to one HTTP/2 server.
 *
 * An exchange goes to the connection with the fewest in flight; when none has a stream left it waits, first come first
 * served. Connections that the plan opens before the trial are replaced when they are lost, at the next exchange.
 * A connection attempt that fails settles as many waiting exchanges as it would have carried, unless others carry them.
 */
export class Http2Session implements TargetSession, LinkOwner {
  readonly #engine: string
  readonly #exchange: Exchange
  readonly #plan: ConnectionPlan
  readonly #slots: number
  readonly #dialer: Dialer
  readonly #make: MakeLink
  readonly #queue: WaitQueue
  /** By slot: the link that carries its exchange. */
  readonly #carrier: (Link | null)[]
  /** By slot: what was written before its exchange had a link. */
  readonly #early: (EarlyMessages | undefined)[] = []
  /** Links that take exchanges, those that do not yet, and all that are not closed. */
  readonly #usable: Link[] = []
  readonly #opening: Link[] = []
  readonly #links = new Set<Link>()
  readonly #flowBlocked = new Set<Link>()
  readonly #patch: Patch = blankPatch()
  #next = 0
  #blocked: BlockedReason | 0 = 0
  #disposed = false
  #preparation: PromiseWithResolvers<void> | undefined
  #lastFailure = -PAUSE_MS
  #opened = 0
  #failed = 0
  #closed = 0
  /** Of links that are gone. */
  #bytesOut = 0
  #bytesIn = 0

  constructor(
    engine: string,
    context: Pick<SessionContext, 'exchange' | 'connections' | 'slots'>,
    dialer: Dialer,
    make: MakeLink,
  ) {
    this.#engine = engine
    this.#exchange = context.exchange
    this.#plan = context.connections
    this.#slots = context.slots
    this.#dialer = dialer
    this.#make = make
    this.#queue = new WaitQueue(context.slots)
    this.#carrier = Array.from({ length: context.slots }, () => null)
  }

  async connect(): Promise<void> {
    try {
      await this.#dialer.resolve()
    } catch (error) {
      throw connectError(error, this.#dialer.endpoint, 'HTTP/2')
    }
    const missing = this.#missing
    if (missing <= 0) return
    this.#preparation = Promise.withResolvers()
    for (let index = 0; index < missing; index++) this.#dial()
    await this.#preparation.promise
  }

  open(slot: number, prepared: Prepared, patch: Patch): void {
    const link = this.#queue.length === 0 ? this.#pick() : null
    if (link === null) {
      this.#queue.add(slot, prepared, patch)
      this.#dialForWaiting()
      return
    }
    this.#carrier[slot] = link
    link.start(slot, prepared, patch)
    if (this.#missing > 0) this.#dialMissing()
  }

  write(slot: number, prepared: Prepared, patch: Patch): void {
    const link = this.#carrier[slot] ?? null
    if (link !== null) link.write(slot, prepared, patch)
    else if (this.#queue.has(slot)) this.#earlyOf(slot).messages.push({ prepared, patch: { ...patch } })
  }

  end(slot: number): void {
    const link = this.#carrier[slot] ?? null
    if (link !== null) link.end(slot)
    else if (this.#queue.has(slot)) this.#earlyOf(slot).ended = true
  }

  cancel(slot: number): void {
    const link = this.#carrier[slot] ?? null
    if (link !== null) {
      link.cancel(slot)
    } else if (this.#queue.has(slot)) {
      this.#queue.remove(slot, this.#patch)
      this.#early[slot] = undefined
      this.#unblock()
    } else {
      return
    }
    this.settled(slot, FailureKind.cancelled, 0, 0)
  }

  statistics(): SessionStatistics {
    let bytesOut = this.#bytesOut
    let bytesIn = this.#bytesIn
    for (const link of this.#links) {
      bytesOut += link.bytesOut
      bytesIn += link.bytesIn
    }
    return {
      engine: this.#engine,
      connectionsOpened: this.#opened,
      connectionsFailed: this.#failed,
      connectionsClosed: this.#closed,
      connectNanos: this.#dialer.connectNanos,
      handshakeNanos: this.#dialer.handshakeNanos,
      bytesOut,
      bytesIn,
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true
    this.#preparation?.reject(
      new ServebenchError('SERVEBENCH_SESSION_CLOSED', 'The session was closed while it connected.'),
    )
    this.#usable.length = 0
    this.#opening.length = 0
    for (let slot = 0; slot < this.#slots; slot++) this.cancel(slot)
    for (const link of this.#links) this.#forget(link)
  }

  opened(link: Link): void {
    remove(this.#opening, link)
    this.#usable.push(link)
    this.#opened += 1
    if (this.#blocked === BlockedReason.descriptors) this.#setBlocked(0)
    this.#prepared(undefined)
    this.#serve()
  }

  openFailed(link: Link, kind: FailureKind, error: Error): void {
    remove(this.#opening, link)
    this.#links.delete(link)
    this.#failed += 1
    this.#lastFailure = performance.now()
    this.#prepared(error)
    if (kind === FailureKind.exhausted) this.#setBlocked(BlockedReason.descriptors)
    if (this.#usable.length === 0) {
      for (let left = Math.min(this.#queue.length, this.#perLink); left > 0; left--) {
        const slot = this.#queue.first
        if (slot === -1) break
        this.#queue.remove(slot, this.#patch)
        this.#early[slot] = undefined
        this.#exchange.fail(slot, kind, 0)
      }
      this.#unblock()
    }
    this.#dialForWaiting()
  }

  capacityChanged(): void {
    this.#serve()
  }

  retiring(link: Link): void {
    remove(this.#usable, link)
    remove(this.#opening, link)
  }

  closed(link: Link, byPeer: boolean): void {
    remove(this.#usable, link)
    this.#links.delete(link)
    this.#bytesOut += link.bytesOut
    this.#bytesIn += link.bytesIn
    if (byPeer) this.#closed += 1
    this.flowControl(link, false)
    this.#dialForWaiting()
  }

  flowControl(link: Link, blocked: boolean): void {
    if (blocked) this.#flowBlocked.add(link)
    else this.#flowBlocked.delete(link)
    const reason = this.#flowBlocked.size > 0 ? BlockedReason.flowControl : 0
    if (this.#blocked === 0 || this.#blocked === BlockedReason.flowControl) this.#setBlocked(reason)
  }

  settled(slot: number, kind: FailureKind, code: number, bytesIn: number): void {
    this.#carrier[slot] = null
    if (kind === FailureKind.none) this.#exchange.done(slot, bytesIn)
    else this.#exchange.fail(slot, kind, code)
    if (this.#queue.length > 0) this.#serve()
  }

  /** The usable link with the fewest exchanges in flight; equal ones take turns. */
  #pick(): Link | null {
    const links = this.#usable
    let best: Link | null = null
    let fewest = Infinity
    for (let index = 0; index < links.length; index++) {
      const place = (this.#next + index) % links.length
      const link = links[place] as Link
      if (link.active >= fewest || link.active >= link.capacity) continue
      best = link
      fewest = link.active
      if (fewest === 0) break
    }
    this.#next = (this.#next + 1) % Math.max(1, links.length)
    return best
  }

  /** Starts waiting exchanges while there are streams. */
  #serve(): void {
    while (this.#queue.length > 0) {
      const link = this.#pick()
      if (link === null) {
        this.#dialForWaiting()
        return
      }
      const slot = this.#queue.first
      const prepared = this.#queue.remove(slot, this.#patch)
      this.#carrier[slot] = link
      this.#unblock()
      this.#exchange.connected(slot)
      link.start(slot, prepared, this.#patch)
      this.#sendEarly(slot, link)
    }
  }

  #sendEarly(slot: number, link: Link): void {
    const early = this.#early[slot]
    if (early === undefined) return
    this.#early[slot] = undefined
    for (const { prepared, patch } of early.messages) link.write(slot, prepared, patch)
    if (early.ended) link.end(slot)
  }

  #earlyOf(slot: number): EarlyMessages {
    return (this.#early[slot] ??= { messages: [], ended: false })
  }

  /** Exchanges that one connection is expected to carry. */
  get #perLink(): number {
    return this.#plan.reuse === 'per-request' ? 1 : this.#plan.streams
  }

  /** Connections that the plan wants open whatever the load. */
  get #missing(): number {
    if (this.#plan.open === 'on-demand' || this.#plan.reuse === 'per-request') return 0
    return this.#plan.count - this.#usable.length - this.#opening.length
  }

  /** Starts as many connections as the waiting exchanges need, within the plan. */
  #dialForWaiting(): void {
    const { count, fixed, reuse } = this.#plan
    const limit = fixed ? count : this.#slots
    while (this.#opening.length * this.#perLink < this.#queue.length && !this.#disposed) {
      // A connection that only finishes what it has begun does not count, unless all do that.
      const used = reuse === 'per-request' ? this.#links.size : this.#usable.length + this.#opening.length
      // A peer that allows no stream at all will not allow one on another connection.
      if (used >= limit || this.#usable.some((link) => link.capacity === 0)) break
      this.#dial()
    }
    if (this.#queue.length === 0 || (this.#blocked !== 0 && this.#blocked !== BlockedReason.flowControl))
      return
    this.#setBlocked(this.#usable.length === 0 ? BlockedReason.connections : BlockedReason.streams)
  }

  #dialMissing(): void {
    if (this.#opening.length === 0 && performance.now() - this.#lastFailure >= PAUSE_MS) this.#dial()
  }

  #dial(): void {
    const link = this.#make(this)
    this.#links.add(link)
    this.#opening.push(link)
    link.open()
  }

  /** One of the connections that `connect` waits for is open or has failed. */
  #prepared(error: Error | undefined): void {
    if (this.#preparation === undefined || this.#opening.length > 0) return
    if (this.#usable.length > 0 || error === undefined) this.#preparation.resolve()
    else this.#preparation.reject(error)
    this.#preparation = undefined
  }

  #forget(link: Link): void {
    this.#links.delete(link)
    link.destroy()
    this.#bytesOut += link.bytesOut
    this.#bytesIn += link.bytesIn
  }

  #unblock(): void {
    if (this.#queue.length > 0 || this.#blocked === 0) return
    if (this.#blocked === BlockedReason.connections || this.#blocked === BlockedReason.streams)
      this.#setBlocked(this.#flowBlocked.size > 0 ? BlockedReason.flowControl : 0)
  }

  #setBlocked(reason: BlockedReason | 0): void {
    if (this.#blocked === reason) return
    this.#blocked = reason
    if (reason === 0) this.#exchange.ready()
    else this.#exchange.blocked(reason)
  }
}

interface EarlyMessages {
  readonly messages: { readonly prepared: Prepared; readonly patch: Patch }[]
  ended: boolean
}

function remove(list: Link[], link: Link): void {
  const index = list.indexOf(link)
  if (index !== -1) list.splice(index, 1)
}
