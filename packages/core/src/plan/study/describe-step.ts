import type { StudyStep } from '../trial-plan.ts'

/** What a configuration is measured for, in a few words: `baseline`, `search at a third of the length`, `round 2`. */
export function describeStep({ purpose, round, fidelity }: StudyStep): string {
  if (purpose === 'confirm') return `round ${(round ?? 0) + 1}`
  const words = { baseline: 'baseline', search: 'search', sweep: 'all loads', ablation: 'one change' }[
    purpose
  ]
  return fidelity === 1 ? words : `${words}, ${Math.round(100 * fidelity)} % of the length`
}
