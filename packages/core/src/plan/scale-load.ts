import type { LoadPlan, OpenLoadPlan } from '../arrival/load-plan.ts'

/**
 * A share of an open load: a thinned Poisson process is one with a lower rate, and so is a constant rate. `undefined`
 * where a share is not defined: users cannot be divided, and a burst is a number of arrivals.
 */
export function scaleLoad(plan: LoadPlan, share: number): LoadPlan | undefined {
  if (plan.loop === 'open') return scaleOpen(plan, share)
  if (plan.loop === 'closed') return undefined
  const stages = plan.stages.flatMap(({ load, duration }) => {
    const scaled = load.loop === 'open' ? scaleOpen(load, share) : undefined
    return scaled === undefined ? [] : [{ load: scaled, duration }]
  })
  return stages.length === plan.stages.length ? { loop: 'stages', stages } : undefined
}

function scaleOpen(plan: OpenLoadPlan, share: number): OpenLoadPlan | undefined {
  if (plan.process.kind === 'burst') return undefined
  return {
    ...plan,
    rate: plan.rate.map((segment) => ({
      ...segment,
      rate: segment.rate * share,
      rateEnd: segment.rateEnd * share,
    })),
  }
}
