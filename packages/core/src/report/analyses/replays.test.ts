import { describe, expect, it } from 'vitest'
import { planFixture, resultFixture, trialFixture } from '../../../test/result-fixture.ts'
import type { ClosedLoadPlan } from '../../arrival/load-plan.ts'
import { createRandom } from '../../stats/seed.ts'
import type { ReplayReport, Trial } from '../result.ts'
import { analyseReplays } from './replays.ts'

const MS = 1e6

/** What fbench computes (clientstatus.cpp, fbench.cpp), from the same response times: a table of tenths of a millisecond. */
class Fbench {
  readonly #table = new Float64Array(102_400)
  readonly #times: readonly number[]

  /** @param times in milliseconds, below 10.24 s */
  constructor(times: readonly number[]) {
    this.#times = times
    for (const time of times) this.#table[Math.floor(time * 10 + 0.5)]! += 1
  }

  get average(): number {
    return this.#times.reduce((sum, time) => sum + time, 0) / this.#times.length
  }

  percentile(percent: number): number {
    const target = (this.#times.length - 1) * (percent / 100)
    const k = Math.ceil(target) - target
    const at = (rank: number): number => {
      let index = 0
      for (let count = this.#table[0] as number; count <= rank;) count += this.#table[++index] as number
      return index
    }
    return (k * at(Math.floor(target)) + (1 - k) * at(Math.ceil(target))) / 10
  }

  /** All clients run for the whole time. */
  rate(clients: number, seconds: number): number {
    return (clients * 1000 * this.#times.length) / (clients * seconds * 1000)
  }

  utilization(clients: number, seconds: number): number {
    return (100 * this.rate(clients, seconds)) / ((clients * 1000) / this.average)
  }
}

const REPLAY: ReplayReport = {
  stream: 'main',
  lines: 'url',
  deal: 'split',
  times: null,
  files: [
    { file: 'a', bytes: 10, sha256: 'a', queries: 5, skipped: 2, firstSkipped: null },
    { file: 'b', bytes: 10, sha256: 'b', queries: 5, skipped: 1, firstSkipped: null },
  ],
  answers: { total: 5000, statuses: { 200: 3990, 503: 10 }, withHits: 3990, zeroHits: 399 },
  cyclesNotHeld: 17,
}

function trialOf(
  times: readonly number[],
  load: Partial<ClosedLoadPlan>,
  replay: ReplayReport = REPLAY,
): Trial {
  const options = {
    latencies: times.map((time) => time * MS),
    counts: { due: times.length + 12, failed: 10, timedOut: 2 },
  }
  const trial = trialFixture(options)
  const plan = planFixture(options)
  const main = plan.streams['main']
  if (main === undefined) throw new Error('The fixture has no stream.')
  const closed: ClosedLoadPlan = {
    loop: 'closed',
    concurrency: 8,
    requests: null,
    thinkTime: { kind: 'none' },
    ...load,
  }
  return {
    ...trial,
    plan: { ...plan, streams: { main: { ...main, load: closed, expect: { leastBytes: 100 } } } },
    replays: [replay],
  }
}

function numbersOf(trial: Trial): Record<string, unknown> {
  const [table] = analyseReplays(resultFixture([trial], []))
  return Object.fromEntries((table?.rows ?? []).map(([name, value]) => [name as string, value]))
}

describe('the numbers of fbench', () => {
  const random = createRandom({ seed: 'fbench', path: [], repeat: 0, stream: 'main', purpose: 'test' })
  const times = Array.from({ length: 4000 }, () => 2 - 20 * Math.log(1 - random.next()))
  const fbench = new Fbench(times)

  it('are what fbench would compute', () => {
    const numbers = numbersOf(trialOf(times, { cycle: 50 * MS }))
    for (const percentile of [25, 50, 75, 90, 95, 98, 99, 99.5, 99.6, 99.7, 99.8, 99.9]) {
      // Its table has tenths of a millisecond and interpolates; ours is the nearest rank within 0.1 %.
      const ours = numbers[`${percentile} percentile`] as number
      const sorted = times.toSorted((a, b) => a - b)
      const rank = Math.ceil((percentile / 100) * times.length) - 1
      const neighbours = [sorted[rank - 1] as number, sorted[rank + 1] ?? (sorted[rank] as number)]
      const tolerance = 0.06 + 0.001 * ours + (neighbours[1] as number) - (neighbours[0] as number)
      expect(Math.abs(ours - fbench.percentile(percentile))).toBeLessThan(tolerance)
    }
    expect(numbers['average response time']).toBeCloseTo(fbench.average, 2)
    expect(numbers['minimum response time']).toBeCloseTo(Math.min(...times), 2)
    expect(numbers['maximum response time']).toBeCloseTo(Math.max(...times), 2)
    expect(numbers['actual query rate']).toBeCloseTo(fbench.rate(8, 10), 2)
    expect(numbers['utilization']).toBeCloseTo(fbench.utilization(8, 10), 1)
  })

  it('count what came of the requests', () => {
    expect(numbersOf(trialOf(times, { cycle: 50 * MS }))).toMatchObject({
      'connection reuse count': 4996,
      clients: 8,
      'ran for': 10,
      'cycle time': 50,
      'lower response limit': 100,
      'skipped requests': 3,
      'failed requests': 12,
      'successful requests': 4000,
      'cycles not held': 17,
      'zero hit queries': 399,
      'zero hit percentage': 9.975,
      'http status 200': 3990,
      'http status 503': 10,
    })
  })

  it('know clients that pause as long as their requests took, and servers that tell no hits', () => {
    const numbers = numbersOf(
      trialOf(
        times,
        { thinkTime: { kind: 'response' } },
        { ...REPLAY, cyclesNotHeld: null, answers: { ...REPLAY.answers, withHits: 0, zeroHits: 0 } },
      ),
    )
    expect(numbers).toMatchObject({
      'cycle time': -1,
      'cycles not held': null,
      'zero hit queries': null,
      'zero hit percentage': null,
    })
  })

  it('are there for replays only', () => {
    expect(analyseReplays(resultFixture([trialFixture()], []))).toEqual([])
  })
})
