import type { FailureKind } from '../../engine/outcome.ts'
import type { Exchange, Patch, Prepared } from '../../engine/session.ts'
import type { Dialer } from '../socket/dialer.ts'
import type { AnswerObserver } from './answer-observer.ts'
import type { RequestSource } from './wire-request.ts'

/** One connection of a session; carries one exchange at a time. */
export interface Connection {
  /** Starts to connect; leads to `opened` or `openFailed`, later. */
  open(): void
  /** Sends a request. Only on an opened connection that carries no exchange; never settles before it returns. */
  send(slot: number, prepared: Prepared, patch: Patch): void
  /** Closes at once, without further calls to the owner. */
  destroy(): void
}

/** What becomes of a connection after an exchange. */
export const Reuse = {
  /** Free for the next exchange. */
  now: 0,
  /** Free after `freed`: the answer came before the request was written to its end. */
  later: 1,
  /** Closed, or closing by itself. */
  never: 2,
} as const
export type Reuse = (typeof Reuse)[keyof typeof Reuse]

/** What a connection tells its session. */
export interface ConnectionOwner {
  /** Wire bytes of all connections. */
  bytesOut: number
  bytesIn: number
  /** Connections that the peer closed. */
  connectionsClosed: number
  /** The last violation of the protocol, in words. */
  problem: string
  opened(connection: Connection): void
  openFailed(connection: Connection, error: unknown): void
  /** The exchange is over. The session frees the connection before it tells the core. */
  settled(
    connection: Connection,
    slot: number,
    reuse: Reuse,
    kind: FailureKind,
    code: number,
    bytesIn: number,
  ): void
  /** Follows `settled` with `Reuse.later`. */
  freed(connection: Connection): void
  /** A connection without an exchange is gone. */
  lost(connection: Connection): void
}

/** What all connections of a session share. */
export interface ConnectionSettings {
  readonly owner: ConnectionOwner
  readonly exchange: Exchange
  readonly dialer: Dialer
  readonly observer: AnswerObserver | null
  readonly requests: RequestSource
  /** `accepted[status]` is 1 for statuses that count as success. */
  readonly accepted: Uint8Array
  readonly maxResponseBytes: number
  /** Whether each connection carries a single exchange. */
  readonly perRequest: boolean
}

/** How long the peer may take to close a connection that it announced to close, or to read a request that it has answered. */
export const LINGER_MS = 1000
/** One TLS record: written to an idle connection, it is in the kernel when `write` returns, although Node says so later. */
export const TLS_RECORD = 16_384
/** Written after a request: its callback says that the request has left Node's memory. */
export const EMPTY: Buffer = Buffer.alloc(0)
