import { describe, expect, it } from 'vitest'
import type { ProcessPlan } from '../../arrival/load-plan.ts'
import { createSchedule } from '../../arrival/schedule.ts'
import { createThinkTime } from '../../arrival/think-time.ts'
import { VirtualClock } from '../../clock/virtual-clock.ts'
import { littlesLawGap } from '../../metrics/littles-law.ts'
import { createRandom } from '../../stats/seed.ts'
import type { Random } from '../../stats/prng.ts'
import { responseTail } from '../../stats/queueing/erlang.ts'
import { nearestRank } from '../../stats/quantile/percentile.ts'
import { studentTQuantile } from '../../stats/special/student-t.ts'
import { MILLISECOND, SECOND } from '../../units/nanos.ts'
import { observeClosedLoop, observeOpenLoop, type Observation } from './load.ts'
import {
  BatchingServer,
  FreezingServer,
  QueueServer,
  type QueueOptions,
  type SimulatedServer,
} from './server.ts'
import {
  exponentialService,
  fixedService,
  gammaService,
  lognormalService,
  type ServiceTime,
} from './service-time.ts'

// Known answers of queueing theory. In random cases the mean over 12 seeds has to lie within its 99.9 % interval, and
// that interval has to be narrow enough to tell a wrong formula; everything is seeded, so a run never differs.

const SEEDS = 12
/** The unit of time of the formulas: the mean service time. */
const UNIT = SECOND

type Service = (random: Random) => ServiceTime
const EXPONENTIAL: Service = (random) => exponentialService(UNIT, random)
const FIXED: Service = () => fixedService(UNIT)

/** One run of a Poisson load, per seed; counts, times and lengths are in units of the mean service time. */
function poissonRuns(
  rate: number,
  arrivals: number,
  service: Service,
  options: Omit<QueueOptions, 'serviceTime'> = {},
): readonly Observation[] {
  return Array.from({ length: SEEDS }, (_, repeat) => {
    const random = (purpose: string): Random =>
      createRandom({ seed: 'known answers', path: [], repeat, stream: 'main', purpose })
    const clock = new VirtualClock()
    const server = new QueueServer(clock, { ...options, serviceTime: service(random('service')) })
    const schedule = createSchedule(openPlan({ kind: 'poisson' }, rate), random('arrivals'))
    const length = (arrivals / rate) * UNIT
    return observeOpenLoop(clock, server, schedule, { from: 0.1 * length, until: 1.1 * length })
  })
}

function openPlan(process: ProcessPlan, rate: number): Parameters<typeof createSchedule>[0] {
  return { loop: 'open', process, rate: [{ from: 0, until: null, rate, rateEnd: rate }] }
}

/** @param precision how narrow the interval must be, relative to the expected value */
function expectMean(values: readonly number[], expected: number, precision: number): void {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1)
  const half = studentTQuantile(0.9995, values.length - 1) * Math.sqrt(variance / values.length)
  expect(half / expected).toBeLessThan(precision)
  expect(Math.abs(mean - expected)).toBeLessThan(half)
}

/** Where a rising function takes a value, between 0 and `most`. */
function solve(rising: (at: number) => number, value: number, most: number): number {
  let low = 0
  let high = most
  for (let round = 0; round < 60; round++) {
    const middle = (low + high) / 2
    if (rising(middle) < value) low = middle
    else high = middle
  }
  return high
}

const meanResponse = ({ responseTimes }: Observation): number =>
  responseTimes.reduce((sum, time) => sum + time, 0) / responseTimes.length / UNIT
const percentileOf =
  (percentile: number) =>
  ({ responseTimes }: Observation): number =>
    (nearestRank(responseTimes.slice().sort(), percentile) as number) / UNIT

