import type { ConnectContext, SessionReference } from 'servebench/plugin'
import type { Encoded, Patch, Prepared, RawMessage, SessionContext, TargetSession } from 'servebench/session'
import { ask, connectTarget, patchOf, prepare, RecordingExchange, sessionContext } from 'servebench/testing'
import type { RecordedExchange } from 'servebench/testing'
import { plugin, torchserve } from '../../src/index.ts'
import type { TorchServeContent, TorchServeOptions, TorchServeResponse } from '../../src/index.ts'
import type { TorchServeSessionOptions } from '../../src/session-options.ts'
import * as sessionModule from '../../src/session.ts'

/** The preflight, as the runner asks for it. */
export function connect(
  options: TorchServeOptions,
  context: Partial<ConnectContext> = {},
): Promise<SessionReference> {
  return connectTarget(plugin, torchserve(options), context)
}

export type Answered = RecordedExchange & { readonly response: TorchServeResponse | null }

/** A target's codec and session, as aide and load worker use them. */
export class TorchServeTarget implements AsyncDisposable {
  readonly reference: SessionReference
  readonly session: TargetSession
  readonly prepared: readonly Prepared[]
  readonly #exchange: RecordingExchange
  readonly #codec: Awaited<ReturnType<typeof sessionModule.createCodec>>

  private constructor(
    reference: SessionReference,
    session: TargetSession,
    prepared: readonly Prepared[],
    exchange: RecordingExchange,
    codec: Awaited<ReturnType<typeof sessionModule.createCodec>>,
  ) {
    this.reference = reference
    this.session = session
    this.prepared = prepared
    this.#exchange = exchange
    this.#codec = codec
  }

  static async open(
    options: TorchServeOptions,
    ...contents: readonly TorchServeContent[]
  ): Promise<TorchServeTarget> {
    const reference = await connect(options)
    const plain = JSON.parse(JSON.stringify(reference.options)) as TorchServeSessionOptions
    const codec = await sessionModule.createCodec(plain)
    const encoded: Encoded[] = []
    for (const content of contents) encoded.push(await codec.encode(content))
    const prepared = prepare(encoded)
    const exchange = new RecordingExchange(8)
    const session = await sessionModule.createSession({
      ...sessionContext(exchange, prepared),
      options: plain,
    } as SessionContext<TorchServeSessionOptions>)
    await session.connect()
    return new TorchServeTarget(reference, session, prepared, exchange, codec)
  }

  async ask(index = 0, patch: Patch = patchOf(0)): Promise<Answered> {
    const prepared = this.prepared.at(index) as Prepared
    const recorded = await ask(this.session, this.#exchange, prepared, { patch })
    if (this.#exchange.violations.length > 0) throw new Error(this.#exchange.violations.join('; '))
    const raw: RawMessage = { status: recorded.status, head: recorded.head, messages: recorded.messages }
    return {
      ...recorded,
      response: recorded.calls.includes('done') ? await this.#codec.decode(raw, null) : null,
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.session[Symbol.asyncDispose]()
  }
}
