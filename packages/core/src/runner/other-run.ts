import { printable } from '../report/printable.ts'
import type { RunningRun } from './host-claim.ts'

/** Says that another run measures, or measured, on this host. */
export function describeOtherRun(verb: 'is' | 'was', { pid, root }: RunningRun): string {
  return `Another servebench run ${verb} measuring on this host (process ${pid}${root === '' ? '' : `, in ${printable(root)}`}).`
}
