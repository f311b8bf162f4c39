import { createHash } from 'node:crypto'
import { canonicalJson, type JsonValue } from '../units/json.ts'
import type { TrialPlan } from './trial-plan.ts'

type CaseKey = Pick<TrialPlan, 'file' | 'path' | 'case' | 'role'>

/** 12 hexadecimal digits that name a case in every run: SHA-256 over file, path, case and role. */
export function caseId(key: CaseKey): string {
  const { file, path, role } = key
  return digest({ file, path, case: key.case, role })
}

/** 12 hexadecimal digits that name a trial in every run: SHA-256 over file, path, case, role and repeat. */
export function trialId(key: CaseKey, repeat: number): string {
  const { file, path, role } = key
  return digest({ file, path, case: key.case, role, repeat })
}

/** SHA-256 of the canonical plan, 64 hexadecimal digits. */
export function planHash(plan: TrialPlan): string {
  return createHash('sha256')
    .update(canonicalJson(plan as unknown as JsonValue))
    .digest('hex')
}

function digest(value: JsonValue): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex').slice(0, 12)
}
