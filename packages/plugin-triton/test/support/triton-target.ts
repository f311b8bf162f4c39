import type {
  Bench,
  ConnectContext,
  ControlContext,
  LaunchContext,
  RunningServer,
  ServerControl,
  ServerPlan,
  SessionReference,
} from 'servebench/plugin'
import type { OipContent } from '@servebench/plugin-oip/protocol'
import type { Encoded, Patch, Prepared, RawMessage, SessionContext, TargetSession } from 'servebench/session'
import { ask, patchOf, prepare, RecordingExchange, sessionContext } from 'servebench/testing'
import type { RecordedExchange } from 'servebench/testing'
import { plugin, triton } from '../../src/index.ts'
import type { TritonOptions, TritonResponse } from '../../src/index.ts'
import type { TritonSessionOptions } from '../../src/session-options.ts'
import * as sessionModule from '../../src/session.ts'

type Provider<Plan, Context, Provided> = (plan: Plan, context: Context) => Promise<Provided>

interface Providers {
  readonly connect: Provider<unknown, ConnectContext, SessionReference>
  readonly control: Provider<unknown, ControlContext, ServerControl>
  readonly launch: Provider<ServerPlan, LaunchContext, RunningServer>
}

/** What the plugin taps. */
export function providers(root = '/bench'): Providers {
  const found: Record<string, unknown> = {}
  const tap = (hook: string) => ({
    tapPromise: (_name: string, provider: unknown) => (found[hook] = provider),
  })
  const keyed = (hook: string) => ({ for: () => tap(hook) })
  const hooks = {
    connect: keyed('connect'),
    control: keyed('control'),
    launch: keyed('launch'),
    runStart: tap('runStart'),
    trialEnd: tap('trialEnd'),
    analyse: tap('analyse'),
  }
  void plugin.apply({ hooks, root, log } as unknown as Bench)
  return found as unknown as Providers
}

export const log = { info: (): void => {}, warn: (): void => {} }

/** The preflight, as the runner asks for it. */
export function connect(
  options: TritonOptions,
  context: Partial<ConnectContext> = {},
): Promise<SessionReference> {
  const { kind, package: packageName } = triton(options)
  const settings = { connections: { reuse: 'keep-alive' } } as ConnectContext['settings']
  return providers().connect(
    { kind, package: packageName, options },
    { server: null, settings, exchange: 'unary', signal: new AbortController().signal, log, ...context },
  )
}

type Codec = Awaited<ReturnType<typeof sessionModule.createCodec>>
export type Answered = RecordedExchange & { readonly response: TritonResponse | null }

/** A target's codec and session, as aide and load worker use them. */
export class TritonTarget {
  readonly reference: SessionReference
  readonly exchange: RecordingExchange
  readonly prepared: readonly Prepared[]
  readonly session: TargetSession
  readonly #codec: Codec

  private constructor(
    parts: Pick<TritonTarget, 'reference' | 'exchange' | 'prepared' | 'session'>,
    codec: Codec,
  ) {
    this.reference = parts.reference
    this.exchange = parts.exchange
    this.prepared = parts.prepared
    this.session = parts.session
    this.#codec = codec
  }

  static async open(options: TritonOptions, ...contents: readonly OipContent[]): Promise<TritonTarget> {
    return TritonTarget.bound({}, options, ...contents)
  }

  static async bound(
    context: Partial<ConnectContext>,
    options: TritonOptions,
    ...contents: readonly OipContent[]
  ): Promise<TritonTarget> {
    const reference = await connect(options, context)
    const plain = JSON.parse(JSON.stringify(reference.options)) as TritonSessionOptions
    const codec = await sessionModule.createCodec(plain)
    const encoded: Encoded[] = []
    for (const content of contents) encoded.push(await codec.encode(content))
    const prepared = prepare(encoded)
    const exchange = new RecordingExchange(8)
    const sessionPlan = {
      ...sessionContext(exchange, prepared, { exchangeKind: context.exchange ?? 'unary' }),
      connections: { count: 1, fixed: true, streams: 8, reuse: 'keep-alive', open: 'before' },
      options: plain,
    } as SessionContext<TritonSessionOptions>
    const session = await sessionModule.createSession(sessionPlan)
    await session.connect()
    return new TritonTarget({ reference, exchange, prepared, session }, codec)
  }

  async ask(index = 0, patch: Patch = patchOf(0), slot = 0): Promise<Answered> {
    const prepared = this.prepared.at(index) as Prepared
    return this.answered(await ask(this.session, this.exchange, prepared, { patch, slot }))
  }

  async answered(recorded: RecordedExchange): Promise<Answered> {
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
