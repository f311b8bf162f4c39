import type { Scalar } from '../dsl/matrix.ts'

/** `instances=1,batch=8`; empty without a matrix. */
export function caseName(values: Readonly<Record<string, Scalar>>): string {
  return Object.entries(values)
    .map(([axis, value]) => `${axis}=${value}`)
    .join(',')
}

/** `describe > scenario > instances=1,batch=8`: what name filters look at. */
export function fullName(named: {
  readonly path: readonly string[]
  readonly case: Readonly<Record<string, Scalar>>
}): string {
  const name = caseName(named.case)
  return [...named.path, ...(name === '' ? [] : [name])].join(' > ')
}
