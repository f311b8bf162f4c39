import { moduleUrl } from 'servebench/plugin'
import type { ConnectContext, JsonValue, SessionReference, TargetPlan } from 'servebench/plugin'
import { checkHttpEndpoint, resolveHeaders } from 'servebench/session'
import { refuseStreams } from '../refuse-streams.ts'
import { VespaClient } from '../server/vespa-client.ts'
import type { SearchSessionOptions } from './codec.ts'
import { encodeQuery } from './encode-query.ts'
import { readSearchSettings } from './settings.ts'
import { SEARCH_KIND } from '../kinds.ts'

/**
 * The preflight of search queries: that there is a server, and that the parameters can be sent.
 * @throws {ServebenchError} with what is wrong
 */
export async function connectSearch(
  { options }: TargetPlan,
  context: ConnectContext,
  root: string,
): Promise<SessionReference> {
  refuseStreams(SEARCH_KIND, context)
  const settings = readSearchSettings(options, context.server, root)
  const close = context.settings.connections.reuse === 'per-request'
  const session: SearchSessionOptions = { ...settings, api: 'search', close }
  // A secret that is missing, or a parameter that cannot be sent, must be found here and not when the aide encodes.
  resolveHeaders(settings.headers)
  encodeQuery({}, session)
  const { signal } = context
  const { warnings } = await checkHttpEndpoint(settings.url, settings.tls, signal)
  const { headers, tls } = settings
  const client = new VespaClient(new URL(settings.url).origin, {
    headers,
    signal,
    ...(tls === undefined ? {} : { tls }),
  })
  const version = await client.version().catch(() => null)
  return {
    module: moduleUrl(import.meta.url, '../session'),
    options: session as unknown as JsonValue,
    engine: settings.engine,
    multiplexed: false,
    queries: true,
    server: { version, path: new URL(settings.url).pathname },
    warnings: warnings ?? [],
  }
}
