import type { SessionContext, TargetSession } from '../../engine/session.ts'
import type { CallConnection } from './call-connection.ts'
import { CallSession } from './call-session.ts'

export interface CallSessionOptions {
  /** What results call it: `pong-tcp`. */
  readonly engine: string
  /**
   * Opens a connection. Errors of Node.js's sockets become failures by their code, others count as closed by the peer.
   * @param signal aborted when the session is over
   */
  connect(signal: AbortSignal): Promise<CallConnection>
}

/**
 * A session of a protocol of your own, by asynchronous functions: connections, slots that wait for one, deadlines and counts
 * are taken care of. It makes promises and objects for each request, which costs some ten microseconds of the load thread:
 * good for thousands of requests per second, not for measuring microseconds. Unary exchanges only.
 */
export function createCallSession(
  context: SessionContext<unknown>,
  options: CallSessionOptions,
): TargetSession {
  return new CallSession(context, options)
}
