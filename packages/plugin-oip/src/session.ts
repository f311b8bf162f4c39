import { createGrpcSession, createHttpSession } from 'servebench/session'
import type {
  CreateCodec,
  CreateSession,
  GrpcEngine,
  GrpcObserver,
  HttpEngine,
  SessionContext,
  StageSource,
  TargetSession,
} from 'servebench/session'
import { OipCodec } from './codec.ts'
import type { OipContent } from './mapping/map-sample.ts'
import { ExplainedSession } from './observe/explained-session.ts'
import { FailureExamples } from './observe/failure-examples.ts'
import { GrpcFailureObserver } from './observe/grpc-failure-observer.ts'
import { HttpFailureObserver } from './observe/http-failure-observer.ts'
import { ParameterStages } from './observe/parameter-stages.ts'
import type { OipResponse } from './response.ts'
import { INFERENCE_SERVICE } from './server/paths.ts'
import { NumberedSession } from './sequence/numbered-session.ts'
import type { OipSessionOptions } from './session-options.ts'
import { isGrpc } from './target.ts'

const STAGES: readonly StageSource[] = [
  { stage: 'queue', header: 'server-timing', metric: 'queue', unit: 'ms' },
  { stage: 'compute', header: 'server-timing', metric: 'compute', unit: 'ms' },
]

/** The aide's side of the `oip` target. */
export const createCodec: CreateCodec<OipSessionOptions, OipContent, OipResponse> = (options) =>
  new OipCodec(options)

/** The load worker's side of the `oip` target. */
export const createSession: CreateSession<OipSessionOptions> = async (context) => {
  const examples = new FailureExamples()
  const { protocol, unique } = context.options
  const open = isGrpc(protocol) ? openGrpc : openHttp
  const session = new ExplainedSession(await open(context, examples), examples)
  return unique.sequence?.id === 'integer' ? new NumberedSession(session, unique.sequence.first) : session
}

function openHttp(
  context: SessionContext<OipSessionOptions>,
  examples: FailureExamples,
): Promise<TargetSession> {
  const { url, transport, tls, serverStages } = context.options
  return createHttpSession(
    context,
    {
      url,
      engine: transport as HttpEngine,
      ...(tls === undefined ? {} : { tls }),
      ...(serverStages ? { stages: STAGES } : {}),
    },
    new HttpFailureObserver(examples),
  )
}

function openGrpc(
  context: SessionContext<OipSessionOptions>,
  examples: FailureExamples,
): Promise<TargetSession> {
  const { url, transport, tls, headers, compressRequests, compressedAnswers } = context.options
  return createGrpcSession(
    context,
    {
      url,
      path: `${INFERENCE_SERVICE}/ModelInfer`,
      engine: transport as GrpcEngine,
      metadata: headers,
      ...(tls === undefined ? {} : { tls }),
      ...(compressRequests ? { encoding: 'gzip' } : {}),
      ...(compressedAnswers ? { acceptEncoding: 'gzip' } : {}),
    },
    observeGrpc(context, examples),
  )
}

function observeGrpc(
  { exchange, options }: SessionContext<OipSessionOptions>,
  examples: FailureExamples,
): GrpcObserver {
  const failures = new GrpcFailureObserver(examples)
  const observer: GrpcObserver = {
    head: (_slot, _status, buffer, start, end) => failures.look(buffer, start, end),
    trailers: (_slot, buffer, start, end) => failures.look(buffer, start, end),
  }
  // A compressed message cannot be looked into here.
  if (!options.serverStages || options.compressedAnswers) return observer
  const stages = new ParameterStages(exchange)
  return {
    ...observer,
    messageBytes: ParameterStages.bytes,
    message(slot, buffer, start, end) {
      stages.read(slot, buffer, start, end)
      return 1
    },
  }
}
