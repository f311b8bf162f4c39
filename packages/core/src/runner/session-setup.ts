import type { EncodeStream, ResolvedInput } from '../aide/protocol.ts'
import { ServebenchError } from '../errors/servebench-error.ts'
import type { ConnectContext, InputContext, SessionReference } from '../hooks/providers.ts'
import { deriveInput } from '../hooks/derive-input.ts'
import { moduleUrl, type ModuleReference } from '../hooks/module-reference.ts'
import type { BalancePolicy } from '../dsl/balance.ts'
import { replicasOf, type BalancePlan } from '../plan/balance-plan.ts'
import { pipelineSteps, type PipelineStepPlan } from '../plan/pipeline-plan.ts'
import type { InputPlan, StreamPlan, TargetPlan, TrialPlan } from '../plan/trial-plan.ts'
import type { JsonValue } from '../units/json.ts'
import { concurrencyOf } from './connection-plan.ts'
import type { PluginHost } from './plugin-host.ts'

/** A stream whose target has passed its preflight and whose input is known. */
export interface ConnectedStream {
  readonly name: string
  readonly plan: StreamPlan
  readonly session: SessionReference
  readonly input: ResolvedInput
  /** Of a pipeline. */
  readonly steps: readonly ConnectedStep[] | null
  /** Of a target that has replicas, or a server that has; and how requests are dealt to them. */
  readonly replicas: readonly ConnectedReplica[] | null
  readonly policy: BalancePolicy | null
}

export interface ConnectedReplica {
  /** Its URL, or its number (from 1) where it has none. */
  readonly name: string
  readonly session: SessionReference
}

/** A step of a pipeline; `session` is `null` where it runs a function. */
export interface ConnectedStep {
  readonly plan: PipelineStepPlan
  readonly session: SessionReference | null
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
    const exchange = stream.exchange.kind === 'stream' ? 'stream' : 'unary'
    const steps = pipelineSteps(stream.target)
    const connected =
      steps === null ? null : await connectSteps(steps, plugins, { ...context, exchange }, name)
    const balance = replicasOf(stream.target) ?? serverReplicas(plan, stream.target)
    const replicas =
      balance === null ? null : await connectReplicas(balance, plugins, { ...context, exchange })
    const session =
      replicas !== null
        ? balancedSession(replicas)
        : connected === null
          ? await connect(stream.target, plugins, { ...context, exchange })
          : pipelineSession(connected)
    const input = await resolveInput(stream, session, plugins, root, plan.settings.payloads)
    streams.push({
      name,
      plan: stream,
      session,
      input,
      steps: connected,
      replicas,
      policy: balance?.policy ?? null,
    })
  }
  return streams
}

/** A target that is bound to the case's server is asked at every process of it. */
function serverReplicas({ server }: TrialPlan, target: TargetPlan): BalancePlan | null {
  if (!server?.replicas || target.kind === 'pipeline' || typeof target.options['url'] === 'string')
    return null
  const { count, policy } = server.replicas
  return { targets: Array.from({ length: count }, () => target), policy }
}

async function connectReplicas(
  { targets }: BalancePlan,
  plugins: PluginHost,
  context: ConnectContext,
): Promise<readonly ConnectedReplica[]> {
  const replicas: ConnectedReplica[] = []
  for (const [index, target] of targets.entries()) {
    const { url } = target.options
    const server = context.server?.replicas?.[index] ?? context.server
    const name = typeof url === 'string' ? url : (server?.endpoints['http'] ?? String(index + 1))
    replicas.push({ name, session: await connect(target, plugins, { ...context, server }) })
  }
  return replicas
}

/** All replicas are asked what is encoded for the first. */
function balancedSession(replicas: readonly ConnectedReplica[]): SessionReference {
  const { session } = replicas[0] as ConnectedReplica
  return {
    ...session,
    engine: [...new Set(replicas.map((replica) => replica.session.engine))].join('+'),
    warnings: [...new Set(replicas.flatMap((replica) => replica.session.warnings ?? []))],
  }
}

