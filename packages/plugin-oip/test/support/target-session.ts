import type { ConnectContext, RunningServer, ServerControl, SessionReference } from 'servebench/plugin'
import { applyPlugins, connectTarget, openTarget, type OpenTarget } from 'servebench/testing'
import { oip, plugin } from '../../src/index.ts'
import type { OipOptions, OipResponse } from '../../src/index.ts'
import type { OipContent } from '../../src/mapping/map-sample.ts'

/** The preflight, as the runner asks for it. */
export function connect(
  options: OipOptions,
  context: Partial<ConnectContext> = {},
): Promise<SessionReference> {
  return connectTarget(plugin, oip(options), { root: '/bench', ...context })
}

export async function control(
  options: OipOptions,
  server: RunningServer | null = null,
): Promise<ServerControl> {
  const { kind, package: packageName } = oip(options)
  const hooks = await applyPlugins([plugin], '/bench')
  const log = { info: () => {}, warn: () => {} }
  const signal = new AbortController().signal
  return (await hooks.control
    .for(kind)
    .promise(
      { kind, package: packageName, options: options as never },
      { server, signal, log },
    )) as ServerControl
}

export async function openOip(
  options: OipOptions,
  ...contents: readonly OipContent[]
): Promise<OpenTarget<OipResponse>> {
  return await openTarget(await connect(options), contents)
}
