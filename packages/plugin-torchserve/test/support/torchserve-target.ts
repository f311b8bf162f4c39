import type { ConnectContext, SessionReference } from 'servebench/plugin'
import { connectTarget, openTarget, type OpenTarget } from 'servebench/testing'
import { plugin, torchserve } from '../../src/index.ts'
import type { TorchServeContent, TorchServeOptions, TorchServeResponse } from '../../src/index.ts'

/** The preflight, as the runner asks for it. */
export function connect(
  options: TorchServeOptions,
  context: Partial<ConnectContext> = {},
): Promise<SessionReference> {
  return connectTarget(plugin, torchserve(options), context)
}

export async function openTorchServe(
  options: TorchServeOptions,
  ...contents: readonly TorchServeContent[]
): Promise<OpenTarget<TorchServeResponse>> {
  return await openTarget(await connect(options), contents)
}
