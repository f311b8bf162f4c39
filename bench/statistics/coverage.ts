/**
 * How often 95 % intervals hold the truth: percentiles and the mean of simulated M/M/1 queues, and trends without a
 * trend. Prints the tables of docs/statistics.md.
 *
 *     node --conditions=servebench-source bench/statistics/coverage.ts [runs]
 */
import { drawExponential } from '../../packages/core/src/stats/draws/exponential.ts'
import { drawLognormal } from '../../packages/core/src/stats/draws/lognormal.ts'
import { drawNormal } from '../../packages/core/src/stats/draws/normal.ts'
import { meanInterval } from '../../packages/core/src/stats/interval/mean-interval.ts'
import { rankInterval } from '../../packages/core/src/stats/interval/order-statistic.ts'
import { percentileIntervals } from '../../packages/core/src/stats/interval/percentile-interval.ts'
import { Random } from '../../packages/core/src/stats/prng.ts'
import { OrderStatistics } from '../../packages/core/src/stats/quantile/order-statistics.ts'
import { rankOf } from '../../packages/core/src/stats/quantile/rank.ts'
import { trendOf } from '../../packages/core/src/stats/trend/trend.ts'
import {
  steadyQueue,
  steadyQueuePercentile,
} from '../../packages/core/src/testing/simulation/steady-queue.ts'

const RUNS = Number(process.argv[2] ?? 1000)
const UTILISATIONS = [0.5, 0.7, 0.9]
const COUNTS = [500, 2000, 10_000, 50_000]
const PERCENTILES = [50, 95, 99]

const percent = (part: number, whole = RUNS): string => `${((100 * part) / whole).toFixed(1)} %`

console.log(`${RUNS} runs for each line; 95 % intervals.\n`)
console.log(
  '| samples | utilisation | percentile | coverage | no upper end | coverage of closed ones | effective samples | naive coverage |',
)
console.log('| --- | --- | --- | --- | --- | --- | --- | --- |')
for (const count of COUNTS) {
  for (const utilisation of UTILISATIONS) {
    const covered = PERCENTILES.map(() => 0)
    const open = PERCENTILES.map(() => 0)
    const closed = PERCENTILES.map(() => 0)
    const naive = PERCENTILES.map(() => 0)
    const inflation = PERCENTILES.map(() => 0)
    for (let run = 0; run < RUNS; run++) {
      const samples = steadyQueue(count, utilisation, new Random([run, count, 1000 * utilisation, 42]))
      const ranked = new OrderStatistics(samples)
      const intervals = percentileIntervals(samples, ranked, PERCENTILES)
      for (const [index, percentile] of PERCENTILES.entries()) {
        const truth = steadyQueuePercentile(percentile, utilisation)
        const interval = intervals[index]
        if (interval === null || interval === undefined) throw new Error('Every run has enough samples.')
        const covers = interval.low <= truth && truth <= (interval.high ?? Infinity)
        if (covers) covered[index]! += 1
        if (interval.high === null) open[index]! += 1
        else if (covers) closed[index]! += 1
        inflation[index]! += count / interval.effectiveCount / RUNS
        const ranks = rankInterval(percentile, count)
        const high = ranks.high === null ? Infinity : ranked.valueAtRank(ranks.high)
        if (ranked.valueAtRank(ranks.low) <= truth && truth <= high) naive[index]! += 1
      }
    }
    for (const [index, percentile] of PERCENTILES.entries()) {
      const effective = (count / (inflation[index] as number)).toFixed(0)
      const closedRuns = RUNS - (open[index] as number)
      const closedShare = closedRuns < RUNS / 20 ? '–' : percent(closed[index] as number, closedRuns)
      console.log(
        `| ${count} | ${utilisation} | p${percentile} | ${percent(covered[index] as number)} | ${percent(open[index] as number)} | ${closedShare} | ${effective} | ${percent(naive[index] as number)} |`,
      )
    }
  }
}

/** Response times of a first-come first-served queue with Poisson arrivals, after 3000 of warm-up. */
function fifoQueue(
  count: number,
  servers: number,
  utilisation: number,
  service: (random: Random) => number,
  random: Random,
): Float64Array {
  const warmup = 3000
  const freeAt = new Float64Array(servers)
  const times = new Float64Array(count)
  let arrival = 0
  for (let index = -warmup; index < count; index++) {
    arrival += drawExponential(random) / (utilisation * servers)
    const server = freeAt.indexOf(Math.min(...freeAt))
    const start = Math.max(arrival, freeAt[server] as number)
    freeAt[server] = start + service(random)
    if (index >= 0) times[index] = freeAt[server] - arrival
  }
  return times
}

