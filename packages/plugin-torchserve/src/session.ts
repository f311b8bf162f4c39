import { ExplainedSession, FailureExamples, GrpcFailureObserver } from '@servebench/plugin-oip/dialect'
import { createGrpcSession, createHttpSession } from 'servebench/session'
import type {
  CreateCodec,
  CreateSession,
  GrpcEngine,
  GrpcMetadata,
  HttpEngine,
  SessionContext,
  TargetSession,
} from 'servebench/session'
import { TorchServeCodec } from './codec.ts'
import { INFERENCE_SERVICE } from './grpc/predict-message.ts'
import { AnswerWatch } from './http/answer-watch.ts'
import { IdentifiedSession } from './profile/identified-session.ts'
import { RequestIds } from './profile/request-ids.ts'
import type { TorchServeResponse } from './response.ts'
import type { TorchServeSessionOptions } from './session-options.ts'
import type { TorchServeContent } from './target.ts'
import { authorize } from './token/token-source.ts'

/** The aide's side of the `torchserve` target. */
export const createCodec: CreateCodec<TorchServeSessionOptions, TorchServeContent, TorchServeResponse> = (
  options,
) => new TorchServeCodec(options)

/** The load worker's side of the `torchserve` target. */
export const createSession: CreateSession<TorchServeSessionOptions> = (context) =>
  context.options.protocol === 'grpc' ? openGrpc(context) : openHttp(context)

async function openHttp(context: SessionContext<TorchServeSessionOptions>): Promise<TargetSession> {
  const { url, transport, tls, stream, profile } = context.options
  const ids = profile === undefined ? null : new RequestIds(context.slots)
  const examples = new FailureExamples()
  const watch = new AnswerWatch(context.slots, examples, stream ? context.exchange : null, ids)
  const session = await createHttpSession(
    context,
    { url, engine: transport as HttpEngine, ...(tls === undefined ? {} : { tls }) },
    watch,
  )
  const explanations = {
    get sentences() {
      return [...watch.shedding.sentences, ...examples.sentences]
    },
  }
  return ids === null || profile === undefined
    ? new ExplainedSession(session, explanations)
    : new IdentifiedSession(session, explanations, ids, profile)
}

async function openGrpc(context: SessionContext<TorchServeSessionOptions>): Promise<TargetSession> {
  const { url, transport, tls, stream, token, headers } = context.options
  const examples = new FailureExamples()
  const failures = new GrpcFailureObserver(examples)
  const metadata: GrpcMetadata = {
    ...headers,
    ...(token === null ? {} : { authorization: authorize(token, 'inference') }),
  }
  const session = await createGrpcSession(
    context,
    {
      url,
      path: `${INFERENCE_SERVICE}/${stream ? 'StreamPredictions' : 'Predictions'}`,
      engine: transport as GrpcEngine,
      responses: stream ? 'stream' : 'single',
      metadata,
      ...(tls === undefined ? {} : { tls }),
    },
    {
      head: (_slot, _status, buffer, start, end) => failures.look(buffer, start, end),
      trailers: (_slot, buffer, start, end) => failures.look(buffer, start, end),
    },
  )
  return new ExplainedSession(session, examples)
}
