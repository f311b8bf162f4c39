import type { QualityRequest } from '../aide/evaluate-quality.ts'
import type { TrialPlan } from '../plan/trial-plan.ts'
import type { PluginHost } from './plugin-host.ts'
import { resolveInput, type ConnectedStream } from './session-setup.ts'

/** Payloads that are in memory at a time. */
const AT_A_TIME = 64

/** What is sent to see what the answers are worth; `null` where the plan does not ask. */
export async function qualityRequest(
  plan: TrialPlan,
  [stream]: readonly ConnectedStream[],
  plugins: PluginHost,
  root: string,
): Promise<QualityRequest | null> {
  const { quality, settings } = plan
  if (quality === undefined || stream === undefined) return null
  const asked = { ...stream.plan, input: quality.input ?? stream.plan.input }
  const { bytes } = settings.payloads
  return {
    stream: {
      name: stream.name,
      codec: { module: stream.session.module, options: stream.session.options },
      input: await resolveInput(asked, stream.session, plugins, root, { count: quality.samples, bytes }),
      limit: { count: AT_A_TIME, bytes },
      // The same samples in every run: the seed is not the run's.
      seed: { seed: 'quality', path: [], repeat: 0 },
    },
    plan: quality,
    timeout: settings.timeout,
    maxResponseBytes: settings.maxResponseBytes,
  }
}
