import { printable } from './printable.ts'
import { formatCount, formatNanos, formatShare } from './quantity.ts'
import type { Metrics, StepMetrics } from './result.ts'

/** The steps of a pipeline in words, one line each, and what lay between them; empty for any other target. */
export function describeSteps({ pipeline }: Metrics): readonly string[] {
  if (pipeline === undefined) return []
  const { before, response, glue, glueShare, steps } = pipeline
  const lead = before === null || response === null || response === 0 ? null : before / response
  const lines = steps.map(describeStep)
  if (lead === null) return lines
  return [
    ...lines,
    `between the steps: ${formatShare(glueShare)} of the time, mean ${formatNanos(glue.mean)}`,
    `before the first: ${formatShare(lead)} of the time, mean ${formatNanos(before)}`,
  ]
}

function describeStep(step: StepMetrics): string {
  const { name, target, share, time, counts, failures } = step
  const parts = [
    ...(share === null ? [] : [`${formatShare(share)} of the time`]),
    ...(time.count === 0 ? [] : [`p50 ${formatNanos(time.p50)}`, `p99 ${formatNanos(time.p99)}`]),
    ...inServer(step),
    `errors ${errorsOf(counts, failures)}`,
  ]
  return `${printable(name)} (${printable(target ?? 'function')}): ${parts.join(', ')}`
}

/** Where the server says how long it took: the rest is transmission. */
function inServer({ time, serverQueue, serverCompute }: StepMetrics): readonly string[] {
  if (serverCompute.count < time.count || !time.mean) return []
  return [`in the server ${formatShare(((serverQueue.mean ?? 0) + (serverCompute.mean ?? 0)) / time.mean)}`]
}

function errorsOf(counts: StepMetrics['counts'], failures: StepMetrics['failures']): string {
  const lost = counts.due - counts.completed
  if (lost === 0) return 'none'
  const parts = [
    ...Object.entries(failures).map(([kind, count]) => `${formatCount(count)} ${printable(kind)}`),
    ...(counts.timedOut > 0 ? [`${formatCount(counts.timedOut)} timed out`] : []),
    ...(counts.censored > 0 ? [`${formatCount(counts.censored)} still open at the end`] : []),
  ]
  return `${formatCount(lost)} of ${formatCount(counts.due)}: ${parts.join(', ')}`
}
