import { formatLoad } from './load-value.ts'
import { printable } from './printable.ts'
import { formatNanos, formatQuantity } from './quantity.ts'
import type { ControlReport, Trial } from './result.ts'
import { sparkline } from './sparkline.ts'

const WIDEST = 60

/** How loads followed gauges, in a few lines for each trial: `host.cpu.utilization held: 79.8 % (79.1 % to 80.4 %), target 80 % ± 2 %, at 12 users`. */
export function describeControl(trials: readonly Trial[]): readonly string[] {
  return trials.flatMap(({ control }) => (control === undefined ? [] : describeOne(control)))
}

function describeOne(report: ControlReport): readonly string[] {
  const { unit, vary, load, oscillation, phases, interval, outcome } = report
  const show = (value: number | null): string => formatQuantity(value, unit)
  const range = interval === null ? '' : ` (${show(interval[0])} to ${show(interval[1])})`
  const amount = load.mean === null ? '–' : formatLoad(vary, load.mean)
  const cycle = oscillation.cycle === null ? '' : `, in cycles of ${formatNanos(oscillation.cycle)}`
  const before = phases.approach.until - phases.approach.from
  return [
    `${report.gauge} ${outcome === 'not-held' ? 'not held' : outcome}: ${show(report.mean)}${range}, target ${show(report.target)} ± ${show(report.tolerance)}, at ${amount}`,
    `readings ${show(oscillation.p5)} to ${show(oscillation.p95)}, deviation ${show(oscillation.deviation)}${cycle}`,
    `before: ${formatNanos(phases.identify.until - phases.identify.from)} to find the load${outcome === 'unreachable' ? '' : `, ${formatNanos(before)} to settle`}, overshoot ${show(report.overshoot)}, ${report.moves} moves`,
    ...(report.course.length < 2 ? [] : [courseOf(report)]),
  ].map(printable)
}

/** The gauge in each period, up to the measurement and in it, on a scale from 0. */
function courseOf({ course, phases }: ControlReport): string {
  const from = phases.approach.until
  const values = merged(
    course.map(({ reading }) => reading),
    WIDEST,
  )
  const before = Math.round((values.length * course.filter(({ at }) => at <= from).length) / course.length)
  const line = sparkline(values, WIDEST)
  return `${line.slice(0, before)}│${line.slice(before)}`
}

/** Neighbours become their mean, so that no more are left than fit. */
function merged(values: readonly number[], most: number): readonly number[] {
  const group = Math.ceil(values.length / most)
  return Array.from({ length: Math.ceil(values.length / group) }, (_, index) => {
    const part = values.slice(index * group, (index + 1) * group)
    return part.reduce((sum, value) => sum + value, 0) / part.length
  })
}
