import type {
  ConnectionPlan,
  Patch,
  Prepared,
  SessionContext,
  SessionModule,
  TargetCodec,
  TargetSession,
} from '../engine/session.ts'
import type { SessionReference } from '../hooks/providers.ts'
import type { JsonValue } from '../units/json.ts'
import { patchOf, prepare } from './prepare.ts'
import { RecordingExchange, type RecordedExchange } from './recording-exchange.ts'
import { ask, ONE_CONNECTION, sessionContext } from './session-harness.ts'

export interface OpenTargetOptions {
  /** Exchanges that may be open at once; 4 by default. */
  readonly slots?: number
  /** By default one connection with a stream for each slot. */
  readonly connections?: Partial<ConnectionPlan>
  /** `unary` by default. */
  readonly exchangeKind?: SessionContext['exchangeKind']
  /** 16 MiB by default. */
  readonly maxResponseBytes?: number
}

/** An exchange that has settled, and its answer as a bench file sees it; `null` when it did not complete. */
export type Answered<Response> = RecordedExchange & { readonly response: Response | null }

/** A target's codec and session with some requests, as aide and load worker use them. */
export class OpenTarget<Response = unknown> implements AsyncDisposable {
  /** What `connect` gave. */
  readonly reference: SessionReference
  readonly prepared: readonly Prepared[]
  readonly session: TargetSession
  /** What the session has told the engine. */
  readonly exchange: RecordingExchange
  readonly #codec: TargetCodec

  constructor(
    reference: SessionReference,
    prepared: readonly Prepared[],
    session: TargetSession,
    exchange: RecordingExchange,
    codec: TargetCodec,
  ) {
    this.reference = reference
    this.prepared = prepared
    this.session = session
    this.exchange = exchange
    this.#codec = codec
  }

  /**
   * Sends one of the requests and waits for its settlement.
   * @param index of the request
   * @throws {Error} when the session breaks its contract
   */
  async ask(index = 0, patch: Patch = patchOf(0), slot = 0): Promise<Answered<Response>> {
    const prepared = this.prepared.at(index) as Prepared
    const recorded = await ask(this.session, this.exchange, prepared, { patch, slot })
    return await this.answered(recorded, prepared.meta)
  }

  /** Decodes the answer of an exchange that the test has opened itself. */
  async answered(recorded: RecordedExchange, meta: JsonValue = null): Promise<Answered<Response>> {
    const { violations } = this.exchange
    if (violations.length > 0) throw new Error(violations.join('; '))
    if (!recorded.calls.includes('done')) return { ...recorded, response: null }
    const raw = { status: recorded.status, head: recorded.head, messages: recorded.messages }
    return { ...recorded, response: (await this.#codec.decode(raw, meta)) as Response }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.session[Symbol.asyncDispose]()
  }
}

/**
 * Opens a target as a trial does, to send single requests and look at their answers.
 * @param reference see `connectTarget`
 * @param requests contents as its codec encodes them
 * @throws whatever encoding a request or connecting throws
 */
export async function openTarget<Response = unknown>(
  reference: SessionReference,
  requests: readonly unknown[],
  { slots = 4, connections = {}, exchangeKind = 'unary', maxResponseBytes }: OpenTargetOptions = {},
): Promise<OpenTarget<Response>> {
  const module = (await import(reference.module)) as SessionModule
  const options = JSON.parse(JSON.stringify(reference.options)) as JsonValue
  const codec = await module.createCodec(options)
  const encoded = []
  for (const request of requests) encoded.push(await codec.encode(request))
  const prepared = prepare(encoded)
  const exchange = new RecordingExchange(slots)
  const session = await module.createSession(
    sessionContext(exchange, prepared, {
      options,
      connections: { ...ONE_CONNECTION, streams: slots, ...connections },
      exchangeKind,
      ...(maxResponseBytes === undefined ? {} : { maxResponseBytes }),
    }),
  )
  await session.connect()
  return new OpenTarget<Response>(reference, prepared, session, exchange, codec)
}
