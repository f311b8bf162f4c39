import { blankPatch } from '../../engine/patch.ts'
import { BlockedReason, FailureKind } from '../../engine/outcome.ts'
import type {
  Exchange,
  Patch,
  Prepared,
  SessionContext,
  SessionStatistics,
  TargetSession,
} from '../../engine/session.ts'
import { ServebenchError } from '../../errors/servebench-error.ts'
import { connectError, connectTimeout } from '../socket/connect-error.ts'
import type { Dialer } from '../socket/dialer.ts'
import { failureOf } from '../socket/failure.ts'
import { Reuse } from './connection.ts'
import type { Connection, ConnectionOwner } from './connection.ts'
import { Preparation } from './preparation.ts'
import { WaitQueue } from './wait-queue.ts'

/** Makes connections that report to the given session. */
export type ConnectionFactory = (session: ConnectionOwner) => () => Connection

/** What a session carries beside its connections. */
export interface SessionCompanion extends Disposable {
  /** Added to the session's own statistics. */
  statistics(): Partial<SessionStatistics>
}

/** How many connections are opened at once before a trial: fewer than the backlog of any server. */
const CONNECTS_AT_ONCE = 32
const CONNECT_SECONDS = 10

/**
 * The connections of one worker to one HTTP/1.1 server.
 *
 * Idle connections are used last in, first out: at low rates the same few stay warm, and those that a server closes for
 * idleness are the ones that nobody was about to use. Exchanges without a connection wait first come, first served.
 * A connection attempt that fails settles one waiting exchange, the one that waits longest; an attempt whose exchange
 * was cancelled goes on as long as the plan has a use for the connection.
 */
export class HttpSession implements TargetSession, ConnectionOwner {
  bytesOut = 0
  bytesIn = 0
  connectionsClosed = 0
  problem = ''
  readonly #engine: string
  readonly #companion: SessionCompanion | null
  readonly #exchange: Exchange
  readonly #plan: SessionContext['connections']
  readonly #dialer: Dialer
  readonly #makeConnection: () => Connection
  readonly #queue: WaitQueue
  readonly #active: (Connection | null)[]
  /** A stack. */
  readonly #idle: Connection[] = []
  /** Attempts under way, oldest first. */
  readonly #opening: Connection[] = []
  readonly #connections = new Set<Connection>()
  readonly #patch: Patch = blankPatch()
  #blocked: BlockedReason | 0 = 0
  #disposed = false
  #preparation: Preparation | undefined

  constructor(
    engine: string,
    context: Pick<SessionContext, 'exchange' | 'connections' | 'slots'>,
    dialer: Dialer,
    factory: ConnectionFactory,
    companion: SessionCompanion | null = null,
  ) {
    this.#companion = companion
    this.#engine = engine
    this.#exchange = context.exchange
    this.#plan = context.connections
    this.#dialer = dialer
    this.#makeConnection = factory(this)
    this.#queue = new WaitQueue(context.slots)
    this.#active = Array.from({ length: context.slots }, () => null)
  }

