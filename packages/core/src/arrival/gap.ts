import { drawExponential } from '../stats/draws/exponential.ts'
import { drawGamma } from '../stats/draws/gamma.ts'
import { balancedHyperexponential, drawHyperexponential } from '../stats/draws/hyperexponential.ts'
import { drawLognormal } from '../stats/draws/lognormal.ts'
import { drawWeibull } from '../stats/draws/weibull.ts'
import type { Random } from '../stats/prng.ts'
import { logGamma } from '../stats/special/log-gamma.ts'

/** The distributions that gaps between arrivals and pauses of users share; `cv` is the coefficient of variation. */
export type GapPlan =
  | { readonly kind: 'exponential' }
  | { readonly kind: 'gamma' | 'lognormal' | 'hyperexponential'; readonly cv: number }
  | { readonly kind: 'weibull'; readonly shape: number }

/** Draws of mean 1. */
export function gapDraw(plan: GapPlan): (random: Random) => number {
  switch (plan.kind) {
    case 'exponential':
      return drawExponential
    case 'gamma': {
      const shape = 1 / (plan.cv * plan.cv)
      return (random) => drawGamma(random, shape) / shape
    }
    case 'lognormal': {
      const variance = Math.log(1 + plan.cv * plan.cv)
      const sigma = Math.sqrt(variance)
      return (random) => drawLognormal(random, -variance / 2, sigma)
    }
    case 'hyperexponential': {
      const mixture = balancedHyperexponential(plan.cv)
      return (random) => drawHyperexponential(random, mixture)
    }
    case 'weibull': {
      const { shape } = plan
      const scale = Math.exp(-logGamma(1 + 1 / shape))
      return (random) => scale * drawWeibull(random, shape)
    }
  }
}
