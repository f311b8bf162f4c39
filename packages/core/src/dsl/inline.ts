import type { TargetSpec } from './target.ts'

export interface InlineContext {
  /** Aborted when the request passes its timeout or the run is stopped. */
  readonly signal: AbortSignal
}

/**
 * Measures a function of the bench file instead of a server: a client library, a model in this process, a query.
 * The function runs on the load thread: work that it does there without awaiting delays the schedule, and the verdict
 * says so.
 */
export function inline<Request, Response>(
  call: (request: Request, context: InlineContext) => Response | Promise<Response>,
): TargetSpec<'inline', Request, Response> {
  return { kind: 'inline', package: 'servebench', options: { call } }
}
