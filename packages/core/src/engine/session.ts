import type { JsonValue } from '../units/json.ts'
import type { Nanos } from '../units/nanos.ts'
import type { BlockedReason, FailureKind } from './outcome.ts'
import type { OutputTensor } from './output-tensor.ts'

/**
 * What a codec makes of one request, on the aide. The core copies `bytes` into shared memory once, before the trial;
 * while measuring nothing is encoded.
 */
export interface Encoded {
  /** The request as it goes to the transport; several parts are joined. */
  readonly bytes: Uint8Array | readonly Uint8Array[]
  /** Inferences in the request (the batch size); 1 by default. */
  readonly items?: number
  /** Places in `bytes` that differ from request to request. */
  readonly patches?: readonly PatchPoint[]
  /** What the codec tells its session about this payload: lengths, header lists. Plain data. */
  readonly meta?: JsonValue
  /** Splits distributions in the result, for example `'short'` and `'long'` prompts. */
  readonly label?: string
}

/**
 * An {@link Encoded} request as the load worker sees it: immutable, shared by all requests that use it. Steps of a
 * pipeline make theirs while they run: what a session keeps of a payload by its index, it keeps for this object only.
 */
export interface Prepared {
  /** Position in the payload ring; 0 for one that is made for a single request. */
  readonly index: number
  /** A view of shared memory: never write to it. */
  readonly bytes: Buffer
  readonly items: number
  readonly patches: readonly PatchPoint[]
  readonly meta: JsonValue
  readonly label: string | undefined
}

/**
 * A field of fixed width inside a payload that is rewritten for each request.
 *
 * - `unit`: the number of the unit of arrival, unique in the trial
 * - `salt`: 64 seeded random bits, different in every request
 * - `sequence`: the sequence's id (the unit's number + 1, never 0)
 * - `start` and `end`: whether this is the first or the last request of its sequence
 */
export interface PatchPoint {
  readonly offset: number
  /** Bytes: any width for `decimal` and `hex`, 8 for `u64le`, 10 for `varint`, 5 for `bool`, 1 for `byte`. */
  readonly length: number
  readonly field: 'unit' | 'salt' | 'sequence' | 'start' | 'end'
  /**
   * - `decimal`: ASCII digits, padded with spaces on the right (legal in JSON)
   * - `hex`: ASCII hexadecimal digits, padded with zeros on the left
   * - `u64le`: little-endian integer
   * - `varint`: protobuf varint padded to ten bytes
   * - `bool`: ASCII `true ` or `false`
   * - `byte`: 0 or 1
   */
  readonly encoding: 'decimal' | 'hex' | 'u64le' | 'varint' | 'bool' | 'byte'
}

/** The values for the patch points of one request. One object per worker, overwritten for each request. */
export interface Patch {
  unit: number
  saltLow: number
  saltHigh: number
  sequence: number
  start: boolean
  end: boolean
  /** The user of a closed loop whose request it is, counted from 0 over all workers; −1 or absent in an open loop. */
  user?: number
  /** Counts from 0. */
  attempt?: number
}

/** An answer as it arrived, for {@link TargetCodec.decode}. */
export interface RawMessage {
  /** HTTP status, or 200 for protocols without one. */
  readonly status: number
  /** The header block: HTTP/1.1 header lines, or `name: value` lines for HTTP/2. */
  readonly head: Uint8Array
  /** One entry per message; one entry for a plain HTTP body. */
  readonly messages: readonly Uint8Array[]
}

/** The aide's side of a target: turns requests into bytes before the trial, and answers into values for `check`. */
export interface TargetCodec<Request = unknown, Response = unknown> {
  /** @throws {ServebenchError} when the request does not fit the target (shape, datatype, name); before any load. */
  encode(request: Request): Encoded | Promise<Encoded>
  decode(raw: RawMessage, meta: JsonValue): Response | Promise<Response>
  /**
   * What an answer holds as tensors, so that it can be compared with that of another server to the same input; absent
   * where answers are none.
   * @throws whatever says that this answer holds something else
   */
  outputs?(response: Response): readonly OutputTensor[] | Promise<readonly OutputTensor[]>
}

/** How a session may use connections; `count` is this worker's share. */
export interface ConnectionPlan {
  readonly count: number
  /** Whether `count` is a limit (`true`) or more may be opened on demand (`false`). */
  readonly fixed: boolean
  /** Concurrent exchanges on one connection, for protocols that multiplex. */
  readonly streams: number
  readonly reuse: 'keep-alive' | 'per-request'
  readonly open: 'before' | 'on-demand'
}

/** What the core hands to `createSession`, once per trial and worker (or once for several trials of equal target). */
export interface SessionContext<Options = JsonValue> {
  readonly options: Options
  readonly exchange: Exchange
  readonly connections: ConnectionPlan
  /** Slots are integers in [0, slots). */
  readonly slots: number
  /** `unary`: `open` sends the whole request. `stream`: `open` sends the first message, then `write` and `end` follow. */
  readonly exchangeKind: 'unary' | 'stream'
  /** An answer above this size fails with `tooLarge`. */
  readonly maxResponseBytes: number
  readonly prepared: readonly Prepared[]
  readonly worker: number
  /** How many workers share the load; 1 when absent. */
  readonly workers?: number
}

