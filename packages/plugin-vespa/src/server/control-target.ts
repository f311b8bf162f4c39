import type { ControlContext, ServerControl, TargetPlan } from 'servebench/plugin'
import { MODEL_KIND } from '../kinds.ts'
import { readModelSettings } from '../model/settings.ts'
import { readSearchSettings } from '../search/settings.ts'
import { vespaControl } from './vespa-control.ts'

/** Control of the server behind a target: what launched it knows more about it than its API tells. */
export async function controlTarget(
  { kind, options }: TargetPlan,
  { server, signal }: ControlContext,
  root: string,
): Promise<ServerControl> {
  if (server?.control && options['url'] === undefined) return server.control
  const read = kind === MODEL_KIND ? readModelSettings : readSearchSettings
  const { url, headers, tls } = read(options, server, root)
  return vespaControl({ url: new URL(url).origin, headers, signal, ...(tls === undefined ? {} : { tls }) })
}
