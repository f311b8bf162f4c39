/**
 * How often a comparison of two runs of the same system raises an alarm, and how often it finds a slow-down that is
 * there. Prints the tables of docs/statistics.md.
 *
 *     node --conditions=servebench-source bench/statistics/compare.ts [comparisons]
 */
import { compareResults } from '../../packages/core/src/report/compare.ts'
import { DEFAULT_COMPARISON } from '../../packages/core/src/report/comparison-settings.ts'
import type { ChangeVerdict } from '../../packages/core/src/report/judge-change.ts'
import type { RunResult, Trial } from '../../packages/core/src/report/result.ts'
import { drawNormal } from '../../packages/core/src/stats/draws/normal.ts'
import { Random } from '../../packages/core/src/stats/prng.ts'
import { OrderStatistics } from '../../packages/core/src/stats/quantile/order-statistics.ts'
import { rankOf } from '../../packages/core/src/stats/quantile/rank.ts'
import { steadyQueue } from '../../packages/core/src/testing/simulation/steady-queue.ts'
import {
  caseFixture,
  latencies,
  resultFixture,
  trialFixture,
} from '../../packages/core/test/result-fixture.ts'

const COMPARISONS = Number(process.argv[2] ?? 200)
const REQUESTS = 2000
const WINDOWS = 8
const TEMPLATE = trialFixture({ latencies: latencies(100, 1e6) })
/** What is pooled is only shown, never judged. */
const CASE = caseFixture([TEMPLATE])

interface System {
  readonly name: string
  /** Standard deviation of whole runs against each other, as a share. */
  readonly between: number
  /** Response times of one run, in service times. */
  readonly sample: (random: Random) => Float64Array
}

const oneUser = (random: Random): Float64Array =>
  Float64Array.from({ length: REQUESTS }, () => Math.exp(0.1 * drawNormal(random)))

const SYSTEMS: readonly System[] = [
  { name: 'one user, lognormal service (10 %), runs differ by 1 %', between: 0.01, sample: oneUser },
  { name: 'one user, lognormal service (10 %), runs differ by 3 %', between: 0.03, sample: oneUser },
  {
    name: 'M/M/1 at 50 %, runs differ by 1 %',
    between: 0.01,
    sample: (random) => steadyQueue(REQUESTS, 0.5, random),
  },
]

/** One repeat: the run as a whole is faster or slower by `between`, as runs are. */
function repeatOf(system: System, repeat: number, factor: number, random: Random): Trial {
  const scale = factor * Math.exp(system.between * drawNormal(random)) * 5e6
  const samples = system.sample(random).map((value) => value * scale)
  const all = new OrderStatistics(samples)
  const length = REQUESTS / WINDOWS
  const windows = Array.from({ length: WINDOWS }, (_, index) => {
    const part = samples.slice(index * length, (index + 1) * length)
    const ranked = new OrderStatistics(part)
    const time = part.reduce((sum, value) => sum + value, 0)
    return {
      ...(TEMPLATE.windows[0] as Trial['windows'][number]),
      from: 0,
      until: time,
      completed: length,
      p50: ranked.valueAtRank(rankOf(50, length)),
      p99: ranked.valueAtRank(rankOf(99, length)),
    }
  })
  const time = samples.reduce((sum, value) => sum + value, 0)
  return {
    ...TEMPLATE,
    id: `${TEMPLATE.id}${repeat}`,
    repeat,
    windows,
    throughput: (REQUESTS / time) * 1e9,
    responseTime: {
      ...TEMPLATE.responseTime,
      p50: all.valueAtRank(rankOf(50, REQUESTS)),
      p99: all.valueAtRank(rankOf(99, REQUESTS)),
    },
  }
}

function runOf(system: System, repeats: number, factor: number, random: Random): RunResult {
  const trials = Array.from({ length: repeats }, (_, repeat) => repeatOf(system, repeat, factor, random))
  return resultFixture(trials, [{ ...CASE, trials: trials.map(({ id }) => id) }])
}

const THRESHOLDS = {
  default: DEFAULT_COMPARISON.thresholds,
  'none (1 ppm)': {
    ...DEFAULT_COMPARISON.thresholds,
    'responseTime.p50': 1e-6,
    'responseTime.p99': 1e-6,
    throughput: 1e-6,
  },
}
/** Slower by nothing, by 5 %, by 10 %. */
const FACTORS = [1, 1.05, 1.1]

console.log(`${COMPARISONS} comparisons for each cell; level 5 %, Holm over the metrics.\n`)
console.log(
  '| system | repeats | thresholds | A/A alarms | A/A equivalent | 5 % slower: regression | 10 % slower: regression |',
)
console.log('| --- | --- | --- | --- | --- | --- | --- |')
for (const system of SYSTEMS) {
  for (const repeats of [5, 10]) {
    const counts = new Map<string, number>()
    for (const factor of FACTORS) {
      for (let index = 0; index < COMPARISONS; index++) {
        const random = new Random([index, repeats, system.between * 1000, factor * 100])
        const base = runOf(system, repeats, 1, random)
        const other = runOf(system, repeats, factor, random)
        for (const [name, thresholds] of Object.entries(THRESHOLDS)) {
          const { verdict } = compareResults(base, other, { settings: { ...DEFAULT_COMPARISON, thresholds } })
          const key = `${name} ${factor} ${verdict}`
          counts.set(key, (counts.get(key) ?? 0) + 1)
        }
      }
    }
    for (const name of Object.keys(THRESHOLDS)) {
      const share = (factor: number, ...verdicts: readonly ChangeVerdict[]): string => {
        const count = verdicts.reduce(
          (sum, verdict) => sum + (counts.get(`${name} ${factor} ${verdict}`) ?? 0),
          0,
        )
        return `${((100 * count) / COMPARISONS).toFixed(1)} %`
      }
      console.log(
        `| ${system.name} | ${repeats} | ${name} | ${share(1, 'regression', 'improvement')} | ${share(1, 'equivalent')} | ${share(1.05, 'regression')} | ${share(1.1, 'regression')} |`,
      )
    }
  }
}
