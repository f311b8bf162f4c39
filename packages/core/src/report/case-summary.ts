import { allowsErrors, errorCount } from '../slo/evaluate-slo.ts'
import { caseName } from './case-name.ts'
import { controlFile } from './control-picture.ts'
import { describeBatches } from './describe-batches.ts'
import { describeBursts } from './describe-bursts.ts'
import { describeControl } from './describe-control.ts'
import { describeLoads } from './describe-load.ts'
import { describeSteps } from './describe-steps.ts'
import { describeCost, describeEnergy, describeSamplers, isEfficiency } from './describe-efficiency.ts'
import { poolGauges, type GaugePart } from './pool-gauges.ts'
import { measuredSeconds, poolStreams, poolTrials } from './pool.ts'
import { describeErrors } from './describe-errors.ts'
import { printable } from './printable.ts'
import {
  formatNanos,
  formatNanosInterval,
  formatNumber,
  formatNumberInterval,
  formatQuantity,
  formatRate,
  formatShare,
} from './quantity.ts'
import type {
  CaseResult,
  Distribution,
  GaugeSummary,
  Metrics,
  RunResult,
  SloTermResult,
  Trial,
  TrialError,
  Verdict,
} from './result.ts'

/**
 * What reports say about a case, as text that is safe to show: the one place where numbers become words, for the
 * terminal, Markdown, JUnit and GitHub alike.
 */
export interface CaseSummary {
  readonly id: string
  readonly file: string
  /** `describe > scenario`. */
  readonly scenario: string
  /** `instances=1,batch=8`; empty without a matrix. */
  readonly name: string
  readonly tags: readonly string[]
  readonly repeats: number
  /** Each in a few words: `poisson 400/s`, `10.0 s × 3`, `http1-raw`, `1 worker`, `4 connections`. */
  readonly load: readonly string[]
  /**
   * The pooled metrics; when no repeat is valid, those of the repeats that ran, and `verdict` says so. `null` when
   * nothing was measured.
   */
  readonly metrics: Metrics | null
  readonly throughput: string
  /** `400/s [398, 402]`, `offered 400/s`, `goodput 400/s`. */
  readonly rates: readonly string[]
  /** `p50 1.39 ms [1.32, 1.46]`, … */
  readonly percentiles: readonly string[]
  /** By stream, where there are several: `reads: 100/s, p50 1.39 ms, p99 9.21 ms, errors none`. */
  readonly streams: readonly string[]
  /** Of a pipeline: `detect (triton): 48 % of the time, p50 1.39 ms, p99 9.21 ms, errors none`. */
  readonly steps: readonly string[]
  /** By label: `short: p50 1.39 ms, p99 9.21 ms`. */
  readonly labels: readonly string[]
  /** What the server reports per request: `queue p50 210 µs, p99 1.20 ms`. */
  readonly serverStages: readonly string[]
  /** How full the server's batches were: `mean batch 3.50 (125 executions of slow)`. */
  readonly batches: readonly string[]
  /** `gpu.power 251 W (max 300 W)`. */
  readonly gauges: readonly string[]
  /** `120 W`, `2.41 J per item`, `364 µg CO2e`. */
  readonly energy: readonly string[]
  /** `1.89 USD per million`, `248 USD per month`. */
  readonly cost: readonly string[]
  /** What samplers took: `host 0.74 % of the time, longest 6.67 ms`. */
  readonly samplers: readonly string[]
  /** What became of bursts, a sentence each. */
  readonly bursts: readonly string[]
  /** How a load followed a gauge, a few lines for each trial. */
  readonly control: readonly string[]
  /** Files of pictures of that, beside the report. */
  readonly pictures: readonly string[]
  /** `none`, or `12 of 4012 (0.3 %): 10 http-503, 2 timed out`. */
  readonly errors: string
  readonly errorCount: number
  /** Whether an `errorRate` term judges the errors of every stream; if not, any error fails the case. */
  readonly errorsAllowed: boolean
  readonly slo: { readonly verdict: SloVerdict; readonly terms: readonly SloLine[] } | null
  /** In one word: the validity, or the state of trials that measured nothing. */
  readonly outcome: Verdict['validity'] | Trial['state']
  readonly verdict: { readonly validity: Verdict['validity']; readonly reasons: readonly ReasonLine[] }
  /** Trials that did not come to their end. */
  readonly failures: readonly FailureLine[]
}

type SloVerdict = SloTermResult['verdict']

export interface SloLine {
  /** `responseTime.p99 ≤ 50.0 ms`. */
  readonly limit: string
  /** `9.21 ms [8.75, 9.67]`; `–` when there is nothing to judge. */
  readonly measured: string
  readonly verdict: SloVerdict
  readonly reason: string | null
}

