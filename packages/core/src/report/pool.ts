import { meanOfIndependent } from '../stats/interval/mean-interval.ts'
import { judgeStreams } from './judge-slo.ts'
import { poolGauges } from './pool-gauges.ts'
import { poolMetrics } from './pool-metrics.ts'
import { poolVerdicts } from './pool-verdicts.ts'
import type { CaseResult, Interval, Metrics, SloResult, Trial } from './result.ts'
import type { SearchResult } from './search-result.ts'

/**
 * The repeats of each measured case, in the order of the result. Of the probes of a search, those that its answer rests
 * on are its case's, and of a study those that compare its leaders; the others and profiles belong to no case.
 */
export function groupByCase(
  trials: readonly Trial[],
  searches: readonly SearchResult[] = [],
): readonly (readonly Trial[])[] {
  const groups = new Map<string, Trial[]>()
  const answers = new Set(searches.flatMap((search) => search.answer?.trials ?? []))
  for (const trial of trials) {
    const confirms = trial.plan.study?.purpose === 'confirm'
    if (trial.role !== 'measurement' && !confirms && !answers.has(trial.id)) continue
    const group = groups.get(trial.caseId)
    if (group === undefined) groups.set(trial.caseId, [trial])
    else group.push(trial)
  }
  return [...groups.values()]
}

/**
 * One case from its repeats (at least one). Only repeats whose measurement is not invalid enter the numbers; the SLO
 * is judged on the population of them all.
 */
export function poolCase(repeats: readonly Trial[]): CaseResult {
  const [first] = repeats
  if (first === undefined) throw new RangeError('A case has at least one trial.')
  const used = repeats.filter((trial) => trial.verdict.validity !== 'invalid')
  return {
    id: first.caseId,
    file: first.file,
    path: first.path,
    case: first.case,
    tags: first.tags,
    trials: repeats.map((trial) => trial.id),
    pooled: used.length === 0 ? null : poolTrials(used),
    ...(used.length === 0 || Object.keys(first.plan.streams).length === 1
      ? {}
      : { streams: poolStreams(used) }),
    betweenRepeats: spreadOf(used),
    slo: used.length === 0 ? null : judge(used),
    verdict: poolVerdicts(repeats),
  }
}

/** The metrics of several repeats as one population. */
export function poolTrials(trials: readonly Trial[]): Metrics {
  return poolMetrics(trials.map((trial) => ({ metrics: trial, seconds: measuredSeconds(trial) })))
}

export function measuredSeconds({ phases }: Trial): number {
  return (phases.measurement.until - phases.measurement.from) / 1e9
}

/**
 * Streams have SLOs of their own. A single repeat was judged on its samples when it ended; several are judged on their
 * histograms.
 */
function judge(trials: readonly Trial[]): SloResult | null {
  const [first] = trials as readonly [Trial]
  if (trials.length === 1) return first.slo
  const names = Object.keys(first.plan.streams)
  const gauges = poolGauges(
    trials.map((trial) => ({ gauges: trial.gauges, seconds: measuredSeconds(trial) })),
  )
  const judged = names.flatMap((name) => {
    const slo = first.plan.streams[name]?.slo
    const parts = names.length === 1 ? trials : trials.flatMap((trial) => trial.streams[name] ?? [])
    if (!slo || parts.length === 0) return []
    return [{ name, slo, metrics: names.length === 1 ? poolTrials(trials) : poolStream(trials, name), parts }]
  })
  return judgeStreams(
    judged,
    names.length > 1,
    gauges,
    trials.map(({ certificate }) => certificate ?? null),
  )
}

/** Each stream of several repeats as one population. */
export function poolStreams(trials: readonly Trial[]): Readonly<Record<string, Metrics>> {
  const names = new Set(trials.flatMap((trial) => Object.keys(trial.streams)))
  return Object.fromEntries([...names].map((name) => [name, poolStream(trials, name)] as const))
}

function poolStream(trials: readonly Trial[], name: string): Metrics {
  const parts = trials.flatMap((trial) => {
    const metrics = trial.streams[name]
    return metrics === undefined ? [] : [{ metrics, seconds: measuredSeconds(trial) }]
  })
  return poolMetrics(parts)
}

/** Metrics whose values are listed repeat by repeat, by their path in a trial. */
const COMPARED: Readonly<Record<string, (trial: Trial) => number | null>> = {
  offeredLoad: (trial) => trial.offeredLoad,
  throughput: (trial) => trial.throughput,
  goodput: (trial) => trial.goodput,
  'items.throughput': (trial) => trial.items.throughput,
  errorRate: ({ counts }) =>
    counts.due === 0 ? null : (counts.due - counts.completed + counts.incorrect) / counts.due,
  'inFlight.mean': (trial) => trial.inFlight.mean,
  'responseTime.mean': (trial) => trial.responseTime.mean,
  'responseTime.p50': (trial) => trial.responseTime.p50,
  'responseTime.p90': (trial) => trial.responseTime.p90,
  'responseTime.p95': (trial) => trial.responseTime.p95,
  'responseTime.p99': (trial) => trial.responseTime.p99,
  'responseTime.p99.9': (trial) => trial.responseTime['p99.9'],
  'serviceTime.p50': (trial) => trial.serviceTime.p50,
  'serviceTime.p99': (trial) => trial.serviceTime.p99,
  'firstByte.p50': (trial) => trial.firstByte.p50,
  'firstByte.p99': (trial) => trial.firstByte.p99,
}

function spreadOf(trials: readonly Trial[]): CaseResult['betweenRepeats'] {
  if (trials.length === 0) return {}
  return Object.fromEntries(
    Object.entries(COMPARED).map(([name, read]) => [name, summarise(trials.map(read))] as const),
  )
}

function summarise(values: readonly (number | null)[]): CaseResult['betweenRepeats'][string] {
  const known = values.filter((value) => value !== null)
  if (known.length === 0) return { values, mean: null, interval: null, cv: null }
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length
  const squares = known.reduce((sum, value) => sum + (value - mean) * (value - mean), 0)
  // A repeat without a value is not one that can be left out of a spread.
  const interval: Interval | null = known.length === values.length ? meanOfIndependent(known) : null
  const cv = known.length > 1 && mean !== 0 ? Math.sqrt(squares / (known.length - 1)) / Math.abs(mean) : null
  return { values, mean, interval, cv }
}
