import { isGrpc, readSettings } from '@servebench/plugin-oip/dialect'
import type { ControlContext, ServerControl, TargetPlan } from 'servebench/plugin'
import { readTritonOptions } from '../target-options.ts'
import { tritonControl } from './triton-control.ts'

/** Control of the server behind a target: what launched it knows more about it than the protocol does. */
export async function controlTarget(
  target: TargetPlan,
  context: ControlContext,
  root: string,
): Promise<ServerControl> {
  const { server, signal, log } = context
  if (server?.control && target.options['url'] === undefined) return server.control
  const { dialect } = readTritonOptions(target.options)
  const { url, protocol, headers, tls } = readSettings(target.options, server?.endpoints, root, dialect)
  return tritonControl({
    url,
    protocol: isGrpc(protocol) ? 'grpc' : 'http',
    headers,
    signal,
    warn: (message) => log.warn(message),
    metricsUrl: target.options['url'] === undefined ? server?.endpoints['metrics'] : undefined,
    ...(tls === undefined ? {} : { tls }),
  })
}
