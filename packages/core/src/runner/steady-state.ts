import type { LoadPlan } from '../arrival/load-plan.ts'
import { controlOf, isSteady } from '../arrival/load-rates.ts'
import type { TrialSettings } from '../plan/trial-plan.ts'
import type { VerdictReason, WindowResult } from '../report/result.ts'
import { classifySeries, type Classification, type Shape } from '../stats/steady/classify.ts'
import { driftOf, type Drift } from '../stats/steady/drift.ts'
import { formatDuration } from '../units/duration.ts'
import type { JsonObject } from '../units/json.ts'
import { SECOND, type Nanos } from '../units/nanos.ts'
import type { WarmupDecision } from './warmup-watch.ts'

/** Windows are joined until they hold this many completions: medians of fewer say little. */
const ENOUGH = 20
/** Levels that differ by less than this share count as equal. */
const TOLERANCE = 0.1
/** From this length of the measurement on, a trial is looked at for drift. */
const LONG: Nanos = 300 * SECOND

/** A side signal over the measurement, evenly spaced. */
export interface GaugeSeries {
  readonly name: string
  readonly unit: string
  readonly period: Nanos
  readonly values: Float64Array
}

export interface SteadyStateEvidence {
  readonly settings: Pick<TrialSettings, 'warmup'>
  readonly loads: readonly LoadPlan[]
  readonly windows: readonly WindowResult[]
  readonly phases: { readonly measureFrom: Nanos; readonly measureUntil: Nanos }
  /** How a warm-up until the steady state has ended; `null` for one of fixed length. */
  readonly decision: WarmupDecision | null
  /** Of the server's memory and the like, where samplers have taken them. */
  readonly gauges?: readonly GaugeSeries[]
}

/** A part of a trial as a series of medians. */
interface Points {
  readonly at: readonly Nanos[]
  readonly values: Float64Array
}

export interface SteadyState {
  /** For `trial.steadyState`. */
  readonly report: JsonObject
  readonly reasons: readonly VerdictReason[]
}

/** What a trial says about the steady state: how its warm-up ended, the shape of its measurement, and, of long ones, drift. */
export function analyseSteadyState(evidence: SteadyStateEvidence): SteadyState {
  const { loads, windows, phases, decision, settings } = evidence
  const applies = loads.every(isSteady)
  const measured = windows.filter((window) => window.phase === 'measurement')
  const points = pointsOf(measured)
  const shape = classifySeries(points.values, { tolerance: TOLERANCE })
  // While a load is moved, nothing before the measurement is a warm-up of the target alone.
  const isMoved = loads.some((load) => controlOf(load) !== null)
  const whole = isMoved ? points : pointsOf(windows.filter((window) => window.phase !== 'drain'))
  const long = phases.measureUntil - phases.measureFrom >= LONG
  const drift = long ? drifts(measured, evidence.gauges ?? []) : null
  return {
    report: {
      warmup: warmupReport(settings.warmup, phases.measureFrom, decision),
      classification: shape === null ? 'too-short' : applies ? shape.shape : 'not-applicable',
      series: 'p50',
      points: points.values.length,
      tolerance: TOLERANCE,
      ...(shape === null ? {} : shapeReport(shape, points)),
      // Where the warm-up as it really was has ended, by all windows from the start of the load.
      fromStart: wholeReport(whole),
      drift: drift === null ? null : driftReport(drift, phases.measureFrom),
    },
    reasons: applies
      ? [
          ...warmupReasons(decision, phases.measureFrom),
          ...shapeReasons(shape, points, phases.measureFrom),
          ...(drift === null ? [] : driftReasons(drift)),
        ]
      : warmupReasons(decision, phases.measureFrom),
  }
}

function pointsOf(windows: readonly WindowResult[]): Points {
  const at: Nanos[] = []
  const values: number[] = []
  let from: Nanos | null = null
  let completed = 0
  let weighted = 0
  for (const window of windows) {
    from ??= window.from
    if (window.p50 === null) continue
    completed += window.completed
    weighted += window.completed * window.p50
    if (completed < ENOUGH) continue
    at.push(from)
    values.push(weighted / completed)
    from = null
    completed = 0
    weighted = 0
  }
  return { at, values: Float64Array.from(values) }
}

function warmupReport(
  plan: TrialSettings['warmup'],
  measureFrom: Nanos,
  decision: WarmupDecision | null,
): JsonObject {
  const method =
    'duration' in plan ? 'duration' : 'requests' in plan && !('until' in plan) ? 'requests' : plan.method
  return {
    method,
    until: measureFrom,
    // What a fixed warm-up leaves behind is told by `fromStart` and `classification`.
    stable: decision?.stable ?? null,
    estimatedEnd: decision?.estimatedEnd ?? null,
    against: decision?.against ?? null,
    windows: (decision?.windows ?? []).map(({ throughput, latency }) => ({
      throughput,
      responseTime: latency,
    })),
  }
}

function shapeReport(shape: Classification, { at }: Points): JsonObject {
  const instant = (index: number): Nanos => at[index] as Nanos
  return {
    steadyFrom: shape.steadyFrom === null ? null : instant(shape.steadyFrom),
    changePoints: shape.segments.slice(1).map((segment, index) => ({
      at: instant(segment.from),
      before: shape.segments[index]?.mean ?? null,
      after: segment.mean,
    })),
    segments: shape.segments.map(({ from, until, mean, equivalent }) => ({
      from: instant(from),
      points: until - from,
      mean,
      equivalent,
    })),
    trend:
      shape.trend === null
        ? null
        : {
            // Relative, per point.
            slope: shape.trend.slope,
            interval: [...shape.trend.slopeInterval],
            p: shape.trend.p,
          },
  }
}

