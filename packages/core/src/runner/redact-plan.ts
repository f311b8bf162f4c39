import type { ServerPlan, TrialPlan } from '../plan/trial-plan.ts'
import { redactSecrets } from '../transport/secret-redaction.ts'
import type { JsonObject } from '../units/json.ts'

/**
 * A plan as it may be stored and printed: text under a secret name (`authorization`, `x-api-key`, …) and credentials in
 * URLs are left out. Workers get the plan itself.
 */
export function redactPlan(plan: TrialPlan): TrialPlan {
  const { server, streams, samplers, setup } = plan
  const shown = redactSecrets({
    server,
    streams,
    ...(samplers === undefined ? {} : { samplers }),
    ...(setup === undefined ? {} : { setup }),
  } as unknown as JsonObject)
  return { ...plan, ...(shown as unknown as Partial<TrialPlan>) }
}

/** As {@link redactPlan}, of a server alone. */
export function redactServer(server: ServerPlan): ServerPlan {
  return redactSecrets(server as unknown as JsonObject) as unknown as ServerPlan
}