const SYSTEMS: Readonly<Record<string, (count: number, random: Random) => Float64Array>> = {
  'independent lognormal': (count, random) =>
    Float64Array.from({ length: count }, () => drawLognormal(random, 0, 1)),
  'M/D/1 at 80 %': (count, random) => fifoQueue(count, 1, 0.8, () => 1, random),
  'M/G/1 at 70 %, lognormal with sigma 1': (count, random) =>
    fifoQueue(count, 1, 0.7, (draws) => drawLognormal(draws, -0.5, 1), random),
  'M/M/4 at 80 %': (count, random) => fifoQueue(count, 4, 0.8, drawExponential, random),
  'autoregression, 0.95 per step': (count, random) => {
    let value = drawNormal(random) / Math.sqrt(1 - 0.95 * 0.95)
    return Float64Array.from({ length: count }, () =>
      Math.exp(0.3 * (value = 0.95 * value + drawNormal(random))),
    )
  },
  'pauses of 50 requests, one in 2000': (count, random) => {
    const gap = (): number => Math.floor(2000 * drawExponential(random))
    let next = gap()
    let left = 0
    return Float64Array.from({ length: count }, (_, index) => {
      if (index >= next) {
        left = 50
        next = index + 1 + gap()
      }
      return 1 + 0.2 * random.next() + (left > 0 ? 0.2 * left-- : 0)
    })
  },
}

console.log('\n| system | samples | p50 | p95 | p99 |')
console.log('| --- | --- | --- | --- | --- |')
for (const [name, sample] of Object.entries(SYSTEMS)) {
  const long = new OrderStatistics(sample(3_000_000, new Random([1, 2, 3, 45])))
  const truths = PERCENTILES.map((percentile) => long.valueAtRank(rankOf(percentile, long.count)))
  for (const count of [2000, 10_000]) {
    const covered = PERCENTILES.map(() => 0)
    const open = PERCENTILES.map(() => 0)
    for (let run = 0; run < RUNS; run++) {
      const samples = sample(count, new Random([run, count, 46, 47]))
      for (const [index, interval] of percentileIntervals(
        samples,
        new OrderStatistics(samples),
        PERCENTILES,
      ).entries()) {
        const truth = truths[index] as number
        if (interval === null) continue
        if (interval.low <= truth && truth <= (interval.high ?? Infinity)) covered[index]! += 1
        if (interval.high === null) open[index]! += 1
      }
    }
    const cells = PERCENTILES.map(
      (_, index) => `${percent(covered[index] as number)} (open ${percent(open[index] as number)})`,
    )
    console.log(`| ${name} | ${count} | ${cells.join(' | ')} |`)
  }
}

console.log('\n| samples | utilisation | coverage of the mean |')
console.log('| --- | --- | --- |')
for (const count of COUNTS) {
  for (const utilisation of UTILISATIONS) {
    let covered = 0
    for (let run = 0; run < RUNS; run++) {
      const samples = steadyQueue(count, utilisation, new Random([run, count, 1000 * utilisation, 43]))
      const interval = meanInterval(samples)
      if (interval === null) throw new Error('Every run has enough samples.')
      const truth = 1 / (1 - utilisation)
      if (interval[0] <= truth && truth <= interval[1]) covered += 1
    }
    console.log(`| ${count} | ${utilisation} | ${percent(covered)} |`)
  }
}

console.log('\n| values | correlation of neighbours | false alarms of the trend test at 5 % |')
console.log('| --- | --- | --- |')
for (const count of [10, 30, 100, 600]) {
  for (const correlation of [0, 0.3, 0.6, 0.8]) {
    let alarms = 0
    for (let run = 0; run < RUNS; run++) {
      const random = new Random([run, count, 10 * correlation, 44])
      let value = 0
      const series = Float64Array.from(
        { length: count },
        () => (value = correlation * value + drawNormal(random)),
      )
      if ((trendOf(series)?.p ?? 1) < 0.05) alarms += 1
    }
    console.log(`| ${count} | ${correlation} | ${percent(alarms)} |`)
  }
}