function wholeReport(points: Points): JsonObject | null {
  const shape = classifySeries(points.values, { tolerance: TOLERANCE })
  return shape === null ? null : { classification: shape.shape, ...shapeReport(shape, points) }
}

function warmupReasons(decision: WarmupDecision | null, measureFrom: Nanos): VerdictReason[] {
  if (decision === null) return []
  if (decision.stable) {
    const end = decision.estimatedEnd
    const transient =
      end === null || end === 0
        ? ''
        : `; its transient had ended about ${formatDuration(end)} after the start`
    return [
      {
        code: 'warmup',
        severity: 'note',
        message: `The warm-up lasted until the target was steady, ${formatDuration(measureFrom)}${transient}.`,
        advice: null,
      },
    ]
  }
  const what = {
    transient: 'the transient had not ended in the first half of it',
    trend: 'response times still had a trend',
    windows: 'windows still differed by more than their noise',
    'too-few': 'too few requests had completed to tell',
  }
  const why =
    decision.against === null ? 'the least number of requests had not completed' : what[decision.against]
  return [
    {
      code: 'warmup-not-steady',
      severity: 'suspect',
      message: `No steady state: the longest warm-up was over, and ${why}.`,
      advice: 'Raise the warm-up’s `maximum`, lower the load, or look for what keeps the server changing.',
    },
  ]
}

function shapeReasons(shape: Classification | null, { at }: Points, measureFrom: Nanos): VerdictReason[] {
  if (shape === null || shape.shape === 'flat') return []
  const first = shape.segments[0]?.mean ?? 0
  const last = shape.segments.at(-1)?.mean ?? 0
  const moved = `the median response time went from ${formatDuration(first)} to ${formatDuration(last)}`
  const from = shape.steadyFrom === null ? 0 : (at[shape.steadyFrom] as Nanos) - measureFrom
  const when =
    shape.steadyFrom === null ? '' : `, and was steady only from ${formatDuration(Math.max(0, from))} on`
  const advice: Readonly<Record<Exclude<Shape, 'flat'>, string>> = {
    'warm-up': 'The server was still warming up: use a longer warmup, or warmup: ‘auto’.',
    'slow-down': 'The server has slowed down: look at its resources, or lower the load.',
    'no-steady-state':
      'A queue may be growing, or the server keeps changing: lower the load, or measure longer.',
  }
  return [
    {
      code: 'no-steady-state',
      severity: 'suspect',
      message: `No steady state: ${moved} during the measurement${when} (${shape.shape}).`,
      advice: advice[shape.shape],
    },
  ]
}

interface NamedDrift extends Drift {
  readonly name: string
  readonly unit: string
  readonly period: Nanos
}

function drifts(windows: readonly WindowResult[], gauges: readonly GaugeSeries[]): readonly NamedDrift[] {
  const present = windows.filter((window) => window.p50 !== null)
  const ofWindows = (name: string, unit: string, value: (window: WindowResult) => number): GaugeSeries => ({
    name,
    unit,
    period: SECOND,
    values: Float64Array.from(present, value),
  })
  return [
    ofWindows('responseTime.p50', 'ns', ({ p50 }) => p50 ?? 0),
    ofWindows('responseTime.p99', 'ns', ({ p99 }) => p99 ?? 0),
    ofWindows('errorShare', '1', ({ failed, completed }) =>
      failed + completed === 0 ? 0 : failed / (failed + completed),
    ),
    ...gauges,
  ].flatMap(({ name, unit, period, values }) => {
    const drift = driftOf(values, TOLERANCE)
    return drift === null ? [] : [{ ...drift, name, unit, period }]
  })
}

const HOUR: Nanos = 3600 * SECOND

function driftReport(all: readonly NamedDrift[], measureFrom: Nanos): JsonObject {
  return Object.fromEntries(
    all.map(({ name, unit, period, direction, slope, slopeInterval, p, change, changes, spikes }) => {
      const perHour = HOUR / period
      return [
        name,
        {
          unit,
          direction,
          perHour: slope * perHour,
          perHourInterval: slopeInterval.map((end) => end * perHour),
          p,
          change,
          changePoints: changes.map(({ at, before, after }) => ({
            at: measureFrom + at * period,
            before,
            after,
          })),
          spikes: { count: spikes.count, period: spikes.period === null ? null : spikes.period * period },
        },
      ]
    }),
  )
}

function driftReasons(all: readonly NamedDrift[]): VerdictReason[] {
  return all.flatMap(({ name, direction, change, spikes, period }): VerdictReason[] => {
    const reasons: VerdictReason[] = []
    if (direction !== 'none') {
      const share = change === null ? '' : ` by ${(Math.abs(change) * 100).toFixed(0)} % of its median`
      reasons.push({
        code: 'drift',
        severity: 'suspect',
        message: `${name} ${direction === 'rising' ? 'rose' : 'fell'} steadily${share} over the measurement.`,
        advice:
          direction === 'rising'
            ? 'Look for a leak, a growing queue or cache, or a machine that throttles.'
            : 'The server was still getting faster: use a longer warmup.',
      })
    }
    if (spikes.period !== null) {
      reasons.push({
        code: 'periodic-spikes',
        severity: 'note',
        message: `${name} spiked ${spikes.count} times, about every ${formatDuration(spikes.period * period)}.`,
        advice: 'Garbage collection, checkpoints, scheduled jobs or throttling come with such a period.',
      })
    }
    return reasons
  })
}
