import type { ByteSize } from '../../units/bytes.ts'
import type { Duration } from '../../units/duration.ts'

/**
 * What a truth server does with requests, as plain data: it crosses a thread boundary.
 * The fields of {@link Behaviour} hold for every request; a rule adds to and replaces them for some.
 */
export interface TruthProgram extends Behaviour {
  /** The first rule that matches a request is the one that counts. */
  readonly rules?: readonly Rule[]
  /** Requests in service at the same time, first come, first served; without limit by default. */
  readonly servers?: number
  /** Waiting places in front of the servers; without limit by default. */
  readonly queue?: number
  /** The HTTP status for a request that finds no waiting place; 503 by default (gRPC: `UNAVAILABLE`). */
  readonly overflowStatus?: number
  readonly stalls?: readonly Stall[]
  /** When the clock of `stalls` and of `when.during` starts: at the first request (default), or with the program. */
  readonly clock?: 'first-request' | 'program'
  /** For random service times, `when.share` and garbage; 1 by default. */
  readonly seed?: number
  /** Where requests carry the number that the arrival log stores as their `unit`; by default no unit is read. */
  readonly unit?: Field
  /** Where requests carry what {@link Body} `sum` needs. */
  readonly sequence?: SequenceFields
  readonly connections?: ConnectionProgram
}

export interface Behaviour {
  /** Time in service, from the start of service to the first byte of the answer; none by default. */
  readonly service?: ServiceTime
  /** In a rule: its fields are laid over those of the program. */
  readonly answer?: Answer
  /** In a rule, `null` takes the program's fault away. */
  readonly fault?: Fault | null
  /** Slow reading of the request: makes the client feel back-pressure. */
  readonly reading?: Reading
  /** Start service when the header block is there, not when the whole request is: the answer overtakes the body. */
  readonly early?: boolean
}

export interface Rule extends Behaviour {
  readonly when: Condition
}

/** All that is given must hold. `index` counts requests from 0, in the order of arrival, over all connections. */
export interface Condition {
  /** The exact path without its query, or a prefix that ends in `*`. */
  readonly path?: string
  readonly method?: string
  /** Headers with exactly these values; names in any case. */
  readonly headers?: Readonly<Record<string, string>>
  /** Every k-th request: with 5 the requests 4, 9, 14, … */
  readonly every?: number
  /** From this index on. */
  readonly from?: number
  /** Before this index. */
  readonly until?: number
  readonly indices?: readonly number[]
  /** The number of a connection, counted from 0 in the order of acceptance. */
  readonly connection?: number
  /** A seeded random share of the requests. */
  readonly share?: number
  /** Requests whose arrival lies in [from, until) of the clock. */
  readonly during?: { readonly from: Duration; readonly until: Duration }
}

/**
 * - a duration: constant
 * - `exponential` with a mean: what queueing formulas assume
 * - `lognormal` with its median and σ of the logarithm
 * - `uniform` in [low, high)
 * - `list`: times[index], from the start again at the end
 */
export type ServiceTime =
  | Duration
  | { readonly kind: 'exponential'; readonly mean: Duration }
  | { readonly kind: 'lognormal'; readonly median: Duration; readonly sigma: number }
  | { readonly kind: 'uniform'; readonly low: Duration; readonly high: Duration }
  | { readonly kind: 'list'; readonly times: readonly Duration[] }

/** The server is frozen in [from, until) of the clock. */
export interface Stall {
  readonly from: Duration
  readonly until: Duration
  /**
   * - `service` (default): no service starts and nothing is answered, but requests are still read, so that the log
   *   has their true arrival instants
   * - `thread`: the thread sleeps as a stopped process would: nothing is accepted, read or answered, and arrival
   *   instants inside the window are those at which the server woke up
   */
  readonly what?: 'service' | 'thread'
}

/** A number inside a request: in a header, in a member of a JSON body, or at a byte of the body. */
export type Field =
  | { readonly header: string }
  | { readonly json: string }
  | {
      readonly offset: number
      /** `decimal` and `hex` need a length; spaces around decimal digits are ignored. */
      readonly encoding: 'decimal' | 'hex' | 'u64le' | 'varint' | 'byte' | 'bool'
      readonly length?: number
    }

/** By default members of a JSON body: `sequence`, `start`, `end` and `value`. */
export interface SequenceFields {
  readonly id?: Field
  readonly start?: Field
  readonly end?: Field
  readonly value?: Field
}

