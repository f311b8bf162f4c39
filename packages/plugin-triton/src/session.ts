import {
  createSession as createOipSession,
  ExplainedSession,
  FailureExamples,
  INFERENCE_SERVICE,
  NumberedSession,
} from '@servebench/plugin-oip/dialect'
import type { OipContent } from '@servebench/plugin-oip/protocol'
import { createGrpcSession } from 'servebench/session'
import type {
  CreateCodec,
  CreateSession,
  GrpcEngine,
  GrpcObserver,
  SessionContext,
  TargetSession,
} from 'servebench/session'
import { TritonCodec } from './codec.ts'
import type { TritonResponse } from './response.ts'
import type { TritonSessionOptions } from './session-options.ts'
import { SharedSession } from './stream/shared-session.ts'
import { StreamObserver } from './stream/stream-observer.ts'

/** The aide's side of the `triton` target. */
export const createCodec: CreateCodec<TritonSessionOptions, OipContent, TritonResponse> = (options) =>
  new TritonCodec(options)

/** The load worker's side of the `triton` target. */
export const createSession: CreateSession<TritonSessionOptions> = async (context) => {
  const { stream, unique } = context.options
  if (stream === 'off') return createOipSession(context)
  const examples = new FailureExamples()
  const session = new ExplainedSession(
    stream === 'shared'
      ? await SharedSession.open(context, examples, (inner, observer) =>
          openStreams(inner, context.options, observer),
        )
      : await openStreams(context, context.options, new StreamObserver(context.slots, examples)),
    examples,
  )
  return unique.sequence?.id === 'integer' ? new NumberedSession(session, unique.sequence.first) : session
}

function openStreams(
  context: SessionContext<unknown>,
  { url, transport, tls, headers, compressRequests, compressedAnswers, stream }: TritonSessionOptions,
  observer: GrpcObserver,
): Promise<TargetSession> {
  return createGrpcSession(
    context,
    {
      url,
      path: `${INFERENCE_SERVICE}/ModelStreamInfer`,
      engine: transport as GrpcEngine,
      responses: 'stream',
      // On a stream of its own a request fails with a status, and not with a text inside of a message.
      metadata: stream === 'shared' ? headers : { ...headers, triton_grpc_error: 'true' },
      ...(tls === undefined ? {} : { tls }),
      ...(compressRequests ? { encoding: 'gzip' } : {}),
      ...(compressedAnswers ? { acceptEncoding: 'gzip' } : {}),
    },
    observer,
  )
}
