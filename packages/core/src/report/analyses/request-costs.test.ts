import { describe, expect, it } from 'vitest'
import { resultFixture, trialFixture } from '../../../test/result-fixture.ts'
import { groupByCase, poolCase } from '../pool.ts'
import type { RequestCosts, RunResult, Trial } from '../result.ts'
import { analyseRequestCosts } from './request-costs.ts'

const COSTS: RequestCosts = {
  bytesOut: 1000,
  bytesIn: 200,
  encodeTime: 5000,
  clientCpu: 20_000,
  serverCpu: 80_000,
}
function trial(protocol: string, costs: Partial<RequestCosts> | null, repeat = 0): Trial {
  const made = trialFixture({ case: { protocol }, repeat, latencies: [1e6, 2e6, 3e6] })
  const { main } = made.plan.streams
  if (main === undefined) throw new Error('The fixture has no stream main.')
  const target = { ...main.target, options: { ...main.target.options, protocol } }
  return {
    ...made,
    plan: { ...made.plan, streams: { main: { ...main, target } } },
    ...(costs === null ? {} : { perRequest: { ...COSTS, ...costs } }),
  }
}
const resultOf = (...trials: Trial[]): RunResult => resultFixture(trials, groupByCase(trials).map(poolCase))

describe('what a request takes', () => {
  it('has the means of the repeats of each case', () => {
    const [table] = analyseRequestCosts(
      resultOf(
        trial('http', {}),
        trial('http', { bytesOut: 1002, clientCpu: 30_000 }, 1),
        trial('grpc', { encodeTime: null }),
      ),
    )
    expect(table?.name).toBe('per-request')
    expect(table?.rows.map((row) => row.slice(0, 6))).toEqual([
      ['protocol=http', 1001, 200, 5000, 25_000, 80_000],
      ['protocol=grpc', 1000, 200, null, 20_000, 80_000],
    ])
    expect(table?.notes).toEqual([])
  })

  it('leaves out what is invalid, and says when no server is seen', () => {
    const broken = {
      ...trial('http', { bytesOut: 1 }, 1),
      verdict: { validity: 'invalid' as const, reasons: [] },
    }
    const [table] = analyseRequestCosts(
      resultOf(trial('http', { serverCpu: null }), broken, trial('grpc', { serverCpu: null })),
    )
    expect(table?.rows.map((row) => row[1])).toEqual([1000, 1000])
    expect(table?.notes[0]).toContain('not on this machine')
  })

  it('has no table for one target, nor for results of earlier versions', () => {
    expect(analyseRequestCosts(resultOf(trial('http', {}), trial('http', {}, 1)))).toEqual([])
    expect(analyseRequestCosts(resultOf(trial('http', null), trial('grpc', null)))).toEqual([])
  })
})