/**
 * The load worker's side of a target. No method returns a promise, allocates per request or throws for a reason that
 * lies in the server: failures go to {@link Exchange.fail}. Every `open` is settled exactly once, by `done` or `fail`.
 * `done` and `fail` may call `open` again before they return: release the connection first.
 */
export interface TargetSession extends AsyncDisposable {
  /** Opens `connections.count` connections. Resolves when all are usable, rejects when none is. */
  connect(): Promise<void>
  /** Starts an exchange now, or queues it inside the session until a connection is free (that wait is the target's). */
  open(slot: number, prepared: Prepared, patch: Patch): void
  /** Sends a further message of a streaming exchange. */
  write(slot: number, prepared: Prepared, patch: Patch): void
  /** Half-closes a streaming exchange: no further message. */
  end(slot: number): void
  /** Gives an exchange up. Leads to exactly one settlement, at once or later; `fail` with `cancelled` when nothing else happened. */
  cancel(slot: number): void
  /** Totals since the session was created. */
  statistics(): SessionStatistics
}

export interface SessionStatistics {
  /** Name and version of the engine, for example `http1-raw`. */
  readonly engine: string
  readonly connectionsOpened: number
  readonly connectionsFailed: number
  /** Connections that the peer closed. */
  readonly connectionsClosed: number
  /** Summed time to connect, and the part of it that TLS took. */
  readonly connectNanos: Nanos
  readonly handshakeNanos: Nanos
  readonly bytesOut: number
  readonly bytesIn: number
  /** What the answers were like, for sessions that look. */
  readonly answers?: AnswerCounts
  /** Things that the user should know, as sentences: how answers violated the protocol, what a server seems to speak instead. */
  readonly notes?: readonly string[]
}

export interface AnswerCounts {
  /** Since the session was created, warm-up and retried attempts included. */
  readonly total: number
  /** Answers to requests of the measurement, by status. */
  readonly statuses: Readonly<Record<string, number>>
  /** Of those with status 200: how many said how many hits they have, and how many said that there are none. */
  readonly withHits: number
  readonly zeroHits: number
}

/**
 * What a session tells the core. All calls are synchronous, on the load thread; the core reads its clock in each.
 * `buffer` arguments are only read during the call.
 */
export interface Exchange {
  /** A connection was opened for this exchange, or one became free after a wait; not called when one was at hand. */
  connected(slot: number): void
  /** The last byte of the request (of its first message, for a stream) was handed to the operating system. */
  sent(slot: number): void
  /** The first byte of the answer was read. Later calls for the same exchange are ignored. */
  firstByte(slot: number): void
  /** A message of the answer is complete. `units` is what it carries (tokens, rows), 1 when unknown. */
  message(slot: number, bytes: number, units: number, final: boolean): void
  /** Time that the server itself reported for this exchange: see {@link ServerStage}. */
  serverStage(slot: number, stage: ServerStage, nanos: number): void
  /** The answer is complete and, as far as the protocol says, a success. `bytesIn` counts the answer's payload. */
  done(slot: number, bytesIn: number): void
  /** The exchange failed. `code` is the HTTP or gRPC status for those kinds, 0 otherwise. */
  fail(slot: number, kind: FailureKind, code: number): void
  /** The session cannot start further exchanges for now (stream limit, flow control, descriptors); informative. */
  blocked(reason: BlockedReason): void
  /** The reason for `blocked` is gone. */
  ready(): void

  /** `capture[slot]` is 1 where `head` and `body` must be called, so that the answer can be checked. */
  readonly capture: Uint8Array
  /** Whether the exchange belongs to the measurement, as far as that is decided. */
  measures?(slot: number): boolean
  /** The status and the header block of the answer. */
  head(slot: number, status: number, buffer: Uint8Array, start: number, end: number): void
  /** A part of the current message. */
  body(slot: number, buffer: Uint8Array, start: number, end: number): void
  /** Header fields that came after the last `body`, where the protocol has them: lines like those of `head`. */
  trailers?(slot: number, buffer: Uint8Array, start: number, end: number): void
}

export const ServerStage = { queue: 0, compute: 1 } as const
export type ServerStage = (typeof ServerStage)[keyof typeof ServerStage]

/**
 * What a session module exports (the module that a `connect` provider names):
 * `export const createCodec: CreateCodec<…>` for the aide and `export const createSession: CreateSession<…>` for workers.
 */
export interface SessionModule<Options = JsonValue, Request = unknown, Response = unknown> {
  createCodec: CreateCodec<Options, Request, Response>
  createSession: CreateSession<Options>
}
export type CreateCodec<Options = JsonValue, Request = unknown, Response = unknown> = (
  options: Options,
) => TargetCodec<Request, Response> | Promise<TargetCodec<Request, Response>>
export type CreateSession<Options = JsonValue> = (
  context: SessionContext<Options>,
) => TargetSession | Promise<TargetSession>
