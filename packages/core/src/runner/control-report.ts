import type { ControlReport, ControlStep, VerdictReason } from '../report/result.ts'
import { formatQuantity } from '../report/quantity.ts'
import { formatLoad } from '../report/load-value.ts'
import { meanInterval, rateInterval } from '../stats/interval/mean-interval.ts'
import { cycleOf } from '../stats/trend/cycle.ts'
import type { Nanos } from '../units/nanos.ts'
import type { LoadControl } from './load-control.ts'

const MOST_STEPS = 2000
/** A gauge that was read for less of the measurement does not say where it was. */
const LEAST_COVERAGE = 0.9

/** What became of a load that followed a gauge. */
export function reportControl(
  control: LoadControl,
  stream: string,
  measureFrom: Nanos,
  measureUntil: Nanos,
): ControlReport {
  const { parts, controller, course, period, problem, lostAt } = control
  const { plan, gauge, feed, vary } = parts
  const { mean, coverage } = feed.over(measureFrom, measureUntil)
  const readings = feed.readings.filter(
    ({ from, until }) => until > from && from >= measureFrom && until <= measureUntil,
  )
  const values = Float64Array.from(readings, ({ value }) => value)
  const before = course.filter(({ at }) => at <= measureFrom)
  const begun = control.begunAt ?? measureFrom
  const identified = Math.min(measureFrom, control.identifiedAt ?? measureFrom)
  const isNear = mean !== null && Math.abs(mean - plan.target) <= plan.tolerance
  const cycle = cycleOf(values)
  return {
    stream,
    gauge: gauge.name,
    unit: gauge.unit,
    target: plan.target,
    tolerance: plan.tolerance,
    method: plan.method,
    vary,
    most: plan.most,
    period,
    outcome:
      lostAt !== null && lostAt < measureUntil
        ? 'lost'
        : controller.phase === 'unreachable'
          ? 'unreachable'
          : isNear
            ? 'held'
            : 'not-held',
    obstacle: controller.obstacle,
    plateau: controller.plateau,
    problem,
    phases: {
      warmup: { from: 0, until: begun },
      identify: { from: begun, until: identified },
      approach: { from: identified, until: measureFrom },
    },
    settled: control.heldAt !== null && control.heldAt <= measureFrom,
    mean,
    interval: bounded(meanInterval(values) ?? rateInterval(values), gauge.ceiling),
    coverage,
    oscillation: {
      ...spreadOf(values),
      cycle: cycle === null ? null : (cycle * (measureUntil - measureFrom) * coverage) / values.length,
    },
    overshoot: Math.max(0, ...before.map(({ reading }) => reading - plan.target)),
    load: loadOf(course, measureFrom, measureUntil, control.view.load),
    moves: control.moves,
    backOffs: controller.backOffs,
    course: thinned(course),
  }
}

/** What the verdict says about it. */
export function controlNotes(report: ControlReport): readonly VerdictReason[] {
  const { gauge, unit, target, mean, interval, outcome, obstacle, plateau, problem, tolerance } = report
  const show = (value: number | null): string => formatQuantity(value, unit)
  const held = `${gauge} was ${show(mean)} instead of ${show(target)}`
  const found = `${show(mean)}${interval === null ? '' : ` (${show(interval[0])} to ${show(interval[1])})`}`
  if (outcome === 'lost') {
    const message = `${gauge}, which the load follows, was lost: ${problem}. The load went back to where it began, and the measurement ended.`
    return [
      {
        code: 'gauge-lost',
        severity: 'invalid',
        message,
        advice: 'The events tell when; see `samplers` for what was read.',
      },
    ]
  }
  if (outcome === 'unreachable') {
    const why =
      obstacle === 'plateau'
        ? `plateau ${show(plateau)}: more load brings no more`
        : obstacle === 'most'
          ? `${show(plateau)} at the highest load, ${formatLoad(report.vary, report.most)}`
          : `${show(plateau)} at the lowest load already`
    const advice =
      obstacle === 'plateau'
        ? 'Something else limits the target: look at other gauges, or use a lower target.'
        : obstacle === 'most'
          ? 'Raise `max`, or use a lower target.'
          : 'Use a higher target, or a gauge that only the target moves.'
    return [
      {
        code: 'utilization-unreachable',
        severity: 'invalid',
        message: `${gauge} cannot be held at ${show(target)}: unreachable, ${why}. The measurement is of that load.`,
        advice,
      },
    ]
  }
  const reasons: VerdictReason[] = []
  if (outcome === 'not-held') {
    reasons.push({
      code: 'utilization-not-held',
      severity: 'suspect',
      message: `${held} in the measurement: not held within ${show(tolerance)}.`,
      advice: 'Measure longer, allow a wider `tolerance`, or give the controller a longer `period`.',
    })
  } else if (!report.settled) {
    reasons.push({
      code: 'utilization-unsettled',
      severity: 'suspect',
      message: `${gauge} was not held yet when the measurement began: the time for it, \`within\`, was up. Its mean came to ${found}.`,
      advice: 'Give it more time (`within`), or a longer `period` where the gauge is noisy.',
    })
  }
  if (report.coverage < LEAST_COVERAGE) {
    reasons.push({
      code: 'utilization-coverage',
      severity: 'suspect',
      message: `${gauge} was read for only ${formatQuantity(report.coverage, '1')} of the measurement.`,
      advice: 'A sampler that misses readings needs a longer period, or a quieter machine.',
    })
  }
  return reasons
}

function bounded(
  interval: readonly [low: number, high: number] | null,
  ceiling: number,
): readonly [low: number, high: number] | null {
  return interval === null ? null : [Math.max(0, interval[0]), Math.min(ceiling, interval[1])]
}

function spreadOf(values: Float64Array): Pick<ControlReport['oscillation'], 'deviation' | 'p5' | 'p95'> {
  const { length } = values
  if (length < 2) return { deviation: null, p5: null, p95: null }
  const mean = values.reduce((sum, value) => sum + value, 0) / length
  const squares = values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0)
  const sorted = values.toSorted()
  const rank = (share: number): number => sorted[Math.max(0, Math.ceil(share * length) - 1)] as number
  return { deviation: Math.sqrt(squares / (length - 1)), p5: rank(0.05), p95: rank(0.95) }
}

/** Time-weighted; a step tells of the period that it ends. */
function loadOf(
  course: readonly ControlStep[],
  from: Nanos,
  until: Nanos,
  current: number,
): ControlReport['load'] {
  const loads: number[] = []
  let area = 0
  let since = from
  for (const { at, load } of [
    ...course.filter((step) => step.at > from && step.at < until),
    { at: until, load: current },
  ]) {
    area += load * (at - since)
    since = at
    loads.push(load)
  }
  return { mean: area / (until - from), min: Math.min(...loads), max: Math.max(...loads) }
}

function thinned(course: readonly ControlStep[]): readonly ControlStep[] {
  const every = Math.ceil(course.length / MOST_STEPS)
  return course.filter((_, index) => index % every === 0)
}
