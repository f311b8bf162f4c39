import type { EncodeStream, ResolvedInput } from '../aide/protocol.ts'
import { ServebenchError } from '../errors/servebench-error.ts'
import type { ConnectContext, SessionReference } from '../hooks/providers.ts'
import type { StreamPlan, TrialPlan } from '../plan/trial-plan.ts'
import { concurrencyOf } from './connection-plan.ts'
import type { PluginHost } from './plugin-host.ts'

/** A stream whose target has passed its preflight and whose input is known. */
export interface ConnectedStream {
  readonly name: string
  readonly plan: StreamPlan
  readonly session: SessionReference
  readonly input: ResolvedInput
}

/** Asks the providers of every stream's target and input: metadata, shapes and reachability are checked here. */
export async function connectStreams(
  plan: TrialPlan,
  plugins: PluginHost,
  context: Omit<ConnectContext, 'exchange'>,
  root: string,
): Promise<ConnectedStream[]> {
  const streams: ConnectedStream[] = []
  for (const [name, stream] of Object.entries(plan.streams)) {
    const session = await connect(stream, plugins, context)
    streams.push({ name, plan: stream, session, input: await resolveInput(stream, session, plugins, root) })
  }
  return streams
}

async function connect(
  stream: StreamPlan,
  plugins: PluginHost,
  context: Omit<ConnectContext, 'exchange'>,
): Promise<SessionReference> {
  const { kind, package: packageName } = stream.target
  await plugins.loadProvider(kind, packageName)
  const session = await plugins.hooks.connect
    .for(kind)
    .promise(stream.target, { ...context, exchange: stream.exchange.kind === 'stream' ? 'stream' : 'unary' })
  if (session !== undefined) return session
  throw new ServebenchError('SERVEBENCH_NO_PROVIDER', `No plugin provides targets of the kind '${kind}'.`, {
    advice: `Install '${packageName}', which the target names as its package, or check its version.`,
  })
}

async function resolveInput(
  stream: StreamPlan,
  session: SessionReference,
  plugins: PluginHost,
  root: string,
): Promise<ResolvedInput> {
  const { input } = stream
  switch (input.from) {
    case 'literal':
    case 'function':
      return input
    case 'target':
      return session.defaultInput === undefined
        ? { from: 'nothing' }
        : { from: 'module', reference: session.defaultInput }
    case 'provider': {
      await plugins.loadProvider(input.kind, input.package)
      const reference = await plugins.hooks.createInput.for(input.kind).promise(input, {
        metadata: session.metadata ?? null,
        root,
        target: stream.target.kind,
        users: concurrencyOf(stream.load),
      })
      if (reference !== undefined) return { from: 'module', reference }
      throw new ServebenchError(
        'SERVEBENCH_NO_PROVIDER',
        `No plugin makes inputs of the kind '${input.kind}'.`,
        {
          advice: `Install '${input.package}', which the input names as its package.`,
        },
      )
    }
  }
}

export function encodeRequest(stream: ConnectedStream, plan: TrialPlan): EncodeStream {
  return {
    name: stream.name,
    codec: { module: stream.session.module, options: stream.session.options },
    input: stream.input,
    limit: plan.settings.payloads,
    seed: { seed: plan.seed, path: plan.path, repeat: plan.repeat },
  }
}
