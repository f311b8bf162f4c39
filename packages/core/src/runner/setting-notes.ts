import type { SettingDifference } from '../hooks/server.ts'
import type { VerdictReason } from '../report/result.ts'
import { canonicalJson } from '../units/json.ts'

/** A setting that the server has otherwise than it was asked for, as a sentence. */
export function describeDifference({ model, setting, wanted, found, reason }: SettingDifference): string {
  const subject = model === null ? `The server's ${setting}` : `Model '${model}': ${setting}`
  const why = reason === undefined ? '' : ` ${reason}`
  return `${subject} is ${canonicalJson(found)}, although ${canonicalJson(wanted)} was asked for.${why}`
}

export function settingNotes(differences: readonly SettingDifference[]): readonly VerdictReason[] {
  return differences.map((difference, index) => ({
    code: index === 0 ? 'server-setting' : `server-setting-${index + 1}`,
    severity: 'note',
    message: describeDifference(difference),
    advice: null,
  }))
}
