/**
 * What the pure hot paths cost: recording into a histogram, drawing arrivals, a long schedule's memory, and the exact
 * distribution of millions of samples. Timings depend on the machine; compare lines of one run.
 *
 *     node --expose-gc --conditions=servebench-source bench/statistics/hot-path.ts [hours]
 */
import type { ProcessPlan } from '../../packages/core/src/arrival/load-plan.ts'
import { createSchedule } from '../../packages/core/src/arrival/schedule.ts'
import { buildDistribution } from '../../packages/core/src/metrics/distribution.ts'
import { drawLognormal } from '../../packages/core/src/stats/draws/lognormal.ts'
import { COARSE_LAYOUT, FINE_LAYOUT } from '../../packages/core/src/stats/histogram/layout.ts'
import { LogLinearHistogram } from '../../packages/core/src/stats/histogram/log-linear-histogram.ts'
import { Random } from '../../packages/core/src/stats/prng.ts'

const HOURS = Number(process.argv[2] ?? 24)
const random = new Random([1, 2, 3, 4])

/** Nanoseconds per operation, of the best of some rounds. */
function cost(operations: number, run: () => void): number {
  let best = Infinity
  for (let round = 0; round < 6; round++) {
    const start = performance.now()
    run()
    best = Math.min(best, ((performance.now() - start) * 1e6) / operations)
  }
  return best
}

const values = Float64Array.from({ length: 1_000_000 }, () => drawLognormal(random, 17, 2))
for (const [name, layout] of [
  ['fine', FINE_LAYOUT],
  ['coarse', COARSE_LAYOUT],
] as const) {
  const shared = new LogLinearHistogram(layout, new SharedArrayBuffer(LogLinearHistogram.byteLength(layout)))
  const nanos = cost(values.length, () => {
    for (let index = 0; index < values.length; index++) shared.record(values[index] as number)
  })
  console.log(`record, ${name} histogram in shared memory: ${nanos.toFixed(1)} ns`)
}

const processes: readonly ProcessPlan[] = [
  { kind: 'constant' },
  { kind: 'poisson' },
  { kind: 'burst', count: 1000, within: 1e6, every: 1e9 },
]
for (const process of processes) {
  for (const ramp of process.kind === 'burst' ? [false] : [false, true]) {
    const rate = ramp
      ? { from: 0, until: 1e13, rate: 0, rateEnd: 20_000 }
      : { from: 0, until: null, rate: 10_000, rateEnd: 10_000 }
    const schedule = createSchedule({ loop: 'open', process, rate: [rate] }, random)
    const nanos = cost(2_000_000, () => {
      for (let index = 0; index < 2_000_000; index++) schedule.advance()
    })
    console.log(`${process.kind} arrivals${ramp ? ' on a ramp' : ''}: ${(1e3 / nanos).toFixed(1)} M/s`)
  }
}

{
  const schedule = createSchedule(
    {
      loop: 'open',
      process: { kind: 'poisson' },
      rate: [{ from: 0, until: null, rate: 10_000, rateEnd: 10_000 }],
    },
    random,
    { until: HOURS * 3600e9 },
  )
  globalThis.gc?.()
  const before = process.memoryUsage().heapUsed
  const start = performance.now()
  let count = 0
  let peak = before
  for (; schedule.peek() < Infinity; schedule.advance()) {
    count += 1
    if (count % 10_000_000 === 0) peak = Math.max(peak, process.memoryUsage().heapUsed)
  }
  const seconds = (performance.now() - start) / 1000
  globalThis.gc?.()
  const kept = process.memoryUsage().heapUsed - before
  console.log(
    `${HOURS} h of Poisson arrivals at 10 000/s: ${count} in ${seconds.toFixed(1)} s, heap grew by ${(kept / 1024).toFixed(0)} KiB (at most ${((peak - before) / 1e6).toFixed(0)} MB meanwhile)`,
  )
}

for (const count of [100_000, 5_000_000, 10_000_000]) {
  const samples = Float64Array.from({ length: count }, (_, index) => values[index % values.length] as number)
  const start = performance.now()
  const { method } = buildDistribution({ samples })
  console.log(`distribution of ${count} samples (${method}): ${(performance.now() - start).toFixed(0)} ms`)
}
