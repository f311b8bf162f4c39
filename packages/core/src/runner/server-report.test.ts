import { describe, expect, it } from 'vitest'
import type { RunningServer, ServerStatistics } from '../hooks/server.ts'
import { reportServer } from './server-report.ts'

const SERVER = { kind: 'x', version: null, startup: {} } as unknown as RunningServer
const statistics = (totals?: Readonly<Record<string, number>>): ServerStatistics => ({
  models: {},
  ...(totals === undefined ? {} : { totals }),
})
const report = (before: ServerStatistics, after: ServerStatistics) =>
  reportServer(SERVER, null, null, before, after)

describe('totals of a server', () => {
  it('are reported by what they have grown', () => {
    const { report: found, notes } = report(
      statistics({ 'answers.2xx': 5 }),
      statistics({ 'answers.2xx': 12, 'answers.5xx': 1 }),
    )
    expect(found.totals).toEqual({ 'answers.2xx': 7, 'answers.5xx': 1 })
    expect(notes).toEqual([])
  })

  it('are left out when the server was started anew', () => {
    const { report: found, notes } = report(statistics({ a: 5 }), statistics({ a: 1 }))
    expect(found).not.toHaveProperty('totals')
    expect(notes).toEqual([expect.objectContaining({ code: 'server-counters-reset' })])
  })

  it('are absent where a server has none', () => {
    expect(report(statistics(), statistics()).report).not.toHaveProperty('totals')
  })
})

describe('how models wait for batches', () => {
  it('is reported by stream, and absent where none waits', () => {
    const batching = { model: 'm', size: 8, instances: 1, delay: 500_000 }
    const found = reportServer(SERVER, null, null, null, null, new Map([['main', batching]])).report
    expect(found.batching).toEqual({ main: batching })
    expect(reportServer(SERVER, null, null, null, null).report).not.toHaveProperty('batching')
  })
})
