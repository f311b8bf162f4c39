import { meanOfIndependent } from '../../stats/interval/mean-interval.ts'
import { poolTrials } from '../pool.ts'
import type { CaseResult, CostReport, EnergyReport, Interval, Metrics, RunResult, Trial } from '../result.ts'

/** What a case's repeats drew and cost together. */
export interface EfficientCase {
  readonly case: CaseResult
  readonly trials: readonly Trial[]
  /** Over all repeats: joules and grams over items. */
  readonly perItem: number | null
  /** Between the repeats; of one alone by what is known of its throughput. */
  readonly perItemInterval: Interval | null
  readonly dynamicPerItem: number | null
  readonly carbonPerItem: number | null
  readonly power: number | null
  readonly itemsPerSecond: number | null
  /** Of that, as far as it is known. */
  readonly goodputInterval: Interval | null
  readonly p99: number | null
  readonly p99Interval: Interval | null
  readonly cost: CostReport | null
  readonly perMillion: number | null
}

/** The cases of which energy or cost is known. */
export function efficientCases(result: RunResult): readonly EfficientCase[] {
  const trials = Map.groupBy(result.trials, ({ caseId }) => caseId)
  return result.cases
    .map((one) => efficiencyOf(one, trials.get(one.id) ?? []))
    .filter(({ trials: own }) => own.some(({ energy, cost }) => energy !== null || cost !== null))
}

function efficiencyOf(one: CaseResult, trials: readonly Trial[]): EfficientCase {
  const sound = trials.filter(({ verdict, role }) => verdict.validity !== 'invalid' && role === 'measurement')
  const used = sound.length > 0 ? sound : trials
  const drawn = used.flatMap(({ energy }) => energy ?? [])
  const costs = used.flatMap(({ cost }) => cost ?? [])
  const pooled = one.pooled ?? (used.length === 0 ? null : poolTrials(used))
  const perItem = overItems(drawn, ({ energy }) => energy)
  const perRequest = pooled?.items.perRequest ?? 1
  return {
    case: one,
    trials: used,
    perItem,
    perItemInterval: energyInterval(perItem, drawn, pooled),
    dynamicPerItem: overItems(drawn, (energy) => {
      const count = itemsOf(energy)
      return energy.dynamicPerItem === null || count === null ? null : energy.dynamicPerItem * count
    }),
    carbonPerItem: overItems(drawn, ({ carbon }) => carbon?.total ?? null),
    power: mean(drawn.map(({ power }) => power)),
    itemsPerSecond: pooled === null || pooled.goodput === null ? null : pooled.goodput * perRequest,
    goodputInterval: scaled(pooled?.rateIntervals.goodput ?? null, perRequest),
    p99: pooled?.responseTime.p99 ?? null,
    p99Interval: pooled?.responseTime.intervals['p99'] ?? null,
    cost: costs[0] ?? null,
    perMillion: mean(costs.flatMap(({ perMillion }) => perMillion ?? [])),
  }
}

function energyInterval(
  perItem: number | null,
  drawn: readonly EnergyReport[],
  pooled: Metrics | null,
): Interval | null {
  if (perItem === null) return null
  const repeats = drawn.flatMap((energy) => energy.perItem ?? [])
  if (repeats.length > 1) return meanOfIndependent(repeats)
  const throughput = pooled?.throughput ?? null
  const interval = pooled?.rateIntervals.throughput ?? null
  return throughput === null || interval === null ? null : inverse(perItem, throughput, interval)
}

/** Of what is in inverse proportion to a rate: a value, the rate that it was found at, and the interval of that. */
export function inverse(value: number, rate: number, [low, high]: Interval): Interval {
  return [high === null ? 0 : (value * rate) / high, low > 0 ? (value * rate) / low : null]
}

function scaled(interval: Interval | null, by: number): Interval | null {
  return interval === null ? null : [interval[0] * by, interval[1] === null ? null : interval[1] * by]
}

/** Completed items, from what they drew. */
export function itemsOf({ energy, perItem }: EnergyReport): number | null {
  return perItem === null || perItem === 0 ? null : energy / perItem
}

/** A sum over all repeats, over all of their items. */
function overItems(
  drawn: readonly EnergyReport[],
  read: (energy: EnergyReport) => number | null,
): number | null {
  let sum = 0
  let items = 0
  for (const energy of drawn) {
    const value = read(energy)
    const count = itemsOf(energy)
    if (value === null || count === null) return null
    sum += value
    items += count
  }
  return items > 0 ? sum / items : null
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length
}
