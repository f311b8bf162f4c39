import { describe, expect, it } from 'vitest'
import type { LoadPlan } from '../arrival/load-plan.ts'
import { planFixture, mainStream } from '../../test/result-fixture.ts'
import { describeLoad, describeLoads } from './describe-load.ts'

const none = { kind: 'none' } as const

describe('describeLoad', () => {
  it.each([
    [
      {
        loop: 'open',
        process: { kind: 'poisson' },
        rate: [{ from: 0, until: null, rate: 400, rateEnd: 400 }],
      },
      'poisson 400/s',
    ],
    [
      {
        loop: 'open',
        process: { kind: 'constant' },
        rate: [
          { from: 0, until: 10e9, rate: 10, rateEnd: 200 },
          { from: 10e9, until: null, rate: 200, rateEnd: 200 },
        ],
      },
      'constant 10.0/s to 200/s',
    ],
    [
      { loop: 'open', process: { kind: 'burst', count: 100, within: 0, every: null }, rate: [] },
      'burst of 100',
    ],
    [
      { loop: 'open', process: { kind: 'burst', count: 100, within: 5e6, every: 1e9 }, rate: [] },
      'burst of 100 within 5.00 ms every 1.00 s',
    ],
    [{ loop: 'closed', concurrency: 1, requests: null, thinkTime: none }, 'closed loop, 1 user'],
    [
      { loop: 'closed', concurrency: 16, requests: 1000, thinkTime: { kind: 'exponential', mean: 1e7 } },
      'closed loop, 16 users, 1000 requests, exponential think time 10.0 ms',
    ],
    [
      { loop: 'closed', concurrency: 2, requests: null, thinkTime: { kind: 'uniform', low: 1e6, high: 2e6 } },
      'closed loop, 2 users, think time 1.00 ms to 2.00 ms',
    ],
    [
      {
        loop: 'closed',
        concurrency: 150,
        requests: null,
        thinkTime: { kind: 'constant', mean: 1e9 },
        population: [{ from: 0, until: 150e9, users: 1, usersEnd: 150 }],
      },
      'closed loop, 1 to 150 users over 2.50 min, constant think time 1.00 s',
    ],
    [
      {
        loop: 'stages',
        stages: [
          { load: { loop: 'closed', concurrency: 4, requests: null, thinkTime: none }, duration: 30e9 },
          {
            load: {
              loop: 'open',
              process: { kind: 'constant' },
              rate: [{ from: 0, until: null, rate: 5, rateEnd: 5 }],
            },
            duration: 10e9,
          },
        ],
      },
      'closed loop, 4 users for 30.0 s, then constant 5.00/s for 10.0 s',
    ],
  ] as readonly (readonly [LoadPlan, string])[])('%j', (load, text) => {
    expect(describeLoad(load)).toBe(text)
  })

  it('names a process that it does not know', () => {
    const load = { loop: 'open', process: { kind: 'weibull', shape: 2 }, rate: [] } as unknown as LoadPlan
    expect(describeLoad(load)).toBe('weibull')
  })

  it('names the streams when there are several', () => {
    const plan = planFixture()
    const main = mainStream(plan)
    expect(describeLoads({ ...plan, streams: { a: main, b: main } })).toBe(
      'a: poisson 400/s; b: poisson 400/s',
    )
  })
})
