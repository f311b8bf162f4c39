import { isGrpc, preflight, readSettings, referenceTo } from '@servebench/plugin-oip/dialect'
import type { OipSettings, Preflight } from '@servebench/plugin-oip/dialect'
import { moduleUrl, ServebenchError, ValidationError } from 'servebench/plugin'
import type { ConnectContext, JsonObject, JsonValue, SessionReference, TargetPlan } from 'servebench/plugin'
import { findGraph } from './control/ensemble-graph.ts'
import type { TritonControl } from './control/triton-control.ts'
import type { FoundModel } from './found-model.ts'
import type { TritonSessionOptions } from './session-options.ts'
import { readTritonOptions } from './target-options.ts'
import type { TritonSettings } from './target-options.ts'

/** Makes the server say when a model has given all its answers, on streams that go on. */
const FINAL_ANSWERS = { triton_enable_empty_final_response: true } as const

/**
 * The preflight of a target: that there is such a server and model, and how its answers come.
 * @throws {ServebenchError} with what is wrong
 */
export async function connect(
  target: TargetPlan,
  context: ConnectContext,
  root: string,
): Promise<{ readonly reference: SessionReference; readonly found: FoundModel }> {
  const own = readTritonOptions(target.options)
  const endpoints = context.server?.endpoints
  // Where traces are to be joined with records. Compressed requests are all the same.
  const wantsIds =
    (context.server?.control as TritonControl | null | undefined)?.wantsIds === true &&
    own.stream !== 'shared' &&
    target.options['compression'] === undefined
  const read = (protocol?: 'grpc'): OipSettings =>
    readSettings(
      {
        ...target.options,
        ...(protocol === undefined ? {} : { protocol }),
        ...withParameters(target.options, own),
        ...(wantsIds ? { requestId: 'unit' } : {}),
      },
      endpoints,
      root,
      own.dialect,
    )
  // Streams need gRPC: where the server has both, and nothing else is asked for, it is chosen.
  const mayChoose =
    target.options['protocol'] === undefined &&
    target.options['url'] === undefined &&
    endpoints?.['grpc'] !== undefined
  const streams = context.exchange === 'stream' || own.stream === 'request' || own.stream === 'shared'
  let found = await preflight(read(streams && mayChoose ? 'grpc' : undefined), context)
  if (found.decoupled && !isGrpc(found.protocol) && mayChoose) found = await preflight(read('grpc'), context)
  const stream = chooseStream(own, found, context)
  const graph = await findGraph(
    found.options.model,
    (name) => found.client.modelConfig(name, '').catch((): JsonObject | null => null),
    own.composing,
  )
  const reference = referenceTo(found, {
    module: moduleUrl(import.meta.url, './session'),
    options: sessionOptions(found, stream) as unknown as JsonValue,
  })
  const server = {
    ...reference.server,
    ...(stream === 'off' ? {} : { stream }),
    ...(Object.keys(graph).length === 0 ? {} : { ensembles: graph }),
  }
  return {
    reference: { ...reference, server },
    found: { config: found.described.config, graph, streams: stream !== 'off' },
  }
}

function withParameters(options: JsonObject, { parameters }: TritonSettings): JsonObject {
  if (Object.keys(parameters).length === 0) return {}
  return { parameters: { ...(options['parameters'] as JsonObject | undefined), ...parameters } }
}

function chooseStream(
  own: TritonSettings,
  { decoupled, protocol, options }: Preflight,
  { exchange }: ConnectContext,
): TritonSessionOptions['stream'] {
  const stream = exchange === 'stream' ? 'exchange' : (own.stream ?? (decoupled ? 'request' : 'off'))
  if (stream !== 'off' && !isGrpc(protocol)) {
    const why =
      exchange === 'stream'
        ? 'The scenario asks for streams'
        : decoupled
          ? `Model '${options.model}' is decoupled`
          : 'Streams are asked for'
    throw new ServebenchError('SERVEBENCH_TRITON_STREAM', `${why}, which Triton carries only over gRPC.`, {
      advice: "Say protocol: 'grpc', with the URL of the gRPC port.",
    })
  }
  if (stream === 'off' && decoupled) {
    throw new ServebenchError(
      'SERVEBENCH_TRITON_STREAM',
      `Model '${options.model}' is decoupled: it answers any number of times, which only streams can carry.`,
      {
        advice: "Leave stream: 'off' out.",
      },
    )
  }
  if (stream === 'shared' && options.unique.id !== undefined) {
    const message = "cannot be chosen with stream: 'shared', where ids tell answers apart."
    throw new ValidationError('The triton target', [{ path: 'triton.requestId', message }])
  }
  if (stream === 'shared' && (options.compressRequests || options.compressedAnswers)) {
    const message = "cannot be combined with stream: 'shared', which reads and writes ids in messages."
    throw new ValidationError('The triton target', [{ path: 'triton.compression', message }])
  }
  return stream
}

function sessionOptions(
  { options }: Preflight,
  stream: TritonSessionOptions['stream'],
): TritonSessionOptions {
  if (stream !== 'shared') return { ...options, stream }
  return {
    ...options,
    stream,
    parameters: { ...options.parameters, ...FINAL_ANSWERS },
    unique: { ...options.unique, id: 'random' },
  }
}
