import { describe, expect, it } from 'vitest'
import type { ModelStatistics, RunningServer, ServerControl, ServerProcess } from '../hooks/server.ts'
import { asOneServer } from './replicated-server.ts'
import { reportServer } from './server-report.ts'

/** A process that ends when the test says so. */
function processOf(pid: number): { readonly process: ServerProcess; end(code: number): void } {
  let end: (code: number) => void = () => {}
  const exited = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
    end = (code) => resolve({ code, signal: null })
  })
  return {
    process: { pid, logTail: () => `log of ${pid}`, exited, stop: async () => end(0) },
    end: (code) => end(code),
  }
}

const replica = (process: ServerProcess, control: Partial<ServerControl> | null = null): RunningServer => ({
  kind: 'test',
  endpoints: { http: `http://127.0.0.1:${process.pid}` },
  process,
  version: '1',
  local: true,
  control: control as ServerControl | null,
  startup: { ready: process.pid },
  stop: () => process.stop(),
})

const model = (count: number, batch: number): ModelStatistics => {
  const times = { count, ns: count * 10 }
  return {
    success: times,
    fail: { count: 0, ns: 0 },
    queue: times,
    computeInput: times,
    computeInfer: times,
    computeOutput: times,
    inferences: count,
    executions: count / batch,
    batches: [],
  }
}

describe('several processes of a server', () => {
  it('have ended when all of them have', async () => {
    const [a, b] = [processOf(1), processOf(2)]
    const server = asOneServer([replica(a.process), replica(b.process)])
    let ended = false
    const exited = server.process?.exited.then(() => (ended = true))
    a.end(1)
    await a.process.exited
    await Promise.resolve()
    expect(ended).toBe(false)
    await server.stop()
    await exited
    expect(ended).toBe(true)
    expect(server.process?.logTail()).toBe('replica 1:\nlog of 1\nreplica 2:\nlog of 2')
    expect(server.startup['ready']).toBe(2)
  })

  it('are configured and restored alike, and ready when all of them are', async () => {
    const calls: string[] = []
    const control = (name: string, ready: boolean): Partial<ServerControl> => ({
      health: async () => ({ live: true, ready }),
      configure: async (state) => {
        calls.push(`${name} ${JSON.stringify(state)}`)
        return name
      },
      restore: async () => void calls.push(`${name} back`),
    })
    const server = asOneServer([
      replica(processOf(1).process, control('a', true)),
      replica(processOf(2).process, control('b', false)),
    ])
    const options = { artifact: () => Promise.reject(new Error('none')) }
    expect(await server.control?.configure?.({ x: 1 }, options)).toBe('a')
    await server.control?.restore?.()
    expect(calls).toEqual(['a {"x":1}', 'b {"x":1}', 'a back', 'b back'])
    expect(await server.control?.health()).toEqual({ live: true, ready: false })
    expect(server.control?.statistics).toBeUndefined()
  })

  it('are counted together', async () => {
    const control = (count: number, batch: number): Partial<ServerControl> => ({
      statistics: async () => ({ models: { m: model(count, batch) } }),
    })
    const dead: Partial<ServerControl> = { statistics: () => Promise.reject(new Error('gone')) }
    const server = asOneServer([
      replica(processOf(1).process, control(30, 1)),
      replica(processOf(2).process, control(60, 4)),
      replica(processOf(3).process, dead),
    ])
    const statistics = (await server.control?.statistics?.()) ?? null
    expect(Object.keys(statistics?.models ?? {})).toEqual(['m', 'm (replica 2)'])
    const { report } = reportServer(server, null, null, { models: {} }, statistics)
    expect(report.stages).toMatchObject({ queue: 10, meanBatch: 90 / 45 })
  })
})
