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
import type { Encoded, Prepared, RawMessage, SessionContext, TargetSession } from 'servebench/session'
import { ask, patchOf, prepare, RecordingExchange, sessionContext } from 'servebench/testing'
import type { RecordedExchange } from 'servebench/testing'
import { plugin, tfserving } from '../../src/index.ts'
import type { TfServingOptions, TfServingResponse } from '../../src/index.ts'
import type { TfServingContent } from '../../src/mapping/map-json.ts'
import type { TfServingSessionOptions } from '../../src/session-options.ts'
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
  options: TfServingOptions,
  context: Partial<ConnectContext> = {},
): Promise<SessionReference> {
  const { kind, package: packageName } = tfserving(options)
  const settings = { connections: { reuse: 'keep-alive' } } as ConnectContext['settings']
  return providers().connect(
    { kind, package: packageName, options },
    { server: null, settings, exchange: 'unary', signal: new AbortController().signal, log, ...context },
  )
}

type Codec = Awaited<ReturnType<typeof sessionModule.createCodec>>
export type Answered = RecordedExchange & { readonly response: TfServingResponse | null }

/** A target's codec and session, as aide and load worker use them. */
export class ServingTarget implements AsyncDisposable {
  readonly reference: SessionReference
  readonly exchange: RecordingExchange
  readonly prepared: readonly Prepared[]
  readonly session: TargetSession
  readonly #codec: Codec

  private constructor(
    parts: Pick<ServingTarget, 'reference' | 'exchange' | 'prepared' | 'session'>,
    codec: Codec,
  ) {
    this.reference = parts.reference
    this.exchange = parts.exchange
    this.prepared = parts.prepared
    this.session = parts.session
    this.#codec = codec
  }

  static async open(
    options: TfServingOptions,
    contents: readonly TfServingContent[],
    context: Partial<SessionContext<unknown>> = {},
  ): Promise<ServingTarget> {
    const reference = await connect(options)
    const plain = JSON.parse(JSON.stringify(reference.options)) as TfServingSessionOptions
    const codec = await sessionModule.createCodec(plain)
    const encoded: Encoded[] = []
    for (const content of contents) encoded.push(await codec.encode(content))
    const prepared = prepare(encoded)
    const exchange = new RecordingExchange(4)
    const session = await sessionModule.createSession({
      ...sessionContext(exchange, prepared),
      ...context,
      options: plain,
    } as SessionContext<TfServingSessionOptions>)
    await session.connect()
    return new ServingTarget({ reference, exchange, prepared, session }, codec)
  }

  async ask(index = 0): Promise<Answered> {
    const prepared = this.prepared.at(index) as Prepared
    const recorded = await ask(this.session, this.exchange, prepared, { patch: patchOf(0) })
    if (this.exchange.violations.length > 0) throw new Error(this.exchange.violations.join('; '))
    const raw: RawMessage = { status: recorded.status, head: recorded.head, messages: recorded.messages }
    return {
      ...recorded,
      response: recorded.calls.includes('done') ? await this.#codec.decode(raw, null) : null,
    }
  }

  /** The answer to the first request. */
  static async answer(options: TfServingOptions, content: TfServingContent): Promise<TfServingResponse> {
    await using target = await ServingTarget.open(options, [content])
    const { response, kind, code } = await target.ask()
    if (response === null) throw new Error(`The request has failed: ${kind} ${code}`)
    return response
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.session[Symbol.asyncDispose]()
  }
}
