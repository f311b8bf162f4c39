import { closeSync, openSync } from 'node:fs'
import type { Patch, Prepared, SessionContext } from '../../engine/session.ts'
import { messageOf } from '../../errors/plugin-error.ts'
import { ServebenchError } from '../../errors/servebench-error.ts'
import { decodeBase64 } from '../queries/query-line.ts'
import type { QueryPart, QueryPlan } from '../queries/query-plan.ts'
import { QueryReader } from '../queries/query-reader.ts'
import type { Piece } from './patch-layout.ts'
import { readWireRequest, type RequestSource, type WireRequest } from './wire-request.ts'

/** What a payload's meta says when it stands for the queries of files. */
export interface QueryTemplate {
  readonly queries: QueryPlan
  /** Where in the payload the `/` is that each request's path takes the place of; −1 when it has one path for all. */
  readonly path: number
  /** Where the `0` is that the length of the body takes the place of; −1 for requests without one. */
  readonly length: number
}

/** The template that a payload is, if it is one. */
export function queryTemplateOf(prepared: Prepared | undefined): QueryTemplate | null {
  const meta = prepared?.meta
  return typeof meta === 'object' && meta !== null && 'queries' in meta
    ? (meta as unknown as QueryTemplate)
    : null
}

/** All readers of a worker together keep about this much in memory. */
const READ_AHEAD = 16 * 1024 * 1024
const LARGEST_BLOCK = 256 * 1024
const SMALLEST_BLOCK = 8 * 1024

/**
 * The requests that the queries of files become, read while measuring: a block of a file at a time, so that their memory
 * is bounded however large files are. A request is put together in a buffer of its slot by copying bytes.
 */
export class QueryRequests implements RequestSource, Disposable {
  readonly #plan: QueryPlan
  readonly #template: QueryTemplate
  readonly #append: Buffer
  readonly #workers: number
  /** The library reads each request's head itself. */
  readonly #forLibrary: boolean
  readonly #files = new Map<string, number>()
  /** By user, of which only this worker's have one; the only one when all share a file. */
  readonly #readers: (QueryReader | undefined)[]
  readonly #slots: SlotRequest[] = []
  #problem = ''

  /** @throws {ServebenchError} `SERVEBENCH_QUERIES` when a file cannot be opened */
  constructor(
    template: QueryTemplate,
    { worker, workers = 1 }: Pick<SessionContext<unknown>, 'worker' | 'workers'>,
    engine: string,
  ) {
    const { parts } = template.queries
    this.#plan = template.queries
    this.#template = template
    this.#append = Buffer.from(template.queries.append, 'latin1')
    this.#workers = workers
    this.#forLibrary = engine !== 'http1-raw'
    const isShared = parts.length === 1
    const share = isShared ? 1 : Math.ceil(parts.length / workers)
    const block = Math.max(SMALLEST_BLOCK, Math.min(LARGEST_BLOCK, Math.floor(READ_AHEAD / share)))
    this.#readers = parts.map((part, user) =>
      isShared || user % workers === worker ? this.#open(part, block) : undefined,
    )
    if (isShared) this.#skip(this.#readers[0] as QueryReader, worker)
  }

  of(prepared: Prepared, slot: number, patch: Patch): WireRequest {
    const request = (this.#slots[slot] ??= new SlotRequest(prepared))
    // Another attempt sends the same once more.
    if ((patch.attempt ?? 0) === 0 || request.unit !== patch.unit) {
      request.unit = patch.unit
      try {
        this.#write(request, prepared, this.#next(patch.user ?? -1))
      } catch (error) {
        // Sessions must not throw: what the slot sent last goes out once more, and the result tells.
        this.#problem = messageOf(error)
      }
      if (this.#forLibrary)
        request.whole = readWireRequest({ ...prepared, bytes: Buffer.from(request.bytes) })
    }
    return request.whole ?? request
  }

  /** What is to be told of the files, as sentences. */
  get notes(): readonly string[] {
    return this.#problem === ''
      ? []
      : [
          `Query files could not be read to their end while measuring, and requests were repeated: ${this.#problem}.`,
        ]
  }

  retain(slot: number): void {
    this.#slots[slot]?.giveUpMemory()
  }

  [Symbol.dispose](): void {
    for (const file of this.#files.values()) closeSync(file)
    this.#files.clear()
  }

  #open(part: QueryPart, block: number): QueryReader {
    const { lines, maxLine, base64 } = this.#plan
    return new QueryReader({ ...part, file: this.#descriptor(part.path), lines, maxLine, base64, block })
  }

  #descriptor(path: string): number {
    let file = this.#files.get(path)
    if (file !== undefined) return file
    try {
      file = openSync(path, 'r')
    } catch (cause) {
      this[Symbol.dispose]()
      throw new ServebenchError(
        'SERVEBENCH_QUERIES',
        `The query file ${path} cannot be opened: ${messageOf(cause)}.`,
        { advice: 'With a file per client, the limit on open files (ulimit -n) must allow them all.', cause },
      )
    }
    this.#files.set(path, file)
    return file
  }

  #next(user: number): QueryReader {
    const readers = this.#readers
    const isShared = readers.length === 1
    const reader = readers[isShared ? 0 : user % readers.length] as QueryReader
    advance(reader)
    return reader
  }

  /** Leaves out what other workers send. */
  #skip(reader: QueryReader, count: number): void {
    for (let index = 0; index < count; index++) advance(reader)
  }

  #write(request: SlotRequest, { bytes }: Prepared, reader: QueryReader): void {
    const { path, length } = this.#template
    const { base64 } = this.#plan
    const append = this.#append
    const { buffer, urlStart, urlEnd, bodyStart, bodyEnd } = reader
    const encoded = length === -1 ? 0 : bodyEnd - bodyStart
    const room = bytes.length + (urlEnd - urlStart) + append.length + encoded + MOST_DIGITS
    const target = request.room(room)
    let at = 0
    let copied = 0
    if (path !== -1) {
      at = bytes.copy(target, 0, 0, path)
      copied = path + 1
      at += buffer.copy(target, at, urlStart, urlEnd)
      at += append.copy(target, at)
    }
    if (length !== -1) {
      at += bytes.copy(target, at, copied, length)
      copied = length + 1
      const body = base64 ? decodedLength(buffer, bodyStart, bodyEnd) : encoded
      at = writeDecimal(target, at, body)
    }
    at += bytes.copy(target, at, copied)
    if (length !== -1) {
      if (base64) at += decodeBase64(buffer, bodyStart, bodyEnd, target, at)
      else at += buffer.copy(target, at, bodyStart, bodyEnd)
    }
    // A view is what sockets take: the one object of a request.
    request.bytes = target.subarray(0, at)
    if (this.#readers.length === 1) this.#skip(reader, this.#workers - 1)
  }
}

