import type { Trial, Verdict, VerdictReason } from './result.ts'

const SEVERITY = { note: 0, suspect: 1, invalid: 2 } as const

/**
 * The validity of a case: that of the repeats its numbers come from. Repeats that were left out make it suspect, and
 * invalid when none is left.
 */
export function poolVerdicts(repeats: readonly Trial[]): Verdict {
  const used = repeats.filter((trial) => trial.verdict.validity !== 'invalid')
  const left = repeats.length - used.length
  const reasons = mergeReasons(used.length === 0 ? repeats : used, repeats.length)
  if (used.length > 0 && left > 0) {
    const dropped = mergeReasons(
      repeats.filter((trial) => trial.verdict.validity === 'invalid'),
      repeats.length,
    )
    reasons.unshift({
      code: 'repeats',
      severity: 'suspect',
      message: `${left} of ${repeats.length} repeats are left out: ${listOf(dropped)}`,
      advice: dropped.find((reason) => reason.advice !== null)?.advice ?? null,
    })
  }
  const suspect = left > 0 || used.some((trial) => trial.verdict.validity === 'suspect')
  return { validity: used.length === 0 ? 'invalid' : suspect ? 'suspect' : 'valid', reasons }
}

/** Each code once, with its gravest message, and in how many repeats it came up. */
function mergeReasons(trials: readonly Trial[], repeats: number): VerdictReason[] {
  const byCode = new Map<string, { reason: VerdictReason; trials: number }>()
  for (const trial of trials) {
    for (const reason of trial.verdict.reasons) {
      const known = byCode.get(reason.code)
      if (known === undefined) byCode.set(reason.code, { reason, trials: 1 })
      else {
        known.trials += 1
        if (SEVERITY[reason.severity] > SEVERITY[known.reason.severity]) known.reason = reason
      }
    }
  }
  return [...byCode.values()]
    .sort((a, b) => SEVERITY[b.reason.severity] - SEVERITY[a.reason.severity])
    .map(({ reason, trials: count }) =>
      repeats === 1 ? reason : { ...reason, message: `${reason.message} (${count} of ${repeats} repeats)` },
    )
}

function listOf(reasons: readonly VerdictReason[]): string {
  const messages = reasons.filter((reason) => reason.severity === 'invalid').map((reason) => reason.message)
  return messages.length === 0 ? 'they are invalid.' : messages.join(' ')
}
