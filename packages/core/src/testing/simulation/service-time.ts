import { drawExponential } from '../../stats/draws/exponential.ts'
import { drawGamma } from '../../stats/draws/gamma.ts'
import { drawLognormal } from '../../stats/draws/lognormal.ts'
import type { Random } from '../../stats/prng.ts'
import type { Nanos } from '../../units/nanos.ts'

/** How long a simulated server works on the next request. */
export type ServiceTime = () => Nanos

/** Always the same: M/D/c. */
export function fixedService(time: Nanos): ServiceTime {
  return () => time
}

/** Exponential: M/M/c. */
export function exponentialService(mean: Nanos, random: Random): ServiceTime {
  return () => mean * drawExponential(random)
}

/** Gamma with a squared coefficient of variation: from almost fixed (near 0) to very uneven (above 1). */
export function gammaService(mean: Nanos, squaredVariation: number, random: Random): ServiceTime {
  const shape = 1 / squaredVariation
  return () => (mean / shape) * drawGamma(random, shape)
}

/** Lognormal with the given mean; `sigma` is the standard deviation of its logarithm. */
export function lognormalService(mean: Nanos, sigma: number, random: Random): ServiceTime {
  const mu = Math.log(mean) - (sigma * sigma) / 2
  return () => drawLognormal(random, mu, sigma)
}
