import { SECOND, type Nanos } from '../units/nanos.ts'
import { processKey } from './order.ts'
import type { LoadPlan } from '../arrival/load-plan.ts'
import { controlOf, initialRate } from '../arrival/load-rates.ts'
import type { TrialPlan } from './trial-plan.ts'

/** Guesses for what a plan does not say, from ordinary runs of local servers. */
const TRIAL_OVERHEAD: Nanos = 0.4 * SECOND
const TYPICAL_DRAIN: Nanos = 0.3 * SECOND
const SERVER_START: Nanos = 3 * SECOND

export interface RunEstimate {
  /** Of all that can be foreseen. */
  readonly total: Nanos
  /** Trials whose end depends on the server: they count with their overhead only. */
  readonly openEnded: number
}

/** How long a trial takes; `null` where that depends on the server's speed. */
export function estimateTrial(plan: Pick<TrialPlan, 'settings' | 'streams'>): Nanos | null {
  const { warmup, duration, drain, cooldown } = plan.settings
  const warmupTime =
    'duration' in warmup
      ? warmup.duration
      : 'until' in warmup
        ? null
        : estimateRequests(plan, warmup.requests)
  if (duration === null || warmupTime === null || plan.settings.until || followsGauge(plan)) return null
  return TRIAL_OVERHEAD + warmupTime + duration + Math.min(drain, TYPICAL_DRAIN) + cooldown
}

/** How long a trial's machine is measured without load: not before a cold start, which that would change, nor in a search. */
export function restOf({
  settings,
  role,
  coldStart,
}: Pick<TrialPlan, 'settings' | 'role' | 'coldStart'>): Nanos {
  return role === 'measurement' && coldStart === undefined ? (settings.energy?.idle ?? 0) : 0
}

/** How long it takes to bring a gauge to its target depends on the server. */
function followsGauge({ streams }: Pick<TrialPlan, 'streams'>): boolean {
  return Object.values(streams).some(({ load }) => controlOf(load) !== null)
}

/** A search that has not begun: as long as all its probes. */
export interface EstimatedSearch {
  readonly server: TrialPlan['server']
  /** `null` where the server decides how long a probe takes. */
  readonly estimate: Nanos | null
}

/** How long trials take in this order, and searches after them, with the starts of their servers. */
export function estimateRun(
  trials: readonly TrialPlan[],
  searches: readonly EstimatedSearch[] = [],
): RunEstimate {
  let total = 0
  let openEnded = 0
  let running = ''
  for (const trial of trials) {
    const needed = processKey(trial.server)
    const anew = trial.coldStart !== undefined && trial.coldStart.idle === null
    if (needed !== '' && (anew || needed !== running)) total += SERVER_START
    running = needed
    total += (trial.coldStart?.idle ?? 0) + restOf(trial)
    const time = estimateTrial(trial)
    if (time === null) openEnded += 1
    total += time ?? TRIAL_OVERHEAD + trial.settings.cooldown
  }
  for (const { server, estimate } of searches) {
    const needed = processKey(server)
    if (needed !== '' && needed !== running) total += SERVER_START
    running = needed
    if (estimate === null) openEnded += 1
    total += estimate ?? 0
  }
  return { total, openEnded }
}

/** How long an open load needs for a number of arrivals. */
function estimateRequests(plan: Pick<TrialPlan, 'streams'>, requests: number): Nanos | null {
  if (requests === 0) return 0
  const rate = Object.values(plan.streams).reduce((sum, stream) => sum + rateAtStart(stream.load), 0)
  return rate > 0 ? (requests / rate) * SECOND : null
}

function rateAtStart(load: LoadPlan): number {
  if (load.loop === 'open') return initialRate(load) ?? 0
  if (load.loop === 'closed') return 0
  const first = load.stages[0]
  return first === undefined ? 0 : rateAtStart(first.load)
}
