import { describe, expect, it } from 'vitest'
import { createRandom } from '../seed.ts'
import { drawExponential } from '../draws/exponential.ts'
import { responseTail } from './erlang.ts'
import { MOST_SERVERS, serviceRateOf, sharedCapacity, sharedServers } from './pooling.ts'

const P99 = [{ percentile: 99, seconds: 0.02 }]

describe('pooling', () => {
  it('finds the service rate that a capacity stands for', () => {
    // M/M/1 with μ = 500/s keeps p99 under 20 ms up to μ − ln(100)/0.02 = 269.74/s.
    const capacity = 500 - Math.log(100) / 0.02
    expect(serviceRateOf(capacity, P99)).toBeCloseTo(500, 9)
    expect(serviceRateOf(400, [{ percentile: null, seconds: 0.01 }])).toBeCloseTo(500, 9)
    // The limit that binds is the one that takes the fastest machine.
    expect(serviceRateOf(capacity, [...P99, { percentile: 50, seconds: 0.02 }])).toBeCloseTo(500, 9)
  })

  it('has one machine carry what was measured, and many of them more than their sum', () => {
    const capacity = 500 - Math.log(100) / 0.02
    expect(sharedCapacity(1, 500, P99)).toBeCloseTo(capacity, 4)
    let each = capacity
    for (const servers of [2, 4, 8, 16, 64]) {
      const shared = sharedCapacity(servers, 500, P99) / servers
      expect(shared).toBeGreaterThan(each)
      expect(shared).toBeLessThan(500)
      each = shared
    }
    // No queue at all is still too slow: p99 of the service alone is 9.2 ms.
    expect(sharedCapacity(4, 500, [{ percentile: 99, seconds: 0.009 }])).toBe(0)
  })

  it('finds the fewest machines: one less breaks a limit', () => {
    for (const rate of [10, 269, 270, 1000, 12_345]) {
      const servers = sharedServers(rate, 500, P99) as number
      expect(responseTail({ servers, arrivals: rate, services: 500 }, 0.02)).toBeLessThanOrEqual(0.01)
      if (servers > 1)
        expect(responseTail({ servers: servers - 1, arrivals: rate, services: 500 }, 0.02)).toBeGreaterThan(
          0.01,
        )
    }
    expect(sharedServers(1000, 500, [{ percentile: 99, seconds: 0.009 }])).toBeNull()
    expect(sharedServers(500 * MOST_SERVERS * 2, 500, P99)).toBeNull()
  })

  it('agrees with a simulated queue of four machines at its capacity', () => {
    const rate = sharedCapacity(4, 500, P99)
    const shares = Array.from({ length: 12 }, (_, repeat) => {
      const random = createRandom({ seed: 'pooling', path: [], repeat, stream: 'main', purpose: 'test' })
      const free = [0, 0, 0, 0]
      let now = 0
      let beyond = 0
      const count = 60_000
      for (let index = -5000; index < count; index++) {
        now += drawExponential(random) / rate
        const server = free.indexOf(Math.min(...free))
        const end = Math.max(now, free[server] as number) + drawExponential(random) / 500
        free[server] = end
        if (index >= 0 && end - now > 0.02) beyond += 1
      }
      return beyond / count
    })
    const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length
    const spread = Math.sqrt(
      shares.reduce((sum, share) => sum + (share - mean) * (share - mean), 0) /
        (shares.length - 1) /
        shares.length,
    )
    expect(Math.abs(mean - 0.01)).toBeLessThan(4 * spread)
    expect(spread).toBeLessThan(0.0015)
  })
})
