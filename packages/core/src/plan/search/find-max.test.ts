import { describe, expect, it } from 'vitest'
import { search, P99, type Behaviour, type Target } from '../../../test/support/search.ts'
import { VirtualClock } from '../../clock/virtual-clock.ts'
import { createSchedule } from '../../arrival/schedule.ts'
import { drawExponential } from '../../stats/draws/exponential.ts'
import { createRandom } from '../../stats/seed.ts'
import type { Random } from '../../stats/prng.ts'
import { nearestRank } from '../../stats/quantile/percentile.ts'
import { observeOpenLoop } from '../../testing/simulation/load.ts'
import { QueueServer } from '../../testing/simulation/server.ts'
import { fixedService } from '../../testing/simulation/service-time.ts'
import { MILLISECOND, SECOND } from '../../units/nanos.ts'

const SEEDS = 10

function randomOf(repeat: number, turn: number): Random {
  return createRandom({ seed: 'search', path: [`${turn}`], repeat, stream: 'main', purpose: 'arrivals' })
}

/** Servers with a fixed service time and one queue, on the virtual clock. */
function queue(seed: number, servers: number, serviceTime: number, process: 'poisson' | 'constant'): Target {
  return (rate, seconds, turn) => {
    const clock = new VirtualClock()
    const server = new QueueServer(clock, { serviceTime: fixedService(serviceTime), servers })
    const schedule = createSchedule(
      { loop: 'open', process: { kind: process }, rate: [{ from: 0, until: null, rate, rateEnd: rate }] },
      randomOf(seed, turn),
    )
    const from = 2 * SECOND
    const seen = observeOpenLoop(clock, server, schedule, { from, until: from + seconds * SECOND })
    return { responseTimes: seen.responseTimes, throughput: seen.throughput, inFlight: seen.meanInFlight }
  }
}

/** The same by recursion (Kiefer and Wolfowitz, 1955): the oracle, and much faster. Times in service times. */
function responses(count: number, servers: number, utilisation: number, random: Random): Float64Array {
  const free = new Float64Array(servers)
  let now = 0
  return Float64Array.from({ length: count }, () => {
    now += drawExponential(random) / (utilisation * servers)
    let first = 0
    for (let server = 1; server < servers; server++)
      if ((free[server] as number) < (free[first] as number)) first = server
    const end = Math.max(now, free[first] as number) + 1
    free[first] = end
    return end - now
  })
}

/** The utilisation at which p99 reaches a limit, by bisection over long runs with common random numbers. */
function limitOf(servers: number, limit: number): number {
  let low = 0.8
  let high = 0.99
  for (let step = 0; step < 10; step++) {
    const middle = (low + high) / 2
    const times = responses(600_000, servers, middle, randomOf(99, 1)).sort()
    if ((nearestRank(times, 99) as number) <= limit) low = middle
    else high = middle
  }
  return low
}

describe('known capacity', () => {
  it('evenly spaced arrivals at four servers of 20 ms: 200/s, in every seed', () => {
    for (let seed = 0; seed < SEEDS; seed++) {
      const from = 9 + seed / 3
      const found = search({ slo: P99(25 * MILLISECOND), from }, queue(seed, 4, 20 * MILLISECOND, 'constant'))
      expect(found.outcome, found.message).toBe('found')
      expect(found.answer?.value).toBeGreaterThan(200 / 1.02)
      expect(found.answer?.value).toBeLessThanOrEqual(200)
      expect(found.answer?.interval[1]).toBeGreaterThan(200)
      expect(found.answer?.interval[1]).toBeLessThan(200 * 1.03)
    }
  })

  it('M/D/2 with p99 within 20 service times: within 2 % of the true limit in every seed', () => {
    const limit = limitOf(2, 20) * 200
    expect(limit).toBeGreaterThan(180)
    for (let seed = 0; seed < SEEDS; seed++) {
      const found = search(
        { slo: P99(200 * MILLISECOND), from: 20, precision: 0.01, seconds: 60 },
        queue(seed, 2, 10 * MILLISECOND, 'poisson'),
      )
      expect(found.outcome, found.message).toBe('found')
      const answer = found.answer?.value as number
      expect(Math.abs(answer / limit - 1), `seed ${seed}: ${answer} of ${limit}`).toBeLessThan(0.02)
    }
  }, 60_000)

  it('M/D/1 with p99 within 7.4855 service times: 70 % (a known answer)', () => {
    const S = 10 * MILLISECOND
    for (let seed = 0; seed < SEEDS; seed++) {
      const target: Target = (rate, seconds, turn) => {
        const times = responses(rate * seconds, 1, rate / 100, randomOf(seed, turn))
        const mean = times.reduce((sum, time) => sum + time, 0) / times.length
        return {
          responseTimes: times.map((time) => time * S),
          throughput: Math.min(rate, 100),
          inFlight: (mean * rate) / 100,
        }
      }
      const found = search({ slo: P99(7.4855 * S), from: 10, seconds: 600 }, target)
      expect(found.outcome, found.message).toBe('found')
      const answer = found.answer?.value as number
      expect(answer).toBeLessThan(70)
      expect(answer).toBeGreaterThan(70 / 1.05)
    }
  }, 60_000)
})

