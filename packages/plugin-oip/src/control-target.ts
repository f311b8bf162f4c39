import type { ControlContext, ServerControl, TargetPlan } from 'servebench/plugin'
import { oipControl } from './server/oip-control.ts'
import { readSettings } from './settings.ts'
import { isGrpc } from './target.ts'

/** Control of the server behind a target: what launched it knows more about it than the protocol does. */
export async function controlTarget(
  target: TargetPlan,
  context: ControlContext,
  root: string,
): Promise<ServerControl> {
  const { server, signal } = context
  if (server?.control && target.options['url'] === undefined) return server.control
  const { url, protocol, headers, tls } = readSettings(target.options, server?.endpoints, root)
  return oipControl({
    url,
    protocol: isGrpc(protocol) ? 'grpc' : 'http',
    headers,
    signal,
    metricsUrl: target.options['url'] === undefined ? server?.endpoints['metrics'] : undefined,
    ...(tls === undefined ? {} : { tls }),
  })
}
