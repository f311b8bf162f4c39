import type { JsonObject } from '../units/json.ts'
import type { ServerLimits } from './confine.ts'
import type { BalancePolicy } from './balance.ts'
import type { PlannedContainer } from './container.ts'

/**
 * A server that servebench starts (or finds running) before a case and ends after the last case that needs it.
 * Targets without a URL of their own are bound to it.
 */
export interface ServerSpec {
  readonly kind: string
  /** The npm package whose plugin launches the kind. */
  readonly package: string
  /** What a running process cannot change: equal `launch` is the same process. */
  readonly launch: JsonObject
  /** What can be changed in place: reconciled before a case, read back, restored at the end. */
  readonly state: JsonObject
  /** What each process is started in; this machine itself where there is none. */
  readonly container?: PlannedContainer
  /** What each process may use; see `confine`. */
  readonly limits?: ServerLimits
  /** Several processes that are started alike; see `replicate`. */
  readonly replicas?: { readonly count: number; readonly policy: BalancePolicy }
}
