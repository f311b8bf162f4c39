import type { StudyConfiguration, StudyResult } from './study-result.ts'

/** What a configuration that was written is among the others. */
export function standingOf({ role }: StudyConfiguration, { best }: Pick<StudyResult, 'best'>): string {
  if (role === 'baseline') return 'the default'
  if (role === 'chosen') return 'as you chose'
  return best.length > 1 ? 'ties for the best' : 'the best'
}
