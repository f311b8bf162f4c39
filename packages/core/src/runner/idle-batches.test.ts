import { describe, expect, it } from 'vitest'
import type { LoadPlan } from '../arrival/load-plan.ts'
import type { ModelBatching, RunningServer } from '../hooks/server.ts'
import type { TargetPlan, TrialPlan } from '../plan/trial-plan.ts'
import { idleBatchNotes, readBatching } from './idle-batches.ts'
import { asOneServer } from './replicated-server.ts'

const BATCHING: ModelBatching = { model: 'm', size: 8, instances: 3, delay: 500_000 }
const OPEN = { loop: 'open' } as LoadPlan
const closed = (concurrency: number) => ({ loop: 'closed', concurrency }) as LoadPlan

function planOf(load: LoadPlan, options: TargetPlan['options'] = {}): TrialPlan {
  return { streams: { main: { target: { kind: 'k', package: 'p', options }, load } } } as unknown as TrialPlan
}

function serverOf(batching: (target: TargetPlan) => Promise<ModelBatching | null>): RunningServer {
  return { process: null, startup: {}, control: { batching } } as unknown as RunningServer
}

describe('batches that a closed loop cannot fill', () => {
  const say = (load: LoadPlan, batching: Partial<ModelBatching> = {}, rows = 1, counted?: object): string[] =>
    idleBatchNotes(
      planOf(load),
      new Map([['main', { ...BATCHING, ...batching }]]),
      { main: { items: { perRequest: rows, throughput: null } } },
      counted === undefined ? null : { counters: { m: counted as never } },
    ).map(({ message }) => message)

  it('are said, with the batch that was measured', () => {
    const counted = { inferences: 10, executions: 4 }
    expect(say(closed(23), {}, 1, counted)).toEqual([
      "23 requests at a time cannot fill batches of 8 in 3 instances of model 'm': batches wait out their delay of 500 µs. The mean batch was 2.5.",
    ])
    expect(say(closed(1), { instances: 1, delay: 2e6 })).toEqual([
      "1 request at a time cannot fill batches of 8 in 1 instance of model 'm': batches wait out their delay of 2.00 ms.",
    ])
    expect(say(closed(5), {}, 4)[0]).toContain('5 requests at a time of 4 rows')
    expect(say(closed(5), {}, 1, { inferences: 0, executions: 0 })[0]).not.toContain('mean')
  })

  it('are none where there are users enough, an open loop, no delay, or batches of one', () => {
    expect(say(closed(24))).toEqual([])
    expect(say(closed(6), {}, 4)).toEqual([])
    expect(say(OPEN)).toEqual([])
    expect(say(closed(1), { delay: 0 })).toEqual([])
    expect(say(closed(1), { size: 1, instances: 4 })).toEqual([])
  })
})

describe('how a server batches', () => {
  it('is asked for closed loops, with their target', async () => {
    const asked: unknown[] = []
    const server = serverOf(async ({ options }) => {
      asked.push(options)
      return BATCHING
    })
    expect([...(await readBatching(planOf(closed(1), { model: 'm' }), server))]).toEqual([['main', BATCHING]])
    expect(await readBatching(planOf(OPEN), server)).toEqual(new Map())
    // That may be another server.
    expect(await readBatching(planOf(closed(1), { url: 'http://elsewhere' }), server)).toEqual(new Map())
    expect(asked).toEqual([{ model: 'm' }])
  })

  it('is nothing for a server that cannot tell', async () => {
    const silent = { control: {} } as unknown as RunningServer
    expect(await readBatching(planOf(closed(1)), silent)).toEqual(new Map())
    expect(await readBatching(planOf(closed(1)), { ...silent, control: null })).toEqual(new Map())
    expect(
      await readBatching(
        planOf(closed(1)),
        serverOf(async () => null),
      ),
    ).toEqual(new Map())
  })

  it('has the instances of all replicas', async () => {
    const server = asOneServer([serverOf(async () => BATCHING), serverOf(async () => BATCHING)])
    expect((await readBatching(planOf(closed(1)), server)).get('main')?.instances).toBe(6)
  })
})