export interface Answer {
  /** 200 by default. */
  readonly status?: number
  /** The reason phrase of HTTP/1.1. */
  readonly reason?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly trailers?: Readonly<Record<string, string>>
  readonly body?: Body
  /** HTTP/1.1: how the end of the body is told; `length` by default, `chunked` for streams and trailers. */
  readonly framing?: 'length' | 'chunked' | 'close'
  /** Interim answers in front of the final one, for example `[103]`. */
  readonly informational?: readonly number[]
  /** Sends the whole answer in pieces of so many bytes, `every` apart. HTTP/2: the body only. */
  readonly pace?: { readonly bytes: number; readonly every: Duration }
  /** Several messages instead of one body. */
  readonly stream?: MessageStream
  /**
   * How a gRPC call ends; status 0 by default. Another status is sent without messages unless `afterMessages`, and it
   * wins over `status`, which a call gets as it is.
   */
  readonly grpc?: { readonly status: number; readonly message?: string; readonly afterMessages?: boolean }
  /** `close`: the answer announces that the connection ends, and it does. */
  readonly connection?: 'keep-alive' | 'close'
}

/**
 * - text
 * - `fill`: a JSON string padded to `bytes` bytes
 * - `echo`: the request's body (gRPC: its messages)
 * - `receipt` (default): JSON of what arrived: `{ index, unit, connection, method, path, headers, bytes }`
 * - `sum`: JSON `{ sequence, sum, steps, digest }` of the request's sequence; `digest` depends on the order
 */
export type Body =
  | string
  | { readonly kind: 'fill'; readonly bytes: number | ByteSize }
  | { readonly kind: 'echo' }
  | { readonly kind: 'receipt' }
  | { readonly kind: 'sum' }

/**
 * - `messages`: `count` messages of `bytes` bytes, the first `first` after the end of service, the others `gap` apart
 *   (gRPC messages, server-sent events, or chunks of text)
 * - `echo`: each message of a gRPC stream comes back after its own service time, in order
 */
export type MessageStream =
  | {
      readonly kind: 'messages'
      readonly count: number
      readonly gap?: Duration
      readonly first?: Duration
      readonly bytes?: number
      /** Framing over HTTP; `sse` by default. gRPC frames its own way. */
      readonly format?: 'sse' | 'ndjson' | 'chunks'
    }
  | { readonly kind: 'echo' }

/** Where an answer breaks off: before its first byte, behind its header block, or after so many bytes. */
export type BreakPoint = 'nothing' | 'headers' | number

/**
 * What goes wrong after the time in service. Bytes are counted on the wire for HTTP/1.1 and in the body for HTTP/2.
 *
 * - `reset`: TCP RST of the connection
 * - `close`: FIN, and nothing is read any more
 * - `half-close`: FIN, but reading goes on
 * - `hang`: silence on an open connection
 * - `content-length`: announces `difference` bytes more (then closes, or is silent) or fewer than it sends
 * - `garbage`: random bytes that are no HTTP
 * - `raw`: exactly this text (Latin-1) instead of an answer. HTTP/2: between frames
 * - `rst-stream`: HTTP/2 RST_STREAM with an error code
 * - `goaway`: HTTP/2 GOAWAY after the answer (or instead of it). `previous` tells the client that this very request
 *   was not processed
 * - `frames`: raw HTTP/2 frames instead of an answer
 */
export type Fault =
  | { readonly kind: 'reset' | 'close' | 'half-close' | 'hang'; readonly after?: BreakPoint }
  | { readonly kind: 'content-length'; readonly difference: number; readonly ending?: 'close' | 'hang' }
  | { readonly kind: 'garbage'; readonly bytes?: number; readonly ending?: Ending }
  | { readonly kind: 'raw'; readonly text: string; readonly ending?: Ending }
  | { readonly kind: 'rst-stream'; readonly code: number; readonly after?: BreakPoint }
  | {
      readonly kind: 'goaway'
      readonly code?: number
      readonly lastStream?: 'this' | 'previous'
      /** Close the connection when its open streams have ended; true by default. */
      readonly close?: boolean
    }
  | { readonly kind: 'frames'; readonly frames: readonly RawFrame[]; readonly ending?: Ending }

/** What follows on the connection; `keep`: the next request is served as if nothing had happened. */
export type Ending = 'keep' | 'close' | 'half-close' | 'reset' | 'hang'

export interface RawFrame {
  readonly type: number
  readonly flags?: number
  /** `this` (default): the stream of the request. */
  readonly stream?: 'this' | number
  /** Hexadecimal. */
  readonly payload?: string
  /** A length field that differs from the payload. */
  readonly length?: number
}

export type Reading =
  /** Stops reading once, after the header block. */
  | { readonly pause: Duration }
  /** Reads at most so many bytes per period. HTTP/2: per stream, so that the client runs out of window. */
  | { readonly bytes: number; readonly every: Duration }

export interface ConnectionProgram {
  /** What happens to accepted connections before they say anything: to all of them, or every k-th. */
  readonly accept?: { readonly fault: 'reset' | 'close' | 'hang'; readonly every?: number }
  /** Close without a word after so many answers: the client meets a stale connection. */
  readonly requests?: number
  /** Close without a word after being idle so long. */
  readonly idle?: Duration
  /**
   * HTTP/1.1: a client that closes its side of a connection still waits for its answers. By default it has gone, and
   * its requests are abandoned.
   */
  readonly halfOpen?: boolean
}
