import { expect, it } from 'vitest'
import { distribution, metricsFixture, resultFixture, trialFixture } from '../../../test/result-fixture.ts'
import { groupByCase, poolCase } from '../pool.ts'
import type { RunResult, Trial } from '../result.ts'
import { analyseTransmission } from './transmission.ts'

const MS = 1e6

/** 2 ms and 1 ns for each byte on the network, 3 ms on the server. */
function sentTrial(values: Trial['case'], bytes: number, extra = 0): Trial {
  const service = 2 * MS + bytes + extra + 3 * MS
  const metrics = {
    ...metricsFixture({ latencies: [service] }),
    serviceTime: distribution([service]),
    serverCompute: distribution([3 * MS]),
  }
  return {
    ...trialFixture({ path: ['s'], case: values }),
    ...metrics,
    streams: { main: metrics },
    perRequest: { bytesOut: bytes - 500, bytesIn: 500, encodeTime: null, clientCpu: null, serverCpu: null },
  }
}
function resultOf(trials: readonly Trial[]): RunResult {
  return resultFixture(trials, groupByCase(trials).map(poolCase))
}

it('finds latency and bandwidth, whatever one of the sizes met', () => {
  const sizes = [1e3, 1e5, 6e5, 1e6, 4e6]
  const [table] = analyseTransmission(
    resultOf(sizes.map((size, index) => sentTrial({ size }, size, index === 2 ? 9 * MS : 0))),
  )
  expect(table?.notes[0]).toBe(
    'network = 2.00 ms + bytes ÷ 954 MiB/s: the line of Theil and Sen through 5 sizes.',
  )
  expect(table?.rows[4]).toEqual(['size=4000000', 4e6, 6 * MS, 6 * MS])
  expect(table?.notes[1]).toContain('cannot be told')
})

it('does not mix what differs in more than bytes', () => {
  const trials = ['http', 'grpc'].flatMap((protocol) =>
    [1e3, 1e6].map((bytes) => sentTrial({ protocol, bytes }, protocol === 'http' ? 3 * bytes : bytes)),
  )
  const tables = analyseTransmission(resultOf(trials))
  expect(tables.map(({ title }) => title)).toEqual([
    's > protocol=http: time on the network against bytes',
    's > protocol=grpc: time on the network against bytes',
  ])
  expect(tables[0]?.notes[0]).toBe('A line takes 3 sizes; there are 2.')
})

it('tells of no bandwidth where more bytes took no longer', () => {
  const trials = [1e3, 2e3, 3e3].map((size) => sentTrial({ size }, size, -2 * size))
  expect(analyseTransmission(resultOf(trials))[0]?.notes[0]).toContain('no bandwidth can be told')
})

it('is nothing without the server’s own account, without bytes, and for one size', () => {
  const [trial] = [sentTrial({ size: 1 }, 1e3)]
  expect(analyseTransmission(resultOf([trial]))).toEqual([])
  const silent = [1, 2].map((size) => ({
    ...trialFixture({ case: { size } }),
    perRequest: trial.perRequest as NonNullable<Trial['perRequest']>,
  }))
  expect(analyseTransmission(resultOf(silent))).toEqual([])
  const { perRequest: _, ...unknown } = trial
  expect(analyseTransmission(resultOf([unknown, sentTrial({ size: 2 }, 5e3)]))).toEqual([])
})
