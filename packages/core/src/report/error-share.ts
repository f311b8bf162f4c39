import { errorCount } from '../slo/evaluate-slo.ts'
import type { Metrics } from './result.ts'

/** The share of due requests that did not complete correctly; `null` when none was due. */
export function errorShare(metrics: Pick<Metrics, 'counts'> | null | undefined): number | null {
  const counts = metrics?.counts
  return counts === undefined || counts.due === 0 ? null : errorCount(counts) / counts.due
}