  async connect(): Promise<void> {
    try {
      await this.#dialer.resolve()
    } catch (error) {
      throw connectError(error, this.#dialer.endpoint)
    }
    if (this.#plan.open === 'on-demand' || this.#plan.reuse === 'per-request') return
    const missing = this.#plan.count - this.#connections.size
    if (missing <= 0) return
    const preparation = new Preparation(missing)
    this.#preparation = preparation
    for (let index = 0; index < Math.min(missing, CONNECTS_AT_ONCE); index++) this.#dialAhead(preparation)
    const deadline = setTimeout(
      () => preparation.expire(connectTimeout(this.#dialer.endpoint, CONNECT_SECONDS)),
      CONNECT_SECONDS * 1000,
    )
    try {
      await preparation.finished
    } finally {
      clearTimeout(deadline)
      this.#preparation = undefined
      for (const connection of this.#opening.slice()) this.#abandon(connection)
    }
  }

  open(slot: number, prepared: Prepared, patch: Patch): void {
    const connection = this.#idle.pop()
    if (connection !== undefined) {
      this.#active[slot] = connection
      connection.send(slot, prepared, patch)
      return
    }
    this.#queue.add(slot, prepared, patch)
    this.#dialForWaiting()
  }

  write(): void {
    throw streamError()
  }

  end(): void {
    throw streamError()
  }

  cancel(slot: number): void {
    const connection = this.#active[slot] ?? null
    if (connection !== null) {
      this.#active[slot] = null
      this.#connections.delete(connection)
      connection.destroy()
    } else if (this.#queue.has(slot)) {
      this.#queue.remove(slot, this.#patch)
      this.#trimOpening()
      this.#unblock()
    } else {
      return
    }
    this.#exchange.fail(slot, FailureKind.cancelled, 0)
    this.#dialForWaiting()
  }

  statistics(): SessionStatistics {
    const { opened, failed, connectNanos, handshakeNanos } = this.#dialer
    const { notes: more = [], ...rest } = this.#companion?.statistics() ?? {}
    const notes = [
      ...(this.problem === '' ? [] : [`The last answer that was no valid HTTP/1.1: ${this.problem}.`]),
      ...more,
    ]
    return {
      engine: this.#engine,
      connectionsOpened: opened,
      connectionsFailed: failed,
      connectionsClosed: this.connectionsClosed,
      connectNanos,
      handshakeNanos,
      bytesOut: this.bytesOut,
      bytesIn: this.bytesIn,
      ...rest,
      ...(notes.length === 0 ? {} : { notes }),
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true
    for (let slot = 0; slot < this.#active.length; slot++) this.cancel(slot)
    for (const connection of this.#connections) connection.destroy()
    this.#connections.clear()
    this.#idle.length = 0
    this.#opening.length = 0
    this.#companion?.[Symbol.dispose]()
  }

  opened(connection: Connection): void {
    remove(this.#opening, connection)
    this.#preparation?.succeeded()
    if (this.#preparation?.wantsMore === true) this.#dialAhead(this.#preparation)
    if (this.#blocked === BlockedReason.descriptors) this.#setBlocked(0)
    this.#offer(connection)
  }

  openFailed(connection: Connection, error: unknown): void {
    remove(this.#opening, connection)
    this.#connections.delete(connection)
    this.#preparation?.failed(connectError(error, this.#dialer.endpoint))
    const kind = failureOf(error)
    if (kind === FailureKind.exhausted) this.#setBlocked(BlockedReason.descriptors)
    const slot = this.#queue.first
    if (slot !== -1) {
      this.#queue.remove(slot, this.#patch)
      this.#unblock()
      this.#exchange.fail(slot, kind, 0)
    }
    this.#dialForWaiting()
  }

  settled(
    connection: Connection,
    slot: number,
    reuse: Reuse,
    kind: FailureKind,
    code: number,
    bytesIn: number,
  ): void {
    this.#active[slot] = null
    // With others waiting, the connection is theirs; but first the core reads its clock for this exchange.
    const waiting = this.#queue.length > 0
    if (reuse === Reuse.never) this.#connections.delete(connection)
    else if (reuse === Reuse.now && !waiting) this.#idle.push(connection)
    if (kind === FailureKind.none) this.#exchange.done(slot, bytesIn)
    else this.#exchange.fail(slot, kind, code)
    if (!waiting) return
    if (reuse === Reuse.now) this.#offer(connection)
    else this.#dialForWaiting()
  }

  freed(connection: Connection): void {
    this.#offer(connection)
  }

  lost(connection: Connection): void {
    this.#connections.delete(connection)
    remove(this.#idle, connection)
    this.#dialForWaiting()
  }

  /** Gives a free connection to whoever waits longest, or keeps it. */
  #offer(connection: Connection): void {
    if (!this.#connections.has(connection)) return
    const slot = this.#queue.first
    if (slot === -1) {
      this.#idle.push(connection)
      return
    }
    const prepared = this.#queue.remove(slot, this.#patch)
    this.#unblock()
    this.#active[slot] = connection
    this.#exchange.connected(slot)
    if (this.#active[slot] === connection) connection.send(slot, prepared, this.#patch)
  }

  /** Starts as many connections as there are exchanges without the prospect of one, within the plan. */
  #dialForWaiting(): void {
    const { fixed, count } = this.#plan
    while (this.#opening.length < this.#queue.length && !this.#disposed) {
      if (fixed && this.#connections.size >= count) {
        if (this.#blocked === 0) this.#setBlocked(BlockedReason.connections)
        return
      }
      this.#dial()
    }
  }

  #dial(): void {
    const connection = this.#makeConnection()
    this.#connections.add(connection)
    this.#opening.push(connection)
    connection.open()
  }

  #dialAhead(preparation: Preparation): void {
    preparation.started()
    this.#dial()
  }

  /** Gives up the attempts beyond the plan that nobody waits for any more, the longest hanging first. */
  #trimOpening(): void {
    while (this.#opening.length > this.#queue.length && this.#connections.size > this.#plan.count) {
      this.#abandon(this.#opening[0] as Connection)
    }
  }

  #abandon(connection: Connection): void {
    remove(this.#opening, connection)
    this.#connections.delete(connection)
    connection.destroy()
  }

  #unblock(): void {
    if (this.#blocked === BlockedReason.connections && this.#queue.length === 0) this.#setBlocked(0)
  }

  #setBlocked(reason: BlockedReason | 0): void {
    if (this.#blocked === reason) return
    this.#blocked = reason
    if (reason === 0) this.#exchange.ready()
    else this.#exchange.blocked(reason)
  }
}

function remove(list: Connection[], connection: Connection): void {
  const index = list.indexOf(connection)
  if (index !== -1) list.splice(index, 1)
}

function streamError(): ServebenchError {
  return new ServebenchError(
    'SERVEBENCH_STREAM_UNSUPPORTED',
    'HTTP/1.1 sessions carry one request and one answer per exchange.',
    {
      advice: 'Use a target with streams, such as gRPC, for exchanges with several messages.',
    },
  )
}