describe('open queues', () => {
  it('M/M/1 at 70 %: response time is exponential with mean 3.3333', () => {
    const runs = poissonRuns(0.7, 80_000, EXPONENTIAL)
    expectMean(runs.map(meanResponse), 3.3333, 0.05)
    expectMean(runs.map(percentileOf(50)), 2.3105, 0.06)
    expectMean(runs.map(percentileOf(95)), 9.9858, 0.06)
    expectMean(runs.map(percentileOf(99)), 15.3506, 0.08)
    expectMean(
      runs.map(({ meanInFlight }) => meanInFlight),
      2.3333,
      0.06,
    )
    // Little's law holds within the window's edges for every run.
    for (const run of runs) {
      const gap = littlesLawGap(run.meanInFlight, run.throughput, meanResponse(run) * UNIT)
      expect(gap).toBeLessThan(0.02)
    }
  })

  it('M/D/1 at 70 %: waits half as long', () => {
    const runs = poissonRuns(0.7, 60_000, FIXED)
    expectMean(runs.map(meanResponse), 2.16667, 0.05)
    expectMean(runs.map(percentileOf(50)), 1.7298, 0.05)
    expectMean(runs.map(percentileOf(90)), 4.0771, 0.08)
    expectMean(runs.map(percentileOf(95)), 5.1029, 0.06)
    expectMean(runs.map(percentileOf(99)), 7.4855, 0.08)
  })

  it.each([
    [
      'gamma with a squared variation of 4',
      (random: Random) => gammaService(UNIT, 4, random),
      5.8333,
      80_000,
    ],
    ['lognormal with sigma 1', (random: Random) => lognormalService(UNIT, 1, random), 3.17133, 80_000],
  ] as const)('M/G/1 at 70 %, %s: Pollaczek–Khinchine', (_, service, wait, arrivals) => {
    expectMean(poissonRuns(0.7, arrivals, service).map(meanResponse), wait + 1, 0.12)
  })

  it.each([
    [2, 0.7, 0.96078],
    [4, 0.7, 0.357212],
    [8, 0.8, 0.286028],
    [16, 0.9, 0.36959],
  ])('M/M/%d at %d: Erlang C', (servers, utilisation, wait) => {
    const arrivals = servers * utilisation
    const runs = poissonRuns(arrivals, 40_000, EXPONENTIAL, { servers })
    expectMean(runs.map(meanResponse), 1 + wait, 0.06)
    for (const percentile of [50, 95, 99]) {
      const tail = (time: number): number => responseTail({ servers, arrivals, services: 1 }, time)
      const expected = solve((time) => 1 - tail(time), percentile / 100, 100)
      expectMean(runs.map(percentileOf(percentile)), expected, 0.08)
    }
  })

  it.each([
    [1.2, 10, 0.192586, 6.92614],
    [0.9, 10, 0.050814, 4.6466],
    [2, 5, 0.507937, null],
  ])(
    'M/M/1/K at %d with room for %d: loss, and response of what is served',
    (rate, capacity, loss, response) => {
      const runs = poissonRuns(rate, 30_000, EXPONENTIAL, { capacity })
      expectMean(
        runs.map(({ due, refused }) => refused / due),
        loss,
        0.1,
      )
      if (response !== null) expectMean(runs.map(meanResponse), response, 0.05)
      // Goodput is what gets in; every due request has one outcome.
      expectMean(
        runs.map(({ throughput }) => throughput),
        rate * (1 - loss),
        0.03,
      )
      for (const { due, refused, responseTimes } of runs) expect(due).toBe(refused + responseTimes.length)
    },
  )

  it('four servers without a queue at a load of 2.8: Erlang B', () => {
    const runs = poissonRuns(2.8, 30_000, EXPONENTIAL, { servers: 4, capacity: 4 })
    expectMean(
      runs.map(({ due, refused }) => refused / due),
      0.183724,
      0.05,
    )
  })

  it('a burst of 1000 at a server of 1 ms', () => {
    const clock = new VirtualClock()
    const server = new QueueServer(clock, { serviceTime: fixedService(MILLISECOND) })
    const random = createRandom({ seed: '', path: [], repeat: 0, stream: 'main', purpose: 'arrivals' })
    const schedule = createSchedule(
      openPlan({ kind: 'burst', count: 1000, within: 0, every: null }, 1),
      random,
    )
    const { responseTimes } = observeOpenLoop(clock, server, schedule, { from: 0, until: SECOND })
    expect(responseTimes.reduce((sum, time) => sum + time, 0) / 1000).toBe(500.5 * MILLISECOND)
    for (const [percentile, expected] of [
      [50, 500],
      [95, 950],
      [99, 990],
      [100, 1000],
    ] as const) {
      expect(nearestRank(responseTimes, percentile)).toBe(expected * MILLISECOND)
    }
  })
})

