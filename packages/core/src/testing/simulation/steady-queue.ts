import { drawExponential } from '../../stats/draws/exponential.ts'
import type { Random } from '../../stats/prng.ts'

/**
 * Response times of an M/M/1 queue in the order of arrival, in its steady state from the first on (Lindley's recursion);
 * in units of the mean service time. Their distribution is exponential with mean 1 / (1 − utilisation), and neighbours
 * depend on each other the more, the higher the utilisation.
 */
export function steadyQueue(count: number, utilisation: number, random: Random): Float64Array {
  let wait = random.next() < utilisation ? drawExponential(random) / (1 - utilisation) : 0
  return Float64Array.from({ length: count }, () => {
    const response = wait + drawExponential(random)
    wait = Math.max(0, response - drawExponential(random) / utilisation)
    return response
  })
}

/** The true percentile of {@link steadyQueue}. */
export function steadyQueuePercentile(percentile: number, utilisation: number): number {
  return -Math.log(1 - percentile / 100) / (1 - utilisation)
}
