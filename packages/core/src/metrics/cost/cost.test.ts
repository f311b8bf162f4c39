import { describe, expect, it } from 'vitest'
import { costOfItems, itemsForBudget, ownPerHour, serverlessPerRequest } from './cost.ts'

describe('cost', () => {
  it('of a million at $0.526 an hour and 100 per second is $1.46111', () => {
    const cost = costOfItems({ perHour: 0.526, itemsPerSecond: 100, utilization: 0.5, hoursPerMonth: 730 })
    expect(cost.perMillion).toBeCloseTo(1.461111, 6)
    expect(cost.perMillionUsed).toBeCloseTo(2.922222, 6)
    expect(cost.perMonth).toBeCloseTo(383.98, 9)
    expect(cost.itemsPerMonth).toBe(100 * 0.5 * 730 * 3600)
  })

  it('of a month with 24 hours is that of a day', () => {
    const nodes = 8 * (2 * 0.02181159 + 4 * 0.00292353)
    const cost = { perHour: nodes, itemsPerSecond: null, utilization: 1 }
    expect(costOfItems({ ...cost, hoursPerMonth: 24 }).perMonth).toBeCloseTo(10.62, 2)
    expect(costOfItems({ ...cost, hoursPerMonth: 730 }).perMonth).toBeCloseTo(323.05, 2)
  })

  it('is unknown without items', () => {
    const cost = { perHour: 1, utilization: 1, hoursPerMonth: 730 }
    expect(costOfItems({ ...cost, itemsPerSecond: 0 }).perMillion).toBeNull()
    expect(costOfItems({ ...cost, itemsPerSecond: null })).toMatchObject({
      perMillion: null,
      itemsPerMonth: null,
    })
  })

  it('of requests without machines follows memory and time', () => {
    const price = { perGiBSecond: 0.0000166667, perMillionRequests: 0.2 }
    expect(serverlessPerRequest(2, 0.1, price) * 1e6).toBeCloseTo(3.53334, 5)
  })

  it('of own machines is capital over its used life, and power', () => {
    const own = { price: 26_280, years: 3, watts: 500, pue: 1.5, perKWh: 0.2, utilization: 0.5 }
    expect(ownPerHour(own)).toBeCloseTo(2 + 0.15, 9)
  })

  it('within a budget buys whole machines', () => {
    expect(itemsForBudget(1000, 400, 5)).toEqual({ machines: 2, items: 10 })
    expect(itemsForBudget(1200, 400, 5)).toEqual({ machines: 3, items: 15 })
    expect(itemsForBudget(100, 400, 5)).toEqual({ machines: 0, items: 0 })
  })
})
