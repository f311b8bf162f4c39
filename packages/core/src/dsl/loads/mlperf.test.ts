import { describe, expect, it } from 'vitest'
import { SECOND, MILLISECOND } from '../../units/nanos.ts'
import { Problems } from '../problems.ts'
import { planLoad } from './definitions.ts'
import { multiStream, offline, poissonServer, singleStream } from './mlperf.ts'

function plan(load: unknown) {
  const problems = new Problems()
  const planned = planLoad(load, 'load', problems)
  return { plan: planned?.plan, implies: planned?.implies, errors: problems.errors.map(({ path }) => path) }
}

const user = { loop: 'closed', concurrency: 1, requests: null, thinkTime: { kind: 'none' } }
const rule = {
  rule: 'certified',
  limit: null,
  confidence: 0.99,
  margin: 0.1,
  dependence: 'ignored',
  maximum: 1200 * SECOND,
}

describe('the scenarios of MLPerf', () => {
  it('SingleStream: one query at a time, p90, 600 s and 1024 queries', () => {
    expect(plan(singleStream())).toEqual({
      plan: {
        ...user,
        mlperf: {
          scenario: 'SingleStream',
          percentile: 90,
          limit: null,
          duration: 600 * SECOND,
          queries: 1024,
          samplesPerQuery: 1,
        },
      },
      implies: { duration: 600 * SECOND, until: { ...rule, percentile: 90, requests: 1024 } },
      errors: [],
    })
  })

  it('MultiStream: eight samples in each query, p99', () => {
    expect(plan(multiStream())).toMatchObject({
      plan: { ...user, mlperf: { scenario: 'MultiStream', percentile: 99, samplesPerQuery: 8 } },
      implies: { until: { percentile: 99, requests: 662 } },
    })
    expect(plan(multiStream({ samplesPerQuery: 4 })).plan).toMatchObject({ mlperf: { samplesPerQuery: 4 } })
  })

  it('Server: Poisson arrivals, p99 against a limit; p97 where a benchmark says so', () => {
    expect(plan(poissonServer({ rate: 50, limit: '15ms', percentile: 97 }))).toMatchObject({
      plan: {
        loop: 'open',
        process: { kind: 'poisson' },
        rate: [{ from: 0, until: null, rate: 50, rateEnd: 50 }],
        mlperf: { scenario: 'Server', percentile: 97, limit: 15 * MILLISECOND },
      },
      implies: { duration: 600 * SECOND, until: { percentile: 97, limit: 15 * MILLISECOND } },
    })
  })

  it('Offline: all samples, as requests of a batch each', () => {
    expect(plan(offline())).toMatchObject({
      plan: {
        loop: 'closed',
        concurrency: 16,
        requests: 24_576,
        mlperf: { scenario: 'Offline', percentile: null },
      },
      implies: { duration: null },
    })
    expect(plan(offline({ samples: 1000, batch: 32, concurrency: 4 })).plan).toMatchObject({
      concurrency: 4,
      requests: 32,
      mlperf: { samplesPerQuery: 32 },
    })
  })

  it('takes other limits', () => {
    expect(plan(singleStream({ duration: '5s', queries: 100, percentile: 95 })).implies).toEqual({
      duration: 5 * SECOND,
      until: { ...rule, percentile: 95, requests: 100, maximum: 10 * SECOND },
    })
  })

  it('tells what is wrong', () => {
    expect(plan({ load: 'singleStream', rate: 5, queries: 0 }).errors).toEqual(['load.rate', 'load.queries'])
    expect(plan({ load: 'multiStream', samplesPerQuery: 1.5 }).errors).toEqual(['load.samplesPerQuery'])
    expect(plan({ load: 'poissonServer', limit: 5, percentile: 100 }).errors).toEqual([
      'load.rate',
      'load.limit',
      'load.percentile',
    ])
    expect(plan({ load: 'offline', samples: -1, batch: 0, concurrency: 'x' }).errors.length).toBe(3)
  })
})
