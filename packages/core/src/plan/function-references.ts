import type { FunctionReference } from './trial-plan.ts'
import { isFields } from '../dsl/fields.ts'

/** What all functions of one case have in common; a `TrialPlan` is one. */
export type FunctionOwner = Omit<FunctionReference, 'option'>

/** Names a function of the bench file for another realm: an option (`check`), or what a plan gives as `option` (a think time). */
export function functionReference(owner: FunctionOwner, option: string): FunctionReference {
  const { file, digest, path, setup } = owner
  return { file, digest, path, case: owner.case, option, ...(setup === undefined ? {} : { setup }) }
}

/** Whether a function is called while a plan, or a part of one, is measured: it may have changed unseen. */
export function namesFunction(part: unknown): boolean {
  if (typeof part !== 'object' || part === null) return false
  if (isFunctionReference(part)) return true
  if ('kind' in part && part.kind === 'function') return true
  return Object.values(part).some(namesFunction)
}

export function isFunctionReference(value: unknown): value is FunctionReference {
  return (
    isFields(value) &&
    typeof value['file'] === 'string' &&
    typeof value['digest'] === 'string' &&
    Array.isArray(value['path']) &&
    isFields(value['case']) &&
    typeof value['option'] === 'string'
  )
}
