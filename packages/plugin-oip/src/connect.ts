import { moduleUrl, ServebenchError } from 'servebench/plugin'
import type { ConnectContext, JsonValue, SessionReference, TargetPlan } from 'servebench/plugin'
import { preflight, referenceTo } from './preflight.ts'
import { readSettings } from './settings.ts'

/**
 * The preflight of a target: that there is a server of the protocol, and that it has the model.
 * @throws {ServebenchError} with what is wrong
 */
export async function connect(
  target: TargetPlan,
  context: ConnectContext,
  root: string,
): Promise<SessionReference> {
  if (context.exchange === 'stream') {
    throw new ServebenchError(
      'SERVEBENCH_STREAM_UNSUPPORTED',
      'The oip target answers one request per exchange; the scenario asks for a stream.',
      {
        advice: 'Leave `exchange` out; for Triton, use the target triton() of @servebench/plugin-triton.',
      },
    )
  }
  const settings = readSettings(target.options, context.server?.endpoints, root)
  const found = await preflight(settings, context)
  if (found.decoupled) {
    const message = `Model '${settings.model}' is decoupled: it answers any number of times, which only streams can carry.`
    throw new ServebenchError('SERVEBENCH_OIP_DECOUPLED', message, {
      advice: 'On Triton, use the target triton() of @servebench/plugin-triton.',
    })
  }
  return referenceTo(found, {
    module: moduleUrl(import.meta.url, './session'),
    options: found.options as unknown as JsonValue,
  })
}
