import type { JsonObject } from '../../units/json.ts'
import type { Nanos } from '../../units/nanos.ts'
import type { RequestHead } from './condition.ts'
import type { Conduct } from './conduct.ts'
import type { FieldSource } from './field.ts'
import type { Ledger } from './ledger.ts'
import type { Fault } from './program.ts'
import type { Customer } from './station.ts'

/** The connection's side of a visit. */
export interface Replier {
  /** The time in service is over: answer, or misbehave, as `visit.conduct` says. */
  reply(visit: Visit, at: Nanos): void
}

export interface VisitHead extends RequestHead {
  headers(): JsonObject
}

/** One request from its header block to its end; it has exactly one end in the ledger. */
export class Visit implements Customer, FieldSource {
  readonly index: number
  readonly connection: number
  readonly head: VisitHead
  readonly arrival: Nanos
  conduct: Conduct
  service: Nanos
  unit: number = NaN
  bytes = 0
  gone = false
  /** Set where the answer is the state of a sequence. */
  sum: JsonObject | null = null
  readonly #ledger: Ledger
  readonly #replier: Replier
  readonly #keepsBody: boolean
  readonly #isCurrent: () => boolean
  #chunks: Buffer[] = []
  #body: Buffer | undefined
  #json: { value: unknown } | undefined
  #settled = false

  constructor(options: {
    readonly index: number
    readonly connection: number
    readonly head: VisitHead
    readonly arrival: Nanos
    readonly conduct: Conduct
    readonly ledger: Ledger
    readonly replier: Replier
    readonly keepsBody: boolean
    /** False after the ledger was cleared: the row belongs to another request by then. */
    readonly isCurrent: () => boolean
  }) {
    this.index = options.index
    this.connection = options.connection
    this.head = options.head
    this.arrival = options.arrival
    this.conduct = options.conduct
    this.service = options.conduct.service(options.index)
    this.#ledger = options.ledger
    this.#replier = options.replier
    this.#keepsBody = options.keepsBody
    this.#isCurrent = options.isCurrent
  }

  receive(chunk: Buffer): void {
    this.bytes += chunk.length
    if (this.#keepsBody) this.#chunks.push(Buffer.from(chunk))
  }

  /** What was received of the body, where the program needs it; else empty. */
  get body(): Buffer {
    this.#body ??= Buffer.concat(this.#chunks)
    return this.#body
  }

  header(name: string): string | undefined {
    return this.head.header(name)
  }

  json(): unknown {
    this.#json ??= { value: parse(this.body) }
    return this.#json.value
  }

  /** The whole request is here. */
  complete(at: Nanos): void {
    if (!this.#isCurrent()) return
    this.#ledger.count('completeRequests')
    this.#ledger.count('requestBytes', this.bytes)
    this.#ledger.set(this.index, 'complete', at)
    this.#ledger.set(this.index, 'bytes', this.bytes)
    this.#ledger.set(this.index, 'unit', this.unit)
  }

  begin(at: Nanos): void {
    if (this.#isCurrent()) this.#ledger.set(this.index, 'begin', at)
  }

  finish(at: Nanos): void {
    if (!this.#settled) this.#replier.reply(this, at)
  }

  answered(at: Nanos, status: number, grpcStatus: number | null): void {
    if (this.#settle()) this.#ledger.answered(this.index, at, status, grpcStatus)
  }

  faulted(at: Nanos, kind: Fault['kind']): void {
    if (this.#settle()) this.#ledger.faulted(this.index, at, kind)
  }

  /** The client has gone, or given up. */
  leave(at: Nanos): void {
    this.gone = true
    if (this.#settle()) this.#ledger.abandoned(this.index, at)
  }

  get settled(): boolean {
    return this.#settled
  }

  #settle(): boolean {
    if (this.#settled) return false
    this.#settled = true
    return this.#isCurrent()
  }
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString())
  } catch {
    return undefined
  }
}
