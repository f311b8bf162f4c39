import type { LoadPlan } from '../arrival/load-plan.ts'
import { isSteady } from '../arrival/load-rates.ts'
import type { Gate, GateSettings } from '../plan/trial-plan.ts'
import type { EngineReport, Metrics, Verdict, VerdictReason, WindowResult } from '../report/result.ts'
import { ENOUGH_BEYOND, samplesBeyond } from '../stats/certify/judge-share.ts'
import { trendOf } from '../stats/trend/trend.ts'
import { formatDuration } from '../units/duration.ts'

/** What the validity of a trial is judged by. */
export interface VerdictEvidence {
  readonly metrics: Metrics
  readonly engine: EngineReport
  readonly gates: GateSettings
  readonly loads: readonly LoadPlan[]
  readonly windows: readonly WindowResult[]
  /** Percentiles that an SLO judges, and that no test of its own has decided. */
  readonly sloPercentiles: readonly number[]
  readonly interrupted: boolean
  /** What the analysis of the steady state has found. */
  readonly steadiness?: readonly VerdictReason[]
  readonly notes: readonly VerdictReason[]
}

/** A trend of the windows' medians counts when it is this certain and moves the median by this share over the trial. */
const TREND_P = 0.01
const TREND_SHARE = 0.1
/** Windows with fewer completions say nothing about their median. */
const TREND_SAMPLES = 20

/** Whether the numbers of a trial are to be trusted, and why not: design of the gates in docs/statistics.md. */
export function judgeValidity(evidence: VerdictEvidence): Verdict {
  const reasons = [
    ...population(evidence),
    ...dispatchLag(evidence),
    ...dispatched(evidence),
    ...loadThreadCpu(evidence),
    ...accounting(evidence),
    ...stationarity(evidence),
    ...foreignCpu(evidence),
    ...clockDrift(evidence),
    ...exceedances(evidence),
    ...interruption(evidence),
    ...evidence.notes,
  ]
  const validity = reasons.some((reason) => reason.severity === 'invalid')
    ? 'invalid'
    : reasons.some((reason) => reason.severity === 'suspect')
      ? 'suspect'
      : 'valid'
  return { validity, reasons }
}

function population({ metrics, loads }: VerdictEvidence): VerdictReason[] {
  if (metrics.counts.due > 0) return []
  const waiting = loads.some((load) => load.loop === 'closed')
  return [
    {
      code: 'nothing-due',
      severity: 'invalid',
      message: 'No request became due in the measurement.',
      advice: waiting
        ? 'All users were still waiting for answers to requests of the warm-up: the target may hang. A shorter timeout shows it.'
        : 'Raise the rate, or measure longer.',
    },
  ]
}

function dispatchLag({ metrics, gates }: VerdictEvidence): VerdictReason[] {
  const lag = metrics.dispatchLag.p99
  const gate = gates.dispatchLag
  if (lag === null) return []
  const response = metrics.responseTime.p50 ?? 0
  const limitOf = (share: number | null, floor: number): number =>
    share === null ? Infinity : Math.max(floor, share * response)
  const severity = grade(
    lag,
    limitOf(gate.suspect, gate.floorSuspect),
    limitOf(gate.invalid, gate.floorInvalid),
  )
  if (severity === null) return []
  return [
    {
      code: 'dispatch-lag',
      severity,
      message: `The generator was late: 1 % of the requests were dispatched more than ${formatDuration(lag)} after their intended start.`,
      advice: 'Lower the load, add workers, or move other programs (and the server) off these cores.',
    },
  ]
}

function dispatched({ metrics, gates }: VerdictEvidence): VerdictReason[] {
  const { due, dropped } = metrics.counts
  if (due === 0) return []
  const share = metrics.dispatchLag.count / due
  const { suspect, invalid } = gates.dispatched
  const severity = grade(-share, suspect === null ? null : -suspect, invalid === null ? null : -invalid)
  if (severity === null) return []
  return [
    {
      code: 'dispatched',
      severity,
      message: `Only ${percent(share)} of the due requests were dispatched${dropped > 0 ? `; ${dropped} were dropped at the cap on requests in flight` : ''}.`,
      advice: 'Raise maxInFlight, or lower the load to what the target can take.',
    },
  ]
}

function loadThreadCpu({ engine, gates }: VerdictEvidence): VerdictReason[] {
  if (engine.cpu === null) return []
  const severity = gradeBy(engine.cpu, gates.loadThreadCpu)
  if (severity === null) return []
  return [
    {
      code: 'load-thread-cpu',
      severity,
      message: `A load thread used ${percent(engine.cpu)} of a core: the generator itself may limit what it measures.`,
      advice: 'Use more workers, or a machine of its own for the generator.',
    },
  ]
}

function accounting({ engine, gates }: VerdictEvidence): VerdictReason[] {
  if (engine.accounting === null) return []
  const severity = gradeBy(engine.accounting, gates.accounting)
  if (severity === null) return []
  return [
    {
      code: 'accounting',
      severity,
      message: `Requests in flight, counted live, differ from the sum of the records by ${percent(engine.accounting)}.`,
      advice: 'Please report this: it is a defect of servebench.',
    },
  ]
}