/** Users who think for a fixed time before a server with a fixed service time of 10 ms. */
function closedRun(
  users: number,
  thinkTime: number,
  serverOf = (clock: VirtualClock): SimulatedServer =>
    new QueueServer(clock, { serviceTime: fixedService(10 * MILLISECOND) }),
): Observation {
  const clock = new VirtualClock()
  const random = createRandom({ seed: '', path: [], repeat: 0, stream: 'main', purpose: 'think-time' })
  const pause = createThinkTime({ kind: 'constant', mean: thinkTime }, random)
  return observeClosedLoop(
    clock,
    serverOf(clock),
    { count: users, thinkTime: pause },
    { from: 10 * SECOND, until: 110 * SECOND },
  )
}

describe('closed loops', () => {
  it.each([
    [1, 0, 100, 10],
    [4, 0, 100, 40],
    [10, 40, 100, 60],
    [5, 40, 100, 10],
    [2, 40, 40, 10],
  ])(
    '%d users thinking %d ms before one server of 10 ms: %d/s, %d ms',
    (users, think, throughput, response) => {
      const run = closedRun(users, think * MILLISECOND)
      expect(run.throughput).toBeCloseTo(throughput, 1)
      // Users who started together first spread out: afterwards all response times are alike.
      expect(nearestRank(run.responseTimes.slice().sort(), 50)).toBeCloseTo(response * MILLISECOND, -1)
      const mean = run.responseTimes.reduce((sum, time) => sum + time, 0) / run.responseTimes.length
      expect(mean).toBeCloseTo(response * MILLISECOND, -5)
      // The interactive law: X · (W + Z) = N.
      expect(run.throughput * ((mean + think * MILLISECOND) / SECOND)).toBeCloseTo(users, 1)
      // The articles' "1 / mean latency" is off by the mean number in flight.
      expect((SECOND / mean) * run.meanInFlight).toBeCloseTo(run.throughput, 1)
    },
  )

  it('the interactive law with random services and pauses', () => {
    for (const users of [3, 12]) {
      const clock = new VirtualClock()
      const random = (purpose: string): Random =>
        createRandom({ seed: 'law', path: [], repeat: users, stream: 'main', purpose })
      const server = new QueueServer(clock, {
        serviceTime: exponentialService(10 * MILLISECOND, random('service')),
      })
      const thinkTime = createThinkTime({ kind: 'exponential', mean: 50 * MILLISECOND }, random('think-time'))
      const run = observeClosedLoop(
        clock,
        server,
        { count: users, thinkTime },
        { from: 0, until: 300 * SECOND },
      )
      const mean = run.responseTimes.reduce((sum, time) => sum + time, 0) / run.responseTimes.length
      expect((run.throughput * (mean + 50 * MILLISECOND)) / SECOND / users).toBeCloseTo(1, 1)
      expect(littlesLawGap(run.meanInFlight, run.throughput, mean)).toBeLessThan(0.001)
    }
  })

  it.each([
    [1, 200, 5],
    [8, 666.7, 12],
    [16, 666.7, 24],
  ])(
    '%d users of a server that batches up to 8 in 4 ms + 1 ms each: %d/s at %d ms',
    (users, throughput, response) => {
      const run = closedRun(
        users,
        0,
        (clock) =>
          new BatchingServer(clock, { maxBatchSize: 8, executionTime: (size) => (4 + size) * MILLISECOND }),
      )
      expect(run.throughput).toBeCloseTo(throughput, 0)
      expect(nearestRank(run.responseTimes.slice().sort(), 50)).toBe(response * MILLISECOND)
    },
  )
})

