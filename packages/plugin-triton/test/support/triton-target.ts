import type { OipContent } from '@servebench/plugin-oip/protocol'
import type { ConnectContext, Log, RunningServer, ServerSpec, SessionReference } from 'servebench/plugin'
import { applyPlugins, connectTarget, openTarget, type OpenTarget } from 'servebench/testing'
import { plugin, triton } from '../../src/index.ts'
import type { TritonOptions, TritonResponse } from '../../src/index.ts'

/** The preflight, as the runner asks for it. */
export function connect(
  options: TritonOptions,
  context: Partial<ConnectContext> = {},
): Promise<SessionReference> {
  return connectTarget(plugin, triton(options), { root: '/bench', ...context })
}

/** What a scenario's `server` leads to. */
export async function attach(
  { kind, package: packageName, launch, state }: ServerSpec,
  log: Log,
): Promise<RunningServer> {
  const hooks = await applyPlugins([plugin], '/')
  const plan = { kind, package: packageName, launch, state }
  return (await hooks.launch.for(kind).promise(plan, { root: '/', log } as never)) as RunningServer
}

export async function openTriton(
  options: TritonOptions,
  ...contents: readonly OipContent[]
): Promise<OpenTarget<TritonResponse>> {
  return await openTarget(await connect(options), contents, { slots: 8 })
}
