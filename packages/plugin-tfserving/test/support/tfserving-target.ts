import type { ConnectContext, SessionReference } from 'servebench/plugin'
import { failureName } from 'servebench/session'
import { connectTarget, openTarget, type OpenTarget } from 'servebench/testing'
import { plugin, tfserving } from '../../src/index.ts'
import type { TfServingOptions, TfServingResponse } from '../../src/index.ts'
import type { TfServingContent } from '../../src/mapping/map-json.ts'

/** The preflight, as the runner asks for it. */
export function connect(
  options: TfServingOptions,
  context: Partial<ConnectContext> = {},
): Promise<SessionReference> {
  return connectTarget(plugin, tfserving(options), context)
}

export async function openTfServing(
  options: TfServingOptions,
  ...contents: readonly TfServingContent[]
): Promise<OpenTarget<TfServingResponse>> {
  return await openTarget(await connect(options), contents)
}

/** The answer to a request that succeeds. */
export async function answerOf(
  options: TfServingOptions,
  content: TfServingContent,
): Promise<TfServingResponse> {
  await using target = await openTfServing(options, content)
  const { response, kind, code } = await target.ask()
  if (response === null) throw new Error(`The request has failed: ${failureName(kind, code)}`)
  return response
}