describe('a closed network: N users who think before one exponential server', () => {
  // The machine repairman: p(k) of k at the server among n users is in proportion to n! ÷ (n − k)! · (1 ÷ think)^k.
  const THINK = 5
  const shares = (users: number): readonly number[] => {
    const weights = [1]
    for (let at = 1; at <= users; at++) weights.push(((weights[at - 1] as number) * (users - at + 1)) / THINK)
    const total = weights.reduce((sum, weight) => sum + weight, 0)
    return weights.map((weight) => weight / total)
  }
  /** P(at most t) for the sum of `count` exponentials with mean 1. */
  const erlang = (count: number, t: number): number => {
    let term = Math.exp(-t)
    let beyond = term
    for (let index = 1; index < count; index++) {
      term *= t / index
      beyond += term
    }
    return 1 - beyond
  }

  it.each([3, 6, 12])('%d users', (users) => {
    const runs = Array.from({ length: SEEDS }, (_, repeat) => {
      const random = (purpose: string): Random =>
        createRandom({ seed: 'repairman', path: [], repeat, stream: 'main', purpose })
      const clock = new VirtualClock()
      const server = new QueueServer(clock, { serviceTime: exponentialService(UNIT, random('service')) })
      const thinkTime = createThinkTime({ kind: 'exponential', mean: THINK * UNIT }, random('think-time'))
      const window = { from: 200 * UNIT, until: 20_200 * UNIT }
      return observeClosedLoop(clock, server, { count: users, thinkTime }, window)
    })
    const throughput = 1 - (shares(users)[0] as number)
    expectMean(
      runs.map((run) => run.throughput),
      throughput,
      0.03,
    )
    expectMean(runs.map(meanResponse), users / throughput - THINK, 0.05)
    // An arrival finds what a network with one user less has on average (the arrival theorem).
    const found = shares(users - 1)
    const within = (time: number): number =>
      found.reduce((sum, share, waiting) => sum + share * erlang(waiting + 1, time), 0)
    for (const percentile of [50, 95, 99])
      expectMean(runs.map(percentileOf(percentile)), solve(within, percentile / 100, 200), 0.06)
  })
})

