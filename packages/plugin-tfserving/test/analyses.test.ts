import type { ModelStatistics, RunResult, Trial } from 'servebench/plugin'
import { describe, expect, it } from 'vitest'
import { analyse } from '../src/analyses/analyse.ts'
import { tfservingControl } from '../src/control.ts'
import { tfservingServer } from '../src/index.ts'
import type { PlannedBatching } from '../src/launch/plan-launch.ts'

const MS = 1e6
const counter = (count: number, ns: number): { count: number; ns: number } => ({ count, ns })

function statistics(rest: Partial<ModelStatistics> = {}): ModelStatistics {
  return {
    success: counter(10, 50 * MS),
    fail: counter(0, 0),
    queue: counter(10, 20 * MS),
    computeInput: counter(0, 0),
    computeInfer: counter(10, 25 * MS),
    computeOutput: counter(0, 0),
    inferences: 10,
    executions: 4,
    padding: 2,
    batches: [{ size: 3, computeInfer: counter(4, 0) }],
    ...rest,
  }
}

/** No more of a trial than the analyses look at. */
function trial(counters: object | null, concurrency = 2, server: object | null = null): Trial {
  const load = { loop: 'closed', concurrency }
  return {
    caseId: 'c',
    role: 'measurement',
    counts: { completed: 10 },
    plan: { server, streams: { main: { target: { kind: 'tfserving', options: { model: 'm' } }, load } } },
    streams: { main: { serviceTime: { mean: 8 * MS, count: 10 }, items: { perRequest: 1 } } },
    server: { counters },
  } as unknown as Trial
}
const resultOf = (...trials: Trial[]): RunResult =>
  ({ cases: [{ id: 'c', path: ['a', 'b'], case: { rate: 5 } }], trials }) as unknown as RunResult

describe('tables', () => {
  it('part the time of requests so that the parts are the whole, over all repeats', () => {
    const [latency, batches] = analyse(resultOf(trial({ m: statistics() }), trial({ m: statistics() })))
    expect(latency?.rows).toEqual([['a > b > rate=5', 8 * MS, 3 * MS, 0.5 * MS, 2 * MS, 2.5 * MS]])
    expect(batches?.rows).toEqual([['a > b > rate=5', 8, 2.5, 3, 4 / 24]])
  })

  it('are left out where the server says nothing', () => {
    expect(analyse(resultOf(trial(null)))).toEqual([])
    expect(analyse(resultOf(trial({ other: statistics() })))).toEqual([])
    expect(analyse(resultOf(trial({ m: statistics({ executions: 0, batches: [] }) })))).toHaveLength(1)
    expect(analyse(resultOf())).toEqual([])
  })
})

it('tells how a server batches that was started with batching', async () => {
  const ask = async (batching: PlannedBatching | null) =>
    tfservingControl({ httpUrl: 'http://h', grpcUrl: null, metricsUrl: null, batching }).batching?.({
      kind: 'tfserving',
      package: '',
      options: { model: 'm' },
    })
  const { launch } = tfservingServer({ models: ['m'], batching: { maxBatchSize: 8, timeout: '2ms' } })
  expect(await ask((launch as { batching?: PlannedBatching }).batching ?? null)).toEqual({
    model: 'm',
    size: 8,
    instances: 1,
    delay: 2 * MS,
  })
  expect(await ask({})).toBeNull()
  expect(await ask(null)).toBeUndefined()
})
