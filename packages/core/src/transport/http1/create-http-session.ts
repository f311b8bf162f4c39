import { ServebenchError } from '../../errors/servebench-error.ts'
import type { SessionContext, TargetSession } from '../../engine/session.ts'
import { Dialer } from '../socket/dialer.ts'
import { parseEndpoint } from '../socket/endpoint.ts'
import { loadTlsMaterial } from '../tls/tls-material.ts'
import type { TlsOptions } from '../tls/tls-options.ts'
import { chainObservers } from './answer-observer.ts'
import type { AnswerObserver } from './answer-observer.ts'
import type { Connection, ConnectionSettings } from './connection.ts'
import { HttpSession } from './http-session.ts'
import { RawConnection } from './raw-connection.ts'
import { AnswerTally } from './answer-tally.ts'
import { QueryRequests, queryTemplateOf } from './query-requests.ts'
import { StageObserver } from './stage-observer.ts'
import type { StageSource } from './stage-observer.ts'
import { WireRequests } from './wire-request.ts'

/** The two HTTP/1.1 engines; see `chooseHttpEngine`. */
export type HttpEngine = 'http1-raw' | 'http1-undici'

/** Plain data, so that a `connect` provider can pass it on. */
export interface HttpSessionOptions {
  /** Only scheme, host and port matter here: payloads carry their path. */
  readonly url: string
  readonly engine: HttpEngine
  readonly tls?: TlsOptions
  /** Statuses that count as success; every other one fails with its code. 200–299 by default. */
  readonly acceptStatus?: readonly number[]
  /** Headers in which the server reports its own times. */
  readonly stages?: readonly StageSource[]
}

/**
 * A session for payloads made by `encodeHttpRequest`.
 * @throws {ServebenchError} when TLS material is missing or unusable, or a payload is not an HTTP request
 */
export async function createHttpSession(
  context: SessionContext<unknown>,
  options: HttpSessionOptions,
  observer: AnswerObserver | null = null,
): Promise<TargetSession> {
  if (context.exchangeKind === 'stream') {
    throw new ServebenchError(
      'SERVEBENCH_STREAM_UNSUPPORTED',
      'HTTP/1.1 targets answer one request per exchange; the scenario asks for a stream.',
      {
        advice: 'Leave `exchange` out, or use a target with streams, such as gRPC.',
      },
    )
  }
  const endpoint = parseEndpoint(options.url)
  const tls = endpoint.secure ? loadTlsMaterial(options.tls ?? {}, ['http/1.1']) : null
  const dialer = new Dialer(endpoint, tls)
  const queries = queryTemplateOf(context.prepared[0])
  const fromFiles = queries === null ? null : new QueryRequests(queries, context, options.engine)
  const tally = fromFiles === null ? null : new AnswerTally(context.exchange)
  const requests = fromFiles ?? new WireRequests(context.prepared)
  const { stages = [] } = options
  const stageObserver = stages.length === 0 ? null : new StageObserver(context.exchange, stages)
  const accepted = acceptedStatuses(options.acceptStatus)
  // Loading undici costs as much as a whole short trial's preparation: only when it is asked for.
  const Connection: ConnectionClass =
    options.engine === 'http1-undici'
      ? (await import('./undici-connection.ts')).UndiciConnection
      : RawConnection
  return new HttpSession(
    options.engine,
    context,
    dialer,
    (owner) => {
      const settings: ConnectionSettings = {
        owner,
        exchange: context.exchange,
        dialer,
        observer: chainObservers(tally, chainObservers(stageObserver, observer)),
        requests,
        accepted,
        maxResponseBytes: context.maxResponseBytes,
        perRequest: context.connections.reuse === 'per-request',
      }
      return () => new Connection(settings)
    },
    fromFiles === null || tally === null
      ? null
      : {
          statistics: () => ({ answers: tally.counts(), notes: fromFiles.notes }),
          [Symbol.dispose]: () => fromFiles[Symbol.dispose](),
        },
  )
}

type ConnectionClass = new (settings: ConnectionSettings) => Connection

function acceptedStatuses(statuses: readonly number[] | undefined): Uint8Array {
  const accepted = new Uint8Array(1000)
  if (statuses === undefined) accepted.fill(1, 200, 300)
  else for (const status of statuses) accepted[status] = 1
  return accepted
}
