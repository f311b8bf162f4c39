import type { FunctionReference } from './trial-plan.ts'
import { isFields } from '../dsl/fields.ts'

/** What all functions of one case have in common; a `TrialPlan` is one. */
export type FunctionOwner = Omit<FunctionReference, 'option'>

/** Names a function of the bench file for another realm: an option (`check`), or what a plan gives as `option` (a think time). */
export function functionReference(owner: FunctionOwner, option: string): FunctionReference {
  const { file, digest, path, setup } = owner
  return { file, digest, path, case: owner.case, option, ...(setup === undefined ? {} : { setup }) }
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