describe('honest failures', () => {
  /** Every answer takes `time(load)` ms; the share `errors(load)` of them fail. */
  function steady(
    time: (load: number, turn: number) => number,
    errors: (load: number) => number = () => 0,
  ): Target {
    return (load, seconds, turn) => {
      const due = Math.round(load * seconds)
      const failing = errors(load)
      const each = time(load, turn) * MILLISECOND
      return {
        responseTimes: Float64Array.from({ length: due }, (_, index) =>
          Math.floor((index + 1) * failing) > Math.floor(index * failing) ? Infinity : each,
        ),
      }
    }
  }
  const limit = P99(50 * MILLISECOND)
  const upTo = (capacity: number) => (load: number) => (load <= capacity ? 5 : 500)

  it('passes at the upper bound: the answer is a lower bound and says so', () => {
    const found = search({ slo: limit, from: 50, to: 333 }, steady(upTo(1000)))
    expect(found.outcome).toBe('above-range')
    expect(found.answer).toMatchObject({ value: 333, interval: [333, null] })
    expect(found.message).toContain('333/s: the limit lies above')
    expect(found.probes.map(({ value }) => value)).toEqual([50, 100, 200, 333, 333])
  })

  it('fails at the lowest load', () => {
    const found = search({ slo: limit, from: 50 }, steady(upTo(20)))
    expect(found.outcome).toBe('below-range')
    expect(found.answer).toBeNull()
    expect(found.message).toContain('does not hold at the lowest load, 50/s: responseTime.p99')
    // Twice at the lowest load, and once above it, in case that is better.
    expect(found.probes.map(({ purpose }) => purpose)).toEqual(['lowest', 'recheck', 'look-above'])
  })

  it('errors at every load are named as such', () => {
    const errors = {
      ...limit,
      terms: [...limit.terms.slice(1), { ...limit.terms[0]!, statistic: { percentile: 50 } }],
    }
    const found = search(
      { slo: errors as never, from: 50 },
      steady(upTo(1000), () => 0.1),
    )
    expect(found.outcome).toBe('error-prone')
    expect(found.answer).toBeNull()
    expect(found.message).toContain('more errors than the SLO allows: errors: 10 % of 500')
  })

  it('errors that begin at some load are a limit like any other', () => {
    const found = search(
      { slo: limit, from: 50 },
      steady(upTo(1000), (load) => (load > 300 ? 0.02 : 0)),
    )
    expect(found.outcome).toBe('found')
    expect(found.answer?.value).toBeGreaterThan(294)
    expect(found.answer?.value).toBeLessThanOrEqual(300)
  })

  it('a server that fails in the middle and recovers above is not monotone', () => {
    const dip = (load: number): number => (load > 70 && load < 150 ? 500 : upTo(1000)(load))
    const found = search({ slo: limit, from: 10 }, steady(dip))
    expect(found.outcome).toBe('non-monotone')
    expect(found.message).toMatch(/fails at 80\/s, and holds again at 160\/s/)
    expect(found.answer?.value).toBeGreaterThan(68)
    expect(found.answer?.value).toBeLessThanOrEqual(70)
  })

  it('a server that is slow when idle fails at the lowest load but not above: no answer', () => {
    const found = search(
      { slo: limit, from: 10 },
      steady((load) => (load < 15 ? 80 : upTo(1000)(load))),
    )
    expect(found.outcome).toBe('non-monotone')
    expect(found.answer).toBeNull()
    expect(found.message).toContain('fails at 10/s')
    expect(found.message).toContain('but holds at 20/s')
  })

  it('one disturbed probe does not decide, and the note says so', () => {
    const target = steady((load, turn) => (turn === 2 ? 500 : upTo(1000)(load)))
    const found = search({ slo: limit, from: 50, to: 300 }, target)
    expect(found.outcome).toBe('above-range')
    expect(found.notes).toEqual([
      '200/s once failed (responseTime.p99: 100 % of 2000 were beyond 50.0 ms); two of three measurements passed.',
    ])
  })

  it('a confirmation that fails takes the answer back', () => {
    // Holds for ten seconds at any load up to 300/s, and for longer only up to 200/s: a leak.
    const target: Target = (load, seconds, turn) =>
      steady(upTo(seconds > 10 ? 200 : 300))(load, seconds, turn)
    const found = search({ slo: limit, from: 50, patience: 1 }, target)
    expect(found.outcome).toBe('found')
    expect(found.answer?.value).toBeLessThanOrEqual(200)
    expect(found.answer?.value).toBeGreaterThan(196)
    expect(found.notes[0]).toContain('passed as a probe but not as a longer confirmation')
  })

  it('a generator that cannot measure a load says nothing about the target', () => {
    const target: Target = (load, seconds, turn) => {
      const seen = steady(upTo(10_000))(load, seconds, turn)
      return load > 900 ? { ...seen, invalid: 'dispatch-lag' } : seen
    }
    const found = search({ slo: limit, from: 100 }, target)
    expect(found.outcome).toBe('generator-limited')
    expect(found.answer?.value).toBeGreaterThan(882)
    expect(found.answer?.value).toBeLessThanOrEqual(900)
    expect(found.answer?.interval[1]).toBeNull()
    // Each load beyond is tried twice.
    const tried = Map.groupBy(found.probes, ({ value }) => value).get(1600)
    expect(tried?.map(({ purpose, verdict }) => [purpose, verdict])).toEqual([
      ['raise', 'generator-limited'],
      ['retry', 'generator-limited'],
    ])
  })

  it('finds the limit of the target below that of the generator', () => {
    const target: Target = (load, seconds, turn) => {
      const seen = steady(upTo(1200))(load, seconds, turn)
      return load >= 1600 ? { ...seen, invalid: 'load-thread-cpu' } : seen
    }
    const found = search({ slo: limit, from: 100 }, target)
    expect(found.outcome).toBe('found')
    expect(found.answer?.value).toBeGreaterThan(1176)
    expect(found.answer?.interval[1]).toBeLessThan(1225)
  })

  it('lateness while the cap on requests in flight is reached is the fault of the target', () => {
    const target: Target = (load, seconds, turn) => {
      const seen = steady(upTo(300))(load, seconds, turn)
      return load > 300 ? { ...seen, invalid: 'dispatched', inFlight: 10_000 } : seen
    }
    expect(search({ slo: limit, from: 100 }, target).outcome).toBe('found')
  })

  it('a target that is not there ends the search', () => {
    const found = search({ slo: limit, from: 100 }, () => ({
      responseTimes: new Float64Array(0),
      failed: 'Connection refused.',
    }))
    expect(found.outcome).toBe('failed')
    expect(found.probes).toHaveLength(1)
    expect(found.message).toContain('Connection refused.')
  })

  it('a target that breaks at a load is searched below it', () => {
    const target: Target = (load, seconds, turn) => ({
      ...steady(upTo(10_000))(load, seconds, turn),
      ...(load > 500 ? { failed: 'The server ended.' } : {}),
    })
    const found = search({ slo: limit, from: 100 }, target)
    expect(found.outcome).toBe('found')
    expect(found.answer?.value).toBeGreaterThan(490)
    expect(found.notes[0]).toBe('The target failed at 800/s: The server ended.')
  })

  it('too few requests to judge a percentile: measured longer, then said', () => {
    const found = search({ slo: limit, from: 1, to: 1, patience: 4 }, steady(upTo(1000)))
    expect(found.outcome).toBe('undecided')
    expect(found.probes.map(({ purpose, duration }) => [purpose, duration / SECOND])).toEqual([
      ['lowest', 10],
      ['extend', 10],
      ['extend', 20],
    ])
  })

  it('overload without a slow answer yet is seen by what is completed', () => {
    const target: Target = (load, seconds) => ({
      responseTimes: new Float64Array(load * seconds).fill(5 * MILLISECOND),
      throughput: Math.min(load, 250),
      inFlight: 3,
    })
    const found = search({ slo: limit, from: 50 }, target)
    expect(found.outcome).toBe('found')
    expect(found.answer?.value).toBeGreaterThan(245)
    expect(found.answer?.value).toBeLessThan(257)
    // Saturation needs no second look.
    expect(found.probes.filter(({ purpose }) => purpose === 'recheck' || purpose === 'look-above')).toEqual(
      [],
    )
  })

  it('always ends, whatever the target does', () => {
    for (let seed = 0; seed < 25; seed++) {
      const random = randomOf(seed, 0)
      const chaos: Target = (load, seconds): Behaviour => {
        const fate = random.next()
        const invalid = fate < 0.1 ? { invalid: 'foreign-cpu' } : {}
        const failed = fate > 0.95 ? { failed: 'gone' } : {}
        const slow = random.next() < 0.5 ? 500 : 5
        return {
          responseTimes: new Float64Array(Math.ceil(Math.min(load * seconds, 500))).fill(slow * MILLISECOND),
          ...invalid,
          ...failed,
        }
      }
      const found = search({ slo: limit, from: 100 }, chaos)
      expect(found.outcome).not.toBe('running')
      if (['found', 'above-range', 'unconfirmed'].includes(found.outcome)) expect(found.answer).not.toBeNull()
      if (['below-range', 'failed', 'undecided'].includes(found.outcome)) expect(found.answer).toBeNull()
    }
  })
})

describe('users', () => {
  const load = { loop: 'closed', concurrency: 1, requests: null, thinkTime: { kind: 'none' } } as const

  it('are whole: the most that one server of 10 ms takes within 50 ms is 5', () => {
    const target: Target = (users, seconds) => ({
      responseTimes: new Float64Array(100 * seconds).fill(users * 10 * MILLISECOND),
      throughput: 100,
      inFlight: users,
    })
    const found = search({ slo: P99(50 * MILLISECOND), vary: 'concurrency', from: 1, load }, target)
    expect(found.outcome).toBe('found')
    expect(found.answer).toMatchObject({ value: 5, interval: [5, 6] })
    expect(found.probes.every(({ value }) => Number.isInteger(value))).toBe(true)
  })
})
