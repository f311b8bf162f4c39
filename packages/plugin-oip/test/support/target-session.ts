import type {
  Bench,
  ConnectContext,
  ControlContext,
  RunningServer,
  ServerControl,
  SessionReference,
} from 'servebench/plugin'
import type { Encoded, Prepared, RawMessage, SessionContext, TargetSession } from 'servebench/session'
import { ask, patchOf, prepare, RecordingExchange, sessionContext } from 'servebench/testing'
import type { RecordedExchange } from 'servebench/testing'
import { oip, plugin } from '../../src/index.ts'
import type { OipOptions, OipResponse } from '../../src/index.ts'
import type { OipContent } from '../../src/mapping/map-sample.ts'
import * as sessionModule from '../../src/session.ts'
import type { OipSessionOptions } from '../../src/session-options.ts'

type Provider<Context, Provided> = (target: unknown, context: Context) => Promise<Provided>

/** What the plugin taps. */
function providers(): {
  connect: Provider<ConnectContext, SessionReference>
  control: Provider<ControlContext, ServerControl>
} {
  const found: Record<string, unknown> = {}
  const keyed = (hook: string) => ({
    for: () => ({ tapPromise: (_name: string, provider: unknown) => (found[hook] = provider) }),
  })
  const hooks = { connect: keyed('connect'), control: keyed('control') }
  void plugin.apply({ hooks, root: '/bench' } as unknown as Bench)
  return found as unknown as ReturnType<typeof providers>
}

const log = { info: () => {}, warn: () => {} }

/** The preflight, as the runner asks for it. */
export function connect(
  options: OipOptions,
  context: Partial<ConnectContext> = {},
): Promise<SessionReference> {
  const { kind, package: packageName } = oip(options)
  const settings = { connections: { reuse: 'keep-alive' } } as ConnectContext['settings']
  return providers().connect(
    { kind, package: packageName, options },
    { server: null, settings, exchange: 'unary', signal: new AbortController().signal, log, ...context },
  )
}

export function control(options: OipOptions, server: RunningServer | null = null): Promise<ServerControl> {
  const target = { kind: 'oip', package: '', options }
  return providers().control(target, { server, signal: new AbortController().signal, log })
}

type Codec = Awaited<ReturnType<typeof sessionModule.createCodec>>
export type Answered = RecordedExchange & { readonly response: OipResponse | null }

/** A target's codec and session, as aide and load worker use them. */
export class TestTarget {
  readonly reference: SessionReference
  readonly exchange: RecordingExchange
  readonly prepared: readonly Prepared[]
  readonly session: TargetSession
  readonly #codec: Codec

  private constructor(
    parts: Pick<TestTarget, 'reference' | 'exchange' | 'prepared' | 'session'>,
    codec: Codec,
  ) {
    this.reference = parts.reference
    this.exchange = parts.exchange
    this.prepared = parts.prepared
    this.session = parts.session
    this.#codec = codec
  }

  static async open(options: OipOptions, ...contents: readonly OipContent[]): Promise<TestTarget> {
    const reference = await connect(options)
    const plain = JSON.parse(JSON.stringify(reference.options)) as OipSessionOptions
    const codec = await sessionModule.createCodec(plain)
    const encoded: Encoded[] = []
    for (const content of contents) encoded.push(await codec.encode(content))
    const prepared = prepare(encoded)
    const exchange = new RecordingExchange(4)
    const context = {
      ...sessionContext(exchange, prepared),
      options: plain,
    } as SessionContext<OipSessionOptions>
    const session = await sessionModule.createSession(context)
    await session.connect()
    return new TestTarget({ reference, exchange, prepared, session }, codec)
  }

  async ask(index = 0, unit = 0): Promise<Answered> {
    const prepared = this.prepared.at(index) as Prepared
    const recorded = await ask(this.session, this.exchange, prepared, { patch: patchOf(unit) })
    if (this.exchange.violations.length > 0) throw new Error(this.exchange.violations.join('; '))
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