export interface ReasonLine {
  readonly severity: 'suspect' | 'invalid' | 'note'
  readonly message: string
  readonly advice: string | null
}

export interface FailureLine {
  readonly state: Trial['state']
  readonly repeat: number
  readonly message: string
  readonly advice: string | null
  /** Lines of a log and the like, not yet made printable. */
  readonly detail: string | null
}

/** All cases in the order of the result. */
export function summariseCases(result: RunResult): readonly CaseSummary[] {
  const trials = new Map(result.trials.map((trial) => [trial.id, trial]))
  return result.cases.map((one) =>
    summariseCase(
      one,
      one.trials.flatMap((id) => trials.get(id) ?? []),
    ),
  )
}

function summariseCase(one: CaseResult, trials: readonly Trial[]): CaseSummary {
  const ran = trials.filter((trial) => trial.counts.due > 0)
  const metrics = one.pooled ?? (ran.length === 0 ? null : poolTrials(ran))
  return {
    id: one.id,
    file: printable(one.file),
    scenario: printable(one.path.join(' > ')),
    name: printable(caseName(one.case)),
    tags: one.tags.map(printable),
    repeats: trials.length,
    load: loadOf(trials),
    metrics,
    throughput: formatRate(metrics?.throughput ?? null),
    rates: metrics === null ? [] : ratesOf(metrics),
    percentiles: metrics === null ? [] : percentilesOf(metrics),
    streams: streamsOf(one, ran),
    steps: stepsOf(one, ran, metrics),
    labels: Object.entries(metrics?.labels ?? {}).map(
      ([label, one]) => `${printable(label)}: ${briefly(one)}`,
    ),
    serverStages: metrics === null ? [] : stagesOf(metrics),
    batches: describeBatches(ran),
    gauges: gaugesOf(ran),
    energy: describeEnergy(ran, ran.map(gaugePart)),
    cost: describeCost(ran, ran.map(gaugePart)),
    samplers: describeSamplers(ran),
    bursts: describeBursts(ran),
    control: describeControl(ran),
    pictures: ran.flatMap((trial) => controlFile(trial) ?? []),
    errors: metrics === null ? 'nothing was measured' : describeErrors(metrics),
    errorCount: metrics === null ? 0 : errorCount(metrics.counts),
    errorsAllowed: allowsAllErrors(trials),
    slo: one.slo === null ? null : { verdict: one.slo.verdict, terms: one.slo.terms.map(sloLine) },
    outcome:
      metrics === null
        ? (trials.find((trial) => trial.error !== null)?.state ?? one.verdict.validity)
        : one.verdict.validity,
    verdict: {
      validity: one.verdict.validity,
      reasons: one.verdict.reasons
        .filter((reason) => !STATES.has(reason.code))
        .map(({ severity, message, advice }) => ({
          severity,
          message: printable(message),
          advice: advice === null ? null : printable(advice),
        })),
    },
    failures: trials.flatMap((trial) => (trial.error === null ? [] : [failureLine(trial, trial.error)])),
  }
}

/** Reasons that only repeat what `failures` tells in full. */
const STATES: ReadonlySet<string> = new Set(['failed', 'interrupted', 'skipped'])

function allowsAllErrors([first]: readonly Trial[]): boolean {
  return first !== undefined && Object.values(first.plan.streams).every((stream) => allowsErrors(stream.slo))
}

function loadOf(trials: readonly Trial[]): readonly string[] {
  const [first] = trials
  if (first === undefined) return []
  const { plan, engine, connections } = trials.find((trial) => trial.engine.name !== '') ?? first
  const { duration } = plan.settings
  const repeats = trials.length === 1 ? '' : ` × ${trials.length}`
  const length = duration === null ? repeats.trim() : formatNanos(duration) + repeats
  const workers = Math.max(...trials.map((trial) => trial.workers))
  return [
    printable(describeLoads(plan)),
    length,
    printable(engine.name),
    workers === 0 ? '' : `${workers} ${workers === 1 ? 'worker' : 'workers'}`,
    connections.count === 0
      ? ''
      : `${connections.count} ${connections.count === 1 ? 'connection' : 'connections'}`,
  ].filter((part) => part !== '')
}

function ratesOf({ throughput, offeredLoad, goodput, rateIntervals }: Metrics): readonly string[] {
  const interval = formatNumberInterval(rateIntervals.throughput)
  return [
    `${formatRate(throughput)}${interval === '' ? '' : ` ${interval}`}`,
    `offered ${formatRate(offeredLoad)}`,
    `goodput ${formatRate(goodput)}`,
  ]
}

const SHOWN = ['p50', 'p95', 'p99', 'p99.9'] as const

