/**
 * How often p99 of dependent response times is found within limits at, beyond and far beyond it: by the interval alone,
 * and with the rule for limits that are far away. Prints the table of docs/statistics.md.
 *
 *     node --conditions=servebench-source bench/statistics/limits.ts [runs]
 */
import { buildDistribution } from '../../packages/core/src/metrics/distribution.ts'
import { isFarWithin } from '../../packages/core/src/slo/far-limit.ts'
import { drawNormal } from '../../packages/core/src/stats/draws/normal.ts'
import { Random } from '../../packages/core/src/stats/prng.ts'
import {
  steadyQueue,
  steadyQueuePercentile,
} from '../../packages/core/src/testing/simulation/steady-queue.ts'

const RUNS = Number(process.argv[2] ?? 200)
const FACTORS = [1, 3, 10]
/** Of the standard normal distribution. */
const NORMAL_99 = 2.3263478740408408

interface Process {
  readonly name: string
  readonly p99: number
  draw(count: number, random: Random): Float64Array
}

const queue = (utilisation: number): Process => ({
  name: `M/M/1 at ${utilisation}`,
  p99: steadyQueuePercentile(99, utilisation),
  draw: (count, random) => steadyQueue(count, utilisation, random),
})

const lognormal = (phi: number): Process => ({
  name: `lognormal AR(1), φ = ${phi}`,
  p99: Math.exp(NORMAL_99),
  draw(count, random) {
    const step = Math.sqrt(1 - phi * phi)
    let level = drawNormal(random)
    return Float64Array.from({ length: count }, () => {
      level = phi * level + step * drawNormal(random)
      return Math.exp(level)
    })
  },
})

const percent = (count: number): string => `${Number(((100 * count) / RUNS).toFixed(1))} %`

console.log(`${RUNS} runs for each line.\n`)
console.log(
  `| process | requests | ${FACTORS.map((factor) => `limit ${factor} × p99: interval | and far`).join(' | ')} |`,
)
console.log(`| --- | --- |${' --- |'.repeat(2 * FACTORS.length)}`)
for (const process of [
  queue(0.5),
  queue(0.7),
  queue(0.9),
  lognormal(0.9),
  lognormal(0.99),
  lognormal(0.999),
]) {
  for (const count of [3000, 12_000]) {
    const interval = FACTORS.map(() => 0)
    const rule = FACTORS.map(() => 0)
    for (let run = 0; run < RUNS; run++) {
      const samples = process.draw(count, new Random([run, count, 7, 42]))
      const distribution = buildDistribution({ samples })
      const high = distribution.intervals['p99']?.[1] ?? Infinity
      for (const [index, factor] of FACTORS.entries()) {
        const limit = factor * process.p99
        if (high <= limit) interval[index]! += 1
        if (high <= limit || isFarWithin(distribution, 99, limit)) rule[index]! += 1
      }
    }
    const cells = FACTORS.flatMap((_, index) => [percent(interval[index]!), percent(rule[index]!)])
    console.log(`| ${process.name} | ${count} | ${cells.join(' | ')} |`)
  }
}
