import type { FailureKind } from '../../engine/outcome.ts'
import type { Patch, Prepared } from '../../engine/session.ts'

/** One connection of a session; carries several exchanges at once. */
export interface Link {
  /** Exchanges in flight. */
  readonly active: number
  /** How many may be; 0 when none can be started. */
  readonly capacity: number
  /** Bytes on the wire, without TLS. */
  readonly bytesOut: number
  readonly bytesIn: number
  /** Starts to connect; leads to `opened` or `openFailed`, later. */
  open(): void
  /** Starts an exchange; only while `active` is below `capacity`. Never settles before it returns. */
  start(slot: number, prepared: Prepared, patch: Patch): void
  write(slot: number, prepared: Prepared, patch: Patch): void
  end(slot: number): void
  /** Gives an exchange up, without a call to the owner. */
  cancel(slot: number): void
  /** Closes, without further calls to the owner. */
  destroy(): void
}

/** What a link tells its session. */
export interface LinkOwner {
  opened(link: Link): void
  openFailed(link: Link, kind: FailureKind, error: Error): void
  /** The peer allows another number of streams. */
  capacityChanged(link: Link): void
  /** No further exchange can be started; those in flight go on. */
  retiring(link: Link): void
  /** An opened link is gone. Its exchanges are settled after this. */
  closed(link: Link, byPeer: boolean): void
  /** Requests began to wait for the peer's flow-control windows, or none does any more. */
  flowControl(link: Link, blocked: boolean): void
  /** An exchange is over, and does not use its link any more. */
  settled(slot: number, kind: FailureKind, code: number, bytesIn: number): void
}

/** Makes a link that reports to the given session. */
export type MakeLink = (owner: LinkOwner) => Link