function percentilesOf({ responseTime }: Metrics): readonly string[] {
  if (responseTime.count === 0) return []
  return SHOWN.map((key) => {
    const interval = formatNanosInterval(responseTime[key], responseTime.intervals[key])
    const lowerBound =
      responseTime.why[key] === 'failures' || responseTime.why[key] === 'censored' ? '≥ ' : ''
    return `${key} ${lowerBound}${formatNanos(responseTime[key])}${interval === '' ? '' : ` ${interval}`}`
  })
}

function stagesOf({ serverQueue, serverCompute }: Metrics): readonly string[] {
  return [
    ...(serverQueue.count === 0 ? [] : [`queue ${briefly(serverQueue)}`]),
    ...(serverCompute.count === 0 ? [] : [`compute ${briefly(serverCompute)}`]),
  ]
}

function briefly(distribution: Distribution): string {
  return `p50 ${formatNanos(distribution.p50)}, p99 ${formatNanos(distribution.p99)}`
}

/** With less than this a gauge says how much of the measurement it saw. */
const MOSTLY_COVERED = 0.9
function streamsOf(one: CaseResult, ran: readonly Trial[]): readonly string[] {
  const [first] = ran
  if (first === undefined || Object.keys(first.plan.streams).length === 1) return []
  return Object.entries(one.streams ?? poolStreams(ran)).map(
    ([name, metrics]) =>
      `${printable(name)}: ${formatRate(metrics.throughput)}, ${briefly(metrics.responseTime)}, errors ${describeErrors(metrics)}`,
  )
}

/** Of several streams, each line says of which. */
function stepsOf(one: CaseResult, ran: readonly Trial[], metrics: Metrics | null): readonly string[] {
  const [first] = ran
  if (first === undefined || metrics === null) return []
  if (Object.keys(first.plan.streams).length === 1) return describeSteps(metrics)
  return Object.entries(one.streams ?? poolStreams(ran)).flatMap(([name, stream]) =>
    describeSteps(stream).map((line) => `${printable(name)} › ${line}`),
  )
}

function gaugesOf(trials: readonly Trial[]): readonly string[] {
  const gauges = Object.entries(gaugesOfTrials(trials)).filter(([name]) => !isEfficiency(name))
  return gauges.map(([name, { unit, mean, max, coverage }]) => {
    const facts = [
      ...(max === null ? [] : [`max ${formatQuantity(max, unit)}`]),
      ...(coverage >= MOSTLY_COVERED ? [] : [`${formatShare(coverage)} of the time`]),
    ]
    const more = facts.length === 0 ? '' : ` (${facts.join(', ')})`
    return printable(`${name} ${formatQuantity(mean, unit)}${more}`)
  })
}

/** Gauges over the repeats of a case. */
export function gaugesOfTrials(trials: readonly Trial[]): Readonly<Record<string, GaugeSummary>> {
  return poolGauges(trials.map(gaugePart))
}

function gaugePart(trial: Trial): GaugePart {
  return { gauges: trial.gauges, seconds: measuredSeconds(trial) }
}

/** A term of an SLO in words, whatever its unit. */
export function sloLine({ term, limit, measured, interval, verdict, reason }: SloTermResult): SloLine {
  const kind = kindOf(term)
  const format =
    kind === 'duration'
      ? formatNanos
      : kind === 'share'
        ? formatShare
        : kind === 'rate'
          ? formatRate
          : formatNumber
  const sign = kind === 'rate' || term.endsWith('.min') ? '≥' : '≤'
  const bounds =
    kind === 'duration'
      ? formatNanosInterval(measured, interval)
      : formatNumberInterval(kind === 'share' && interval !== null ? percent(interval) : interval)
  return {
    limit: `${printable(term)} ${sign} ${format(limit)}`,
    measured: `${format(measured)}${bounds === '' ? '' : ` ${bounds}`}`,
    verdict,
    reason: reason === null ? null : printable(reason),
  }
}

function percent([low, high]: readonly [number, number | null]): readonly [number, number | null] {
  return [low * 100, high === null ? null : high * 100]
}

/** Terms of several streams begin with the stream's name, so the end of the path decides. */
function kindOf(term: string): 'duration' | 'share' | 'rate' | 'number' {
  if (/(^|\.)gauges\./.test(term)) return 'number'
  if (/(^|\.)errorRate$/.test(term)) return 'share'
  return /(^|\.)(throughput|goodput)$/.test(term) ? 'rate' : 'duration'
}

function failureLine(trial: Trial, error: TrialError): FailureLine {
  return {
    state: trial.state,
    repeat: trial.repeat,
    message: printable(error.message),
    advice: error.advice === null ? null : printable(error.advice),
    detail: error.detail,
  }
}
