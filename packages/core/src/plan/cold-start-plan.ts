import type { ColdStartPlan } from '../dsl/cold-start.ts'
import { closed } from '../dsl/loads/closed.ts'
import type { Problems } from '../dsl/problems.ts'
import { MILLISECOND } from '../units/nanos.ts'
import { findOption, type OptionLevel } from './option-level.ts'
import type { ServerPlan, TrialSettings } from './trial-plan.ts'

/** A median of fewer starts has no interval that means anything. */
export const COLD_START_REPEATS = 5
/** A dispatch may be this late: far less than what the polling of a start leaves open. */
const LAG = { suspect: 5 * MILLISECOND, invalid: 50 * MILLISECOND }

/** A cold start sends its own requests, one after the other; everything that would send others, or more, is an error. */
export function coldStartLevels(
  problems: Problems,
  levels: readonly OptionLevel[],
  plan: ColdStartPlan,
  server: ServerPlan | undefined,
): readonly OptionLevel[] {
  const own = levels.at(-1)?.options ?? {}
  if (own['load'] !== undefined)
    problems.error(
      'load',
      'a cold start sends its own requests, one after the other: say how many as coldStart.requests.',
    )
  for (const option of ['streams', 'search', 'exchange'])
    if (own[option] !== undefined) problems.error(option, 'cannot be combined with `coldStart`.')
  if (server === undefined && plan.idle === null)
    problems.error(
      'coldStart',
      'there is nothing to start: give a `server`, or for a URL whose server scales to zero `coldStart: { idle: … }`.',
    )
  // The first request may fail; what counts is the first one that does not.
  const load = closed({ concurrency: 1, requests: plan.requests + 1 })
  return [...levels, { origin: 'coldStart', options: { load } }]
}

/** Settings without what makes no sense for the very first requests of a server. */
export function coldStartSettings(settings: TrialSettings): TrialSettings {
  const { gates } = settings
  const open = { suspect: null, invalid: null }
  return {
    ...settings,
    warmup: { duration: 0 },
    duration: null,
    workers: 1,
    retry: { ...settings.retry, attempts: 0 },
    // The first request pays for its connection, as that of any new client does; an open one might keep a server awake.
    connections: { ...settings.connections, count: 1, open: 'on-demand' },
    gates: {
      ...gates,
      dispatchLag: {
        ...gates.dispatchLag,
        floorSuspect: Math.max(gates.dispatchLag.floorSuspect, LAG.suspect),
        floorInvalid: Math.max(gates.dispatchLag.floorInvalid, LAG.invalid),
      },
      // A handful of requests from one user: neither steady, nor a load for the generator or for this machine.
      loadThreadCpu: open,
      littlesLaw: open,
      foreignCpu: open,
      clockDrift: open,
    },
  }
}

/** Five, unless it is said how many. */
export function coldStartRepeats(levels: readonly OptionLevel[], repeats: number, given: boolean): number {
  return given || findOption(levels, 'repeats') !== undefined ? repeats : COLD_START_REPEATS
}
