import type { ConnectionPlan, Patch, Prepared, SessionContext, TargetSession } from '../engine/session.ts'
import { patchOf } from './prepare.ts'
import type { RecordedExchange, RecordingExchange } from './recording-exchange.ts'

/** One connection, opened before the load. */
export const ONE_CONNECTION: ConnectionPlan = {
  count: 1,
  fixed: true,
  streams: 1,
  reuse: 'keep-alive',
  open: 'before',
}

/** What the core would hand to `createSession`. */
export function sessionContext(
  exchange: RecordingExchange,
  prepared: readonly Prepared[],
  overrides: Partial<SessionContext> = {},
): SessionContext {
  return {
    options: null,
    exchange,
    connections: ONE_CONNECTION,
    slots: exchange.capture.length,
    exchangeKind: 'unary',
    maxResponseBytes: 16 * 1024 * 1024,
    prepared,
    worker: 0,
    ...overrides,
  }
}

/** Opens an exchange and waits for its settlement; after `limit` milliseconds it is cancelled, as by a deadline. */
export async function ask(
  session: TargetSession,
  exchange: RecordingExchange,
  prepared: Prepared,
  {
    slot = 0,
    patch = patchOf(0),
    limit = 5_000,
  }: { readonly slot?: number; readonly patch?: Patch; readonly limit?: number } = {},
): Promise<RecordedExchange> {
  exchange.expect(slot)
  const settlement = exchange.settlement(slot)
  session.open(slot, prepared, patch)
  const deadline = setTimeout(() => session.cancel(slot), limit)
  try {
    return await settlement
  } finally {
    clearTimeout(deadline)
  }
}
