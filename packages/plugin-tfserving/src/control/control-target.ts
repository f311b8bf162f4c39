import type { ControlContext, ServerControl, TargetPlan } from 'servebench/plugin'
import { METRICS_PATH } from '../server/paths.ts'
import { isGrpc, readSettings } from '../settings.ts'
import { tfservingControl } from './serving-control.ts'

/** Control of the server behind a target: what launched it knows more about it than its API tells. */
export async function controlTarget(
  target: TargetPlan,
  context: ControlContext,
  root: string,
): Promise<ServerControl> {
  const { server, signal } = context
  if (server?.control && target.options['url'] === undefined) return server.control
  const { url, protocol, headers, tls } = readSettings(target.options, server?.endpoints, root)
  const grpc = isGrpc(protocol)
  return tfservingControl({
    httpUrl: grpc ? null : url,
    grpcUrl: grpc ? url : null,
    metricsUrl: grpc ? null : url + METRICS_PATH,
    headers,
    signal,
    ...(tls === undefined ? {} : { tls }),
  })
}
