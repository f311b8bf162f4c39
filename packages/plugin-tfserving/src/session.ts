import {
  ExplainedSession,
  FailureExamples,
  GrpcFailureObserver,
  HttpFailureObserver,
} from '@servebench/plugin-oip/dialect'
import { createGrpcSession, createHttpSession } from 'servebench/session'
import type {
  CreateCodec,
  CreateSession,
  GrpcEngine,
  HttpEngine,
  SessionContext,
  TargetSession,
} from 'servebench/session'
import { TfServingCodec } from './codec.ts'
import type { TfServingContent } from './mapping/map-json.ts'
import type { TfServingResponse } from './response.ts'
import { PREDICTION_SERVICE } from './server/paths.ts'
import type { TfServingSessionOptions } from './session-options.ts'
import { isGrpc } from './settings.ts'

const GRPC_METHODS = { predict: 'Predict', classify: 'Classify', regress: 'Regress' } as const

/** The aide's side of the `tfserving` target. */
export const createCodec: CreateCodec<TfServingSessionOptions, TfServingContent, TfServingResponse> = (
  options,
) => new TfServingCodec(options)

/** The load worker's side of the `tfserving` target. */
export const createSession: CreateSession<TfServingSessionOptions> = async (context) => {
  const examples = new FailureExamples()
  const open = isGrpc(context.options.protocol) ? openGrpc : openHttp
  return new ExplainedSession(await open(context, examples), examples)
}

function openHttp(
  context: SessionContext<TfServingSessionOptions>,
  examples: FailureExamples,
): Promise<TargetSession> {
  const { url, transport, tls } = context.options
  return createHttpSession(
    context,
    { url, engine: transport as HttpEngine, ...(tls === undefined ? {} : { tls }) },
    new HttpFailureObserver(examples),
  )
}

function openGrpc(
  context: SessionContext<TfServingSessionOptions>,
  examples: FailureExamples,
): Promise<TargetSession> {
  const { url, transport, tls, headers, method, compressRequests, compressedAnswers } = context.options
  const failures = new GrpcFailureObserver(examples)
  return createGrpcSession(
    context,
    {
      url,
      path: `${PREDICTION_SERVICE}/${GRPC_METHODS[method]}`,
      engine: transport as GrpcEngine,
      metadata: headers,
      ...(tls === undefined ? {} : { tls }),
      ...(compressRequests ? { encoding: 'gzip' } : {}),
      ...(compressedAnswers ? { acceptEncoding: 'gzip' } : {}),
    },
    {
      head: (_slot, _status, buffer, start, end) => failures.look(buffer, start, end),
      trailers: (_slot, buffer, start, end) => failures.look(buffer, start, end),
    },
  )
}
