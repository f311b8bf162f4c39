/**
 * The tables of docs/steady-state.md and docs/certified.md: how often a steady queue is taken for an unsteady one, how
 * often steps and drifts are found, and how often stop rules err. Seeded: prints the same on every machine.
 *
 *   node --conditions=servebench-source bench/statistics/steady-state.ts 400
 */
import { StopWatch } from '../../packages/core/src/aide/stop-watch.ts'
import type { StopRulePlan } from '../../packages/core/src/plan/trial-plan.ts'
import { certifyLimit } from '../../packages/core/src/stats/certify/early-stopping.ts'
import { LOOK_GROWTH } from '../../packages/core/src/stats/certify/look-confidence.ts'
import { drawExponential } from '../../packages/core/src/stats/draws/exponential.ts'
import { drawNormal } from '../../packages/core/src/stats/draws/normal.ts'
import { Random } from '../../packages/core/src/stats/prng.ts'
import { classifySeries, type Shape } from '../../packages/core/src/stats/steady/classify.ts'
import {
  steadyQueue,
  steadyQueuePercentile,
} from '../../packages/core/src/testing/simulation/steady-queue.ts'
import { SECOND } from '../../packages/core/src/units/nanos.ts'

const RUNS = Number(process.argv[2] ?? 400)
const SHAPES: readonly Shape[] = ['flat', 'warm-up', 'slow-down', 'no-steady-state']

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): void {
  console.log(`| ${head.join(' | ')} |`)
  console.log(`|${' --- |'.repeat(head.length)}`)
  for (const row of rows) console.log(`| ${row.join(' | ')} |`)
  console.log()
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`

function shapesOf(series: (seed: number) => Float64Array): readonly string[] {
  const found = new Map<Shape, number>()
  for (let seed = 0; seed < RUNS; seed++) {
    const shape = classifySeries(series(seed))?.shape as Shape
    found.set(shape, (found.get(shape) ?? 0) + 1)
  }
  return SHAPES.map((shape) => percent((found.get(shape) ?? 0) / RUNS))
}

const PER_WINDOW = 200

function queueMedians(windows: number, utilisation: number, seed: number): Float64Array {
  const times = steadyQueue(
    PER_WINDOW * windows,
    utilisation,
    new Random([seed, windows, 100 * utilisation, 8]),
  )
  return Float64Array.from(
    { length: windows },
    (_, window) =>
      times.slice(window * PER_WINDOW, (window + 1) * PER_WINDOW).sort()[PER_WINDOW / 2 - 1] as number,
  )
}

function noisy(windows: number, level: (share: number) => number, noise: number, seed: number): Float64Array {
  const random = new Random([seed, windows, 100 * noise, 3])
  return Float64Array.from(
    { length: windows },
    (_, window) => level(window / windows) * Math.exp(noise * drawNormal(random)),
  )
}

console.log(`Medians of windows of ${PER_WINDOW} requests of a steady M/M/1 queue\n`)
table(
  ['utilisation', 'windows', ...SHAPES],
  [0.4, 0.7, 0.9].flatMap((utilisation) =>
    [10, 30, 60, 300].map((windows) => [
      utilisation,
      windows,
      ...shapesOf((seed) => queueMedians(windows, utilisation, seed)),
    ]),
  ),
)

console.log('Levels with 10 % noise\n')
const LEVELS: Readonly<Record<string, (share: number) => number>> = {
  steady: () => 10,
  'twice as slow for the first third': (share) => (share < 1 / 3 ? 20 : 10),
  '50 % slower from half way on': (share) => (share < 0.5 ? 10 : 15),
  'rising to twice the level': (share) => 10 + 10 * share,
  'twice as slow in the last tenth': (share) => (share < 0.9 ? 10 : 20),
}
table(
  ['level', 'windows', ...SHAPES],
  Object.entries(LEVELS).flatMap(([name, level]) =>
    [10, 30, 60].map((windows) => [name, windows, ...shapesOf((seed) => noisy(windows, level, 0.1, seed))]),
  ),
)

const RULE: Extract<StopRulePlan, { readonly rule: 'certified' }> = {
  rule: 'certified',
  percentile: 99,
  limit: 0,
  confidence: 0.99,
  margin: 0.1,
  dependence: 'measured',
  maximum: 0,
}

interface Ended {
  readonly verdict: string
  readonly count: number
}

function runOf(rule: StopRulePlan, samples: Float64Array): Ended {
  const watch = new StopWatch({ rule, minimum: 0 })
  for (let count = 1; count <= samples.length; count++) {
    if (!watch.isDue(count)) continue
    const found = watch.look(samples.subarray(0, count), SECOND)
    if (found.verdict !== 'undecided') return { verdict: found.verdict, count }
  }
  return { verdict: watch.finish(samples).verdict, count: samples.length }
}

/** MLPerf's rule at 99 %, asked again at every look. */
function naiveOf(limit: number, samples: Float64Array): Ended {
  let over = 0
  let next = 459
  for (let count = 1; count <= samples.length; count++) {
    if ((samples[count - 1] as number) > limit) over += 1
    if (count < next) continue
    next = Math.ceil(count * LOOK_GROWTH)
    const verdict = certifyLimit({ percentile: 99, confidence: 0.99, within: count - over, over })
    if (verdict !== 'undecided') return { verdict, count }
  }
  return { verdict: 'undecided', count: samples.length }
}

const LONGEST = 20_000
const SYSTEMS: Readonly<
  Record<string, { readonly samples: (seed: number) => Float64Array; readonly p99: number }>
> = {
  independent: {
    samples: (seed) => {
      const random = new Random([seed, 5, 5, 5])
      return Float64Array.from({ length: LONGEST }, () => drawExponential(random))
    },
    p99: -Math.log(0.01),
  },
  ...Object.fromEntries(
    [0.5, 0.7, 0.9].map((utilisation) => [
      `M/M/1 at ${utilisation}`,
      {
        samples: (seed: number) =>
          steadyQueue(LONGEST, utilisation, new Random([seed, 100 * utilisation, 6, 6])),
        p99: steadyQueuePercentile(99, utilisation),
      },
    ]),
  ),
}

console.log(`p99 against a limit, confidence 99 %, at most ${LONGEST} requests\n`)
table(
  [
    'system',
    'limit ÷ true p99',
    'pass',
    'fail',
    'undecided',
    'median requests',
    'plain rule: pass',
    'plain rule: fail',
  ],
  Object.entries(SYSTEMS).flatMap(([name, { samples, p99 }]) =>
    [0.7, 1, 1.5].map((factor) => {
      const limit = factor * p99
      const ended = Array.from({ length: RUNS }, (_, seed) => runOf({ ...RULE, limit }, samples(seed)))
      const naive = Array.from({ length: RUNS }, (_, seed) => naiveOf(limit, samples(seed)))
      const share = (list: readonly Ended[], verdict: string): string =>
        percent(list.filter((one) => one.verdict === verdict).length / RUNS)
      const counts = ended.map(({ count }) => count).sort((a, b) => a - b)
      return [
        name,
        factor,
        share(ended, 'pass'),
        share(ended, 'fail'),
        share(ended, 'undecided'),
        counts[RUNS >> 1] as number,
        share(naive, 'pass'),
        share(naive, 'fail'),
      ]
    }),
  ),
)
