import { describeProbe } from '../plan/search/search-planner.ts'
import { fullName } from '../report/case-name.ts'
import { printable } from '../report/printable.ts'
import type { Trial } from '../report/result.ts'

/** `describe > scenario > axis=value · repeat 2`, or with what a probe is for; safe to show. */
export function trialTitle(trial: Pick<Trial, 'path' | 'case' | 'repeat' | 'plan'>): string {
  const { probe } = trial.plan
  if (probe !== undefined) return printable(`${fullName(trial)} · ${describeProbe(probe)}`)
  const repeat = trial.repeat === 0 ? '' : ` · repeat ${trial.repeat + 1}`
  return printable(fullName(trial) + repeat)
}