async function connectSteps(
  steps: readonly PipelineStepPlan[],
  plugins: PluginHost,
  context: ConnectContext,
  stream: string,
): Promise<readonly ConnectedStep[]> {
  const connected: ConnectedStep[] = []
  for (const plan of steps) {
    try {
      const session = plan.target === undefined ? null : await connect(plan.target, plugins, context)
      connected.push({ plan, session })
    } catch (error) {
      throw atStep(error, plan.name, stream)
    }
  }
  return connected
}

/** Says of which step an error is: its message alone may fit any of them. */
function atStep(error: unknown, step: string, stream: string): unknown {
  if (!(error instanceof ServebenchError)) return error
  const where = stream === 'main' ? `Step '${step}'` : `Step '${step}' of stream '${stream}'`
  const { code, message, advice, exitCode } = error
  return new ServebenchError(code, `${where}: ${message}`, {
    ...(advice === undefined ? {} : { advice }),
    exitCode,
    cause: error,
  })
}

/** A pipeline is asked as its first step is; workers make its session of those of the steps. */
function pipelineSession(steps: readonly ConnectedStep[]): SessionReference {
  const first = steps[0]?.session ?? null
  const last = steps.at(-1)?.session ?? null
  const sessions = steps.flatMap(({ session }) => session ?? [])
  const reference = (session: SessionReference | null): JsonValue =>
    session && { module: session.module, options: session.options }
  return {
    module: moduleUrl(import.meta.url, '../engine/pipeline/codec'),
    options: { first: reference(first), last: reference(last) },
    engine: [...new Set(sessions.map(({ engine }) => engine))].join('+'),
    multiplexed: false,
    ...(first?.metadata === undefined ? {} : { metadata: first.metadata }),
    ...(first?.defaultInput === undefined ? {} : { defaultInput: first.defaultInput }),
    warnings: steps.flatMap(({ plan, session }) =>
      (session?.warnings ?? []).map((warning) => `Step '${plan.name}': ${warning}`),
    ),
  }
}

async function connect(
  target: TargetPlan,
  plugins: PluginHost,
  context: ConnectContext,
): Promise<SessionReference> {
  const { kind, package: packageName } = target
  await plugins.loadProvider(kind, packageName)
  const session = await plugins.hooks.connect.for(kind).promise(target, context)
  if (session !== undefined) return session
  throw new ServebenchError('SERVEBENCH_NO_PROVIDER', `No plugin provides targets of the kind '${kind}'.`, {
    advice: `Install '${packageName}', which the target names as its package, or check its version.`,
  })
}

export async function resolveInput(
  stream: StreamPlan,
  session: SessionReference,
  plugins: PluginHost,
  root: string,
  payloads: TrialPlan['settings']['payloads'],
): Promise<ResolvedInput> {
  const { input } = stream
  switch (input.from) {
    case 'literal':
    case 'function':
      return input
    case 'target': {
      const reference = session.defaultInput ?? derived(session)
      return reference === null ? { from: 'nothing' } : { from: 'module', reference }
    }
    case 'provider': {
      const context: InputContext = {
        metadata: session.metadata ?? null,
        root,
        target: (replicasOf(stream.target)?.targets[0] ?? stream.target).kind,
        ...(session.queries === undefined ? {} : { queries: session.queries }),
        users: concurrencyOf(stream.load),
        payloads,
        resolve: ({ input: kind, package: packageName, options }) =>
          createInput({ from: 'provider', kind, package: packageName, options }, plugins, context),
      }
      return { from: 'module', reference: await createInput(input, plugins, context) }
    }
  }
}

/** Of a target that describes its model and has no options for what that leaves open. */
function derived({ metadata }: SessionReference): ModuleReference | null {
  return metadata === undefined || metadata.inputs.length === 0
    ? null
    : deriveInput(metadata, {}, { subject: 'The model' })
}

async function createInput(
  input: Extract<InputPlan, { from: 'provider' }>,
  plugins: PluginHost,
  context: InputContext,
): Promise<ModuleReference> {
  await plugins.loadProvider(input.kind, input.package)
  const reference = await plugins.hooks.createInput.for(input.kind).promise(input, context)
  if (reference !== undefined) return reference
  throw new ServebenchError('SERVEBENCH_NO_PROVIDER', `No plugin makes inputs of the kind '${input.kind}'.`, {
    advice: `Install '${input.package}', which the input names as its package.`,
  })
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