describe('a server that takes all that waits as one batch, in 4 ms + 1 ms each, under Poisson arrivals', () => {
  const LARGEST = 400
  const time = (size: number): number => 4 + size

  /** Batches are a Markov chain: the next one is what arrived during this one, or the first one to come. */
  function answer(rate: number): { readonly mean: number; readonly within: (limit: number) => number } {
    const counts = Array.from({ length: LARGEST }, (_, size) => {
      const expected = rate * time(size)
      const row = new Float64Array(LARGEST)
      row[0] = Math.exp(-expected)
      for (let count = 1; count < LARGEST; count++)
        row[count] = ((row[count - 1] as number) * expected) / count
      return row
    })
    let batches = new Float64Array(LARGEST)
    batches[1] = 1
    for (let round = 0; round < 500; round++) {
      const next = new Float64Array(LARGEST)
      for (const [size, share] of batches.entries()) {
        if (share < 1e-15) continue
        const row = counts[size] as Float64Array
        next[1] = (next[1] as number) + share * (row[0] as number)
        for (let count = 1; count < LARGEST; count++)
          next[count] = (next[count] as number) + share * (row[count] as number)
      }
      batches = next
    }
    // Who arrives during a batch comes at a uniform instant of it, and waits for the rest and for all of the next.
    const sum = (of: (size: number, next: number) => number): number => {
      let total = 0
      for (const [size, share] of batches.entries()) {
        if (share < 1e-15) continue
        const row = counts[size] as Float64Array
        total += share * (row[0] as number) * of(-1, 1)
        for (let count = 1; count < LARGEST; count++)
          total += share * (row[count] as number) * count * of(size, count)
      }
      return total
    }
    const arrivals = sum(() => 1)
    return {
      mean: sum((size, next) => (size < 0 ? 0 : time(size) / 2) + time(next)) / arrivals,
      within: (limit) =>
        sum((size, next) => {
          const left = limit - time(next)
          return size < 0 ? (left >= 0 ? 1 : 0) : Math.min(1, Math.max(0, left / time(size)))
        }) / arrivals,
    }
  }

  it.each([0.1, 0.5, 0.8])('%d per ms', (rate) => {
    const { mean, within } = answer(rate)
    // The bound of Inoue (Queueing Models with Batch Service, arXiv 1912.06322) for a = 4, c = 1.
    const first = (5 / (2 * (1 - rate))) * (1 + 8 * rate + (1 - 4 * rate) / (1 + rate))
    const second = 6 / (1 - rate) + (rate + 2) / (2 * (1 - rate * rate))
    expect(mean).toBeLessThanOrEqual(Math.min(first, second) + 1e-9)
    const runs = Array.from({ length: SEEDS }, (_, repeat) => {
      const random = createRandom({ seed: 'batches', path: [], repeat, stream: 'main', purpose: 'arrivals' })
      const clock = new VirtualClock()
      const server = new BatchingServer(clock, {
        maxBatchSize: 1e9,
        executionTime: (size) => time(size) * MILLISECOND,
      })
      const schedule = createSchedule(openPlan({ kind: 'poisson' }, rate * 1000), random)
      const length = (30_000 / rate) * MILLISECOND
      return observeOpenLoop(clock, server, schedule, { from: 0.05 * length, until: 1.05 * length })
    })
    const inMs = (value: number): number => (value * UNIT) / MILLISECOND
    expectMean(
      runs.map((run) => inMs(meanResponse(run))),
      mean,
      0.06,
    )
    for (const percentile of [75, 95, 99]) {
      expectMean(
        runs.map((run) => inMs(percentileOf(percentile)(run))),
        solve(within, percentile / 100, 1000),
        0.08,
      )
    }
  })
})

describe('coordinated omission: 100 s of 1 ms answers every 10 ms, then nothing for 100 s', () => {
  const frozen = { from: 100 * SECOND, until: 200 * SECOND }
  const window = { from: 0, until: 200 * SECOND }
  const random = createRandom({ seed: '', path: [], repeat: 0, stream: 'main', purpose: 'arrivals' })

  it('an open loop sees the stall: mean 25 s, half of all requests wait for it', () => {
    const clock = new VirtualClock()
    const server = new FreezingServer(clock, MILLISECOND, frozen)
    const { responseTimes } = observeOpenLoop(
      clock,
      server,
      createSchedule(openPlan({ kind: 'constant' }, 100), random),
      window,
    )
    const sorted = responseTimes.slice().sort()
    expect(sorted).toHaveLength(20_000)
    expect(sorted.reduce((sum, time) => sum + time, 0) / 20_000 / SECOND).toBeCloseTo(25.003, 3)
    const expected = [
      [50, 0.001],
      [75, 50],
      [90, 80],
      [99, 98],
      [99.9, 99.8],
      [99.99, 99.98],
    ] as const
    for (const [percentile, seconds] of expected)
      expect(nearestRank(sorted, percentile)).toBeCloseTo(seconds * SECOND, -1)
  })

  it('a closed loop with a pause sees one slow answer: mean 11 ms, p99.99 of 1 ms', () => {
    const clock = new VirtualClock()
    const server = new FreezingServer(clock, MILLISECOND, frozen)
    const thinkTime = createThinkTime({ kind: 'constant', mean: 9 * MILLISECOND }, random)
    const { responseTimes } = observeClosedLoop(clock, server, { count: 1, thinkTime }, window)
    const sorted = responseTimes.slice().sort()
    expect(sorted).toHaveLength(10_001)
    expect(sorted.reduce((sum, time) => sum + time, 0) / 10_001 / MILLISECOND).toBeCloseTo(11, 1)
    expect(nearestRank(sorted, 99.99)).toBe(MILLISECOND)
    expect(sorted.at(-1)).toBe(100 * SECOND)
  })
})
