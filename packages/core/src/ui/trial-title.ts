import { fullName } from '../report/case-name.ts'
import { printable } from '../report/printable.ts'
import type { Trial } from '../report/result.ts'

/** `describe > scenario > axis=value · repeat 2`, safe to show. */
export function trialTitle(trial: Pick<Trial, 'path' | 'case' | 'repeat'>): string {
  const repeat = trial.repeat === 0 ? '' : ` · repeat ${trial.repeat + 1}`
  return printable(fullName(trial) + repeat)
}