/** Goes to the next query; after the last one, to the first. */
function advance(reader: QueryReader): void {
  if (reader.next()) return
  reader.rewind()
  if (!reader.next()) throw new Error('a file has changed, and has no query any more')
}

/** The request of one slot. */
class SlotRequest implements WireRequest {
  readonly prepared: Prepared
  readonly method: string
  readonly path: string
  readonly headers: WireRequest['headers']
  readonly host: string
  readonly bodyStart: number
  readonly bodiless: boolean
  readonly close: boolean
  readonly pieces: readonly Piece[] | null = null
  bytes: Buffer
  /** The unit of arrival whose request it is. */
  unit = -1
  /** The same with its head read, for engines that need that. */
  whole: WireRequest | null = null
  #memory: Buffer = Buffer.allocUnsafeSlow(1024)

  constructor(template: Prepared) {
    const request = readWireRequest(template)
    this.prepared = template
    this.method = request.method
    this.path = request.path
    this.headers = request.headers
    this.host = request.host
    this.bodyStart = request.bodyStart
    this.bodiless = request.bodiless
    this.close = request.close
    this.bytes = template.bytes
  }

  /** Memory of at least this size, which holds what was written to it last. */
  room(size: number): Buffer {
    if (this.#memory.length < size) {
      let larger = this.#memory.length
      while (larger < size) larger *= 2
      this.#memory = Buffer.allocUnsafeSlow(larger)
    }
    return this.#memory
  }

  /** Somebody still reads it. */
  giveUpMemory(): void {
    this.#memory = Buffer.allocUnsafeSlow(1024)
  }
}

const MOST_DIGITS = 16

function decodedLength(bytes: Uint8Array, start: number, end: number): number {
  let digits = 0
  for (let at = start; at < end; at++) {
    const byte = bytes[at]
    if (byte !== 10 && byte !== 13 && byte !== 61) digits += 1
  }
  return Math.floor((digits * 3) / 4)
}

/** @returns the position after the last digit */
function writeDecimal(target: Uint8Array, at: number, value: number): number {
  let width = 1
  for (let rest = value; rest >= 10; rest = Math.floor(rest / 10)) width += 1
  let rest = value
  for (let index = at + width - 1; index >= at; index--) {
    target[index] = 48 + (rest % 10)
    rest = Math.floor(rest / 10)
  }
  return at + width
}