/** Only a load that is meant to be steady can be found unsteady. */
function stationarity(evidence: VerdictEvidence): VerdictReason[] {
  const steadiness = evidence.gates.littlesLaw.suspect === null ? [] : (evidence.steadiness ?? [])
  if (!evidence.loads.every(isSteady)) return [...steadiness]
  const reasons: VerdictReason[] = [...steadiness]
  const gap = evidence.metrics.littlesLaw.relativeGap
  const severity = gap === null ? null : gradeBy(gap, evidence.gates.littlesLaw)
  if (gap !== null && severity !== null) {
    reasons.push({
      code: 'littles-law',
      severity,
      message: `Requests in flight are ${percent(gap)} off throughput × time in flight (Little’s law): the measurement was not steady.`,
      advice: 'Measure longer, warm up longer, or lower the load: a queue that grows never settles.',
    })
  }
  const medians = evidence.windows
    .filter(
      (window) => window.phase === 'measurement' && window.completed >= TREND_SAMPLES && window.p50 !== null,
    )
    .map((window) => window.p50 as number)
  const trend = trendOf(Float64Array.from(medians))
  const typical = evidence.metrics.responseTime.p50
  if (trend !== null && typical !== null && typical > 0) {
    const change = (trend.slope * (medians.length - 1)) / typical
    const certain = trend.p < TREND_P && trend.slopeInterval[0] * trend.slopeInterval[1] > 0
    // The shape says more than the trend alone.
    const told = steadiness.some(({ code }) => code === 'no-steady-state')
    if (certain && !told && Math.abs(change) > TREND_SHARE && evidence.gates.littlesLaw.suspect !== null) {
      reasons.push({
        code: 'trend',
        severity: 'suspect',
        message: `The median response time ${change > 0 ? 'rose' : 'fell'} by ${percent(Math.abs(change))} during the measurement.`,
        advice:
          change > 0
            ? 'A queue may be growing or the server slowing down: lower the load or look at its resources.'
            : 'The server was still warming up: use a longer warmup.',
      })
    }
  }
  return reasons
}

function foreignCpu({ engine, gates }: VerdictEvidence): VerdictReason[] {
  const reasons: VerdictReason[] = []
  const foreign = engine.foreignCpu === null ? null : gradeBy(engine.foreignCpu, gates.foreignCpu)
  if (foreign !== null) {
    reasons.push({
      code: 'foreign-cpu',
      severity: foreign,
      message: `Other programs used ${percent(engine.foreignCpu as number)} of this machine’s CPU.`,
      advice: 'Stop them, or repeat on a quiet machine.',
    })
  }
  const steal = engine.stealCpu === null ? null : gradeBy(engine.stealCpu, gates.foreignCpu)
  if (steal !== null) {
    reasons.push({
      code: 'steal-cpu',
      severity: steal,
      message: `The hypervisor took ${percent(engine.stealCpu as number)} of this machine’s CPU away.`,
      advice: 'Use a machine with dedicated cores.',
    })
  }
  return reasons
}

function clockDrift({ engine, gates }: VerdictEvidence): VerdictReason[] {
  if (engine.clockDrift === null) return []
  const severity = gradeBy(engine.clockDrift, gates.clockDrift)
  if (severity === null) return []
  return [
    {
      code: 'clock-drift',
      severity,
      message: `The wall clock moved by ${percent(engine.clockDrift)} against the monotonic one during the trial.`,
      advice: 'Durations come from the monotonic clock; compare time stamps with other logs with care.',
    },
  ]
}

function exceedances({ metrics, sloPercentiles }: VerdictEvidence): VerdictReason[] {
  const { count, effectiveCounts = {} } = metrics.responseTimeWithFailures
  return sloPercentiles.flatMap((percentile): VerdictReason[] => {
    const { beyond, needed } = samplesBeyond(percentile, count, effectiveCounts[`p${percentile}`])
    if (beyond >= ENOUGH_BEYOND) return []
    const none = beyond < 1
    return [
      {
        code: 'few-samples',
        severity: none ? 'invalid' : 'suspect',
        message: `p${percentile} rests on ${none ? 'no' : `about ${Math.round(beyond)}`} independent sample${Math.round(beyond) === 1 ? '' : 's'} beyond it; ${ENOUGH_BEYOND} are needed to judge an SLO by it.`,
        advice: `Of ${count} requests; it takes about ${needed} like these: measure longer, or judge a lower percentile.`,
      },
    ]
  })
}

function interruption({ interrupted }: VerdictEvidence): VerdictReason[] {
  if (!interrupted) return []
  return [
    {
      code: 'stopped-early',
      severity: 'suspect',
      message: 'The trial was stopped before its end: the numbers are of the part that was measured.',
      advice: null,
    },
  ]
}

function gradeBy(value: number, gate: Gate): 'suspect' | 'invalid' | null {
  return grade(value, gate.suspect, gate.invalid)
}

function grade(value: number, suspect: number | null, invalid: number | null): 'suspect' | 'invalid' | null {
  if (invalid !== null && value > invalid) return 'invalid'
  return suspect !== null && value > suspect ? 'suspect' : null
}

function percent(share: number): string {
  const value = share * 100
  return `${value.toFixed(value >= 99.95 || value === 0 ? 0 : value >= 9.95 ? 1 : 2)} %`
}
