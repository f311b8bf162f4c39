import type { CasePlan } from './case-plan.ts'
import { trialId } from './identity.ts'
import type { TrialPlan } from './trial-plan.ts'

/**
 * The trial of a case with its server's profiler on: as its others are, but short, and judged by nothing. `null` where the
 * scenario asks for none.
 */
export function profileTrial({ trial, profile }: CasePlan, seed: string): TrialPlan | null {
  if (profile === undefined) return null
  const { caseId, versus: _versus, ...rest } = trial
  const { duration } = trial.settings
  const plan = {
    ...rest,
    role: 'profile',
    settings: {
      ...trial.settings,
      duration: duration === null ? null : Math.min(duration, profile.duration),
      until: null,
    },
    streams: Object.fromEntries(
      Object.entries(trial.streams).map(([name, stream]) => [name, { ...stream, slo: null }]),
    ),
  } as const
  return { id: trialId(plan, 0), caseId, ...plan, repeat: 0, seed }
}
