import type { ControlContext, ServerControl, TargetPlan } from 'servebench/plugin'
import { readSettings } from '../settings.ts'
import type { Access } from '../token/token-source.ts'
import { torchserveControl } from './torchserve-control.ts'

/** Control of the server behind a target: what launched it knows more about it than the target does. */
export function controlTarget(
  target: TargetPlan,
  { server, signal, log }: ControlContext,
  { root, access }: { readonly root: string; readonly access: Access },
): ServerControl {
  if (server?.control && target.options['url'] === undefined) return server.control
  const settings = readSettings(target.options, {
    endpoints: server?.endpoints,
    token: access.inference,
    root,
  })
  const { url, managementUrl, token, headers, tls } = settings
  return torchserveControl({
    url,
    managementUrl,
    access: { inference: token, management: token !== null && 'keyFile' in token ? token : null },
    headers,
    signal,
    warn: (message) => log.warn(message),
    ...(tls === undefined ? {} : { tls }),
  })
}
