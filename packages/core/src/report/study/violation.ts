import type { SloTermResult } from '../result.ts'

/** A term that was not measured, or is infinite, is missed by this factor, as a logarithm. */
export const INFINITE_VIOLATION: number = Math.log(8)

/** Less of what it limits is better. */
export function isUpperLimit(term: string): boolean {
  return !/(^|\.)(throughput|goodput)$/.test(term) && !/^(gauges\..*|quality)\.min$/.test(term)
}

/** The logarithm of how far a limit is missed; below 0 how far it is kept. By the measured value, not its interval. */
export function violationOf({ term, limit, measured }: SloTermResult): number {
  if (measured === null) return INFINITE_VIOLATION
  const [over, under] = isUpperLimit(term) ? [measured, limit] : [limit, measured]
  if (over <= under) return under > 0 && over > 0 ? Math.max(-INFINITE_VIOLATION, Math.log(over / under)) : 0
  return under > 0 ? Math.min(INFINITE_VIOLATION, Math.max(1e-9, Math.log(over / under))) : INFINITE_VIOLATION
}
