import { expect, it } from 'vitest'
import type { ModelStatistics, RunResult, Trial } from 'servebench/plugin'
import { analyse } from '../src/analyses/analyse.ts'
import { RequestTimes } from '../src/metrics/request-times.ts'

const counter = (count: number, ns: number) => ({ count, ns })
const COUNTED = {
  success: counter(10, 300e6),
  fail: counter(2, 0),
  queue: counter(10, 100e6),
  computeInput: counter(0, 0),
  computeInfer: counter(10, 200e6),
  computeOutput: counter(0, 0),
  inferences: 10,
  executions: 0,
  batches: [],
} satisfies ModelStatistics

function trial(totals: Record<string, number>, more: object = {}): Trial {
  return {
    id: 't1',
    caseId: 'c1',
    role: 'measurement',
    plan: {
      streams: {
        main: {
          target: { kind: 'torchserve', options: { model: 'slow' } },
          load: { loop: 'closed', concurrency: 4 },
        },
      },
    },
    streams: {
      main: {
        counts: { completed: 10 },
        failures: { 'http-503': 2, 'http-404': 1, reset: 5 },
        serviceTime: { mean: 35e6, count: 10 },
      },
    },
    inFlight: { max: 1 },
    server: { kind: 'torchserve', counters: { slow: COUNTED }, totals },
    ...more,
  } as unknown as Trial
}

const tables = (measured: Trial, times = new Map<string, ReadonlyMap<string, RequestTimes>>()) =>
  analyse(
    { cases: [{ id: 'c1', path: ['a', 'b'], case: { x: 1 } }], trials: [measured] } as unknown as RunResult,
    times,
  )

it('splits the time of requests into parts that add up', () => {
  const [latency] = tables(trial({}))
  expect(latency?.rows).toEqual([['a > b > x=1', 'slow', 35e6, 5e6, 10e6, 20e6]])
})

it('puts the answers of both sides beside each other', () => {
  const agreed = tables(trial({ 'answers.2xx': 11, 'answers.4xx': 1, 'answers.5xx': 2 })).at(-1)
  expect(agreed).toMatchObject({
    name: 'torchserve-answers',
    rows: [['a > b > x=1', 11, 10, 1, 1, 2, 2, 2]],
    notes: [],
  })
  const other = tables(trial({ 'answers.2xx': 50, 'answers.4xx': 1, 'answers.5xx': 2 })).at(-1)
  expect(other?.notes).toEqual([
    expect.stringContaining('the server counts 50 answers with 2xx, the client 10'),
  ])
  const sampled = trial(
    { 'answers.2xx': 50, 'answers.4xx': 1, 'answers.5xx': 2 },
    { samplers: [{ kind: 'torchserve', reads: 20 }] },
  )
  expect(tables(sampled).at(-1)?.notes).toEqual([])
})

it('puts them there also where no request succeeded', () => {
  const failed = trial(
    { 'answers.2xx': 0, 'answers.4xx': 1, 'answers.5xx': 2 },
    {
      counts: { completed: 0 },
      streams: {
        main: {
          counts: { completed: 0 },
          failures: { 'http-503': 2, 'http-404': 1 },
          serviceTime: { mean: null, count: 0 },
        },
      },
    },
  )
  expect(tables(failed)).toMatchObject([
    { name: 'torchserve-answers', rows: [['a > b > x=1', 0, 0, 1, 1, 2, 2, 2]], notes: [] },
  ])
})

it('lists the times that the server has logged', () => {
  const times = new RequestTimes()
  times.add('prediction', 2e6, 3)
  const table = tables(trial({}), new Map([['t1', new Map([['slow', times]])]])).find(
    ({ name }) => name === 'torchserve-times',
  )
  expect(table?.rows).toEqual([['a > b > x=1', 'prediction', 3, 2e6, 2e6, 2e6, 2e6]])
})
