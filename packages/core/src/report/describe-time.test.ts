import { expect, it } from 'vitest'
import { SECOND } from '../units/nanos.ts'
import { describeAttached } from './describe-attached.ts'
import { describeTime, restOfTime } from './describe-time.ts'
import type { RunResult, RunTime, Trial } from './result.ts'

const NONE: RunTime = {
  total: 0,
  measuring: 0,
  servers: 0,
  planning: 0,
  preparing: 0,
  finishing: 0,
  storing: 0,
}
const runOf = (time?: Partial<RunTime>): Pick<RunResult, 'run'> => ({
  run: (time === undefined ? {} : { time: { ...NONE, ...time } }) as RunResult['run'],
})

it('says where the time of a run went', () => {
  const time = {
    total: 100 * SECOND,
    measuring: 94.1 * SECOND,
    servers: 5.2 * SECOND,
    planning: 0.4 * SECOND,
  }
  expect(describeTime(runOf(time))).toBe('100 s: 94.1 % measuring, 5.2 % servers, 0.7 % rest')
  expect(describeTime(runOf({ total: 2 * SECOND, measuring: 2 * SECOND }))).toBe(
    '2.00 s: 100.0 % measuring, 0.0 % rest',
  )
})

it('names what takes a notable rest, the largest part first', () => {
  const time = {
    total: 10 * SECOND,
    measuring: 8 * SECOND,
    preparing: 0.5 * SECOND,
    finishing: 1.2 * SECOND,
    storing: 0.01 * SECOND,
  }
  expect(describeTime(runOf(time))).toBe(
    '10.0 s: 80.0 % measuring, 20.0 % rest (ending trials 12.0 %, preparing trials 5.0 %)',
  )
})

it('says nothing of results that do not say, and no time is less than none', () => {
  expect(describeTime(runOf())).toBe('')
  expect(describeTime(runOf({}))).toBe('')
  expect(restOfTime({ ...NONE, total: 5, measuring: 6 })).toBe(0)
})

it('names the processes of attached servers once', () => {
  const processes = [1, 2, 3, 4, 5].map((pid) => ({ pid, command: 'worker' }))
  const trial = (attached?: Trial['attached']): Trial => ({ attached }) as Trial
  const triton = { port: 8000, processes: [{ pid: 71, command: 'tritonserver' }], unknown: null }
  expect(
    describeAttached({
      trials: [
        trial([triton]),
        trial(),
        trial([triton, { port: 9000, processes, unknown: null }]),
        trial([{ port: 80, processes: [], unknown: 'it belongs to another user or to a container' }]),
      ],
    }),
  ).toEqual([
    'port 8000: tritonserver (process 71)',
    'port 9000: worker (process 1), worker (process 2), worker (process 3) and 2 more',
    'the process behind port 80 is not known, and CPU of other programs is not judged: it belongs to another user or to a container',
  ])
})
