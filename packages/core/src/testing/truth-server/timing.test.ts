import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createClock } from './clock.ts'
import { PreciseTimer } from './precise-timer.ts'
import { serviceTimes } from './service-time.ts'
import { createTruthServer, type TruthServer } from './truth-server.ts'

/**
 * What a loaded machine may add at best, of many tries. That nothing is early, and what is computed from logged instants,
 * holds exactly on any machine; how late things are is measured by `bench/truth-server`.
 */
const SLACK = 1e6

let server: TruthServer
beforeAll(async () => {
  server = await createTruthServer()
})
afterAll(() => server[Symbol.asyncDispose]())

/** Sends one numbered request after another over one connection; resolves when all are answered. */
async function load(
  count: number,
  options: { readonly pipelined?: boolean; readonly gapMs?: number } = {},
): Promise<number[]> {
  const socket = connect({ port: server.port, host: server.host, noDelay: true })
  await new Promise((resolve) => socket.once('connect', resolve))
  const sent: number[] = []
  const request = () => {
    const text = `GET / HTTP/1.1\r\nHost: x\r\nX-Unit: ${sent.length}\r\n\r\n`
    sent.push(Number(process.hrtime.bigint() - server.origin))
    socket.write(text)
  }
  await new Promise<void>((resolve, reject) => {
    let answers = 0
    socket.on('error', reject)
    socket.on('data', (chunk) => {
      answers += String(chunk).split('HTTP/1.1 200').length - 1
      if (answers === count) resolve()
      else if (!options.pipelined && options.gapMs === undefined) request()
    })
    if (options.gapMs === undefined) {
      for (let index = 0; index < (options.pipelined ? count : 1); index++) request()
    } else {
      const timer = setInterval(() => {
        if (sent.length < count) request()
        else clearInterval(timer)
      }, options.gapMs)
    }
  })
  socket.destroy()
  return sent
}

describe('the truth server’s clock', () => {
  it('shows arrivals after they were sent, and soon', async () => {
    await server.program({ unit: { header: 'x-unit' }, answer: { body: 'ok' } })
    const sent = await load(100)
    const { arrival, unit } = server.log()
    expect([...unit]).toEqual(sent.map((_, index) => index))
    const delays = sent.map((at, index) => (arrival[index] as number) - at)
    expect(Math.min(...delays)).toBeGreaterThan(0)
    expect(Math.min(...delays)).toBeLessThan(SLACK)
  })

  it('never answers early, and little late', async () => {
    await server.program({
      service: { kind: 'list', times: ['500us', '2ms', '5ms'] },
      answer: { body: 'ok' },
    })
    await load(60)
    const { complete, answered } = server.log()
    const late = Array.from(
      answered,
      (at, index) => at - (complete[index] as number) - [5e5, 2e6, 5e6][index % 3]!,
    )
    expect(Math.min(...late)).toBeGreaterThanOrEqual(0)
    expect(Math.min(...late)).toBeLessThan(SLACK)
  })

  it('is a single first-come-first-served server in real time, by Lindley’s recursion', async () => {
    const service = { kind: 'exponential', mean: '1ms' } as const
    await server.program({ service, servers: 1, seed: 5, answer: { body: 'ok' } })
    await load(200, { pipelined: true })
    const { complete, begin, answered } = server.log()
    const time = serviceTimes(service, 5)
    let free = 0
    const late: number[] = []
    for (const [index, arrival] of complete.entries()) {
      const start = Math.max(arrival, free)
      expect(begin[index]).toBeCloseTo(start, 0)
      free = start + time(index)
      late.push((answered[index] as number) - free)
    }
    expect(Math.min(...late)).toBeGreaterThan(-1)
    expect(Math.min(...late)).toBeLessThan(SLACK)
  })

  it('keeps true arrival instants through a stall of the service', async () => {
    await server.program({
      unit: { header: 'x-unit' },
      service: '1ms',
      stalls: [{ from: '50ms', until: '250ms' }],
      answer: { body: 'ok' },
    })
    const sent = await load(60, { gapMs: 5 })
    const { arrival, complete, begin, answered, count } = server.log()
    expect(count).toBe(60)
    const zero = arrival[0] as number
    let stalled = 0
    for (let index = 0; index < count; index++) {
      const at = (complete[index] as number) - zero
      const inside = at >= 50e6 && at < 250e6
      stalled += Number(inside)
      expect((begin[index] as number) - zero).toBe(inside ? 250e6 : at)
      const leaves = (answered[index] as number) - zero
      expect(leaves < 50e6 || leaves >= 250e6).toBe(true)
    }
    expect(stalled).toBeGreaterThan(0)
    expect(Math.min(...sent.map((instant, index) => (arrival[index] as number) - instant))).toBeLessThan(
      SLACK,
    )
  })

  it('sleeps through a stall of the thread, reading included', async () => {
    await server.program({
      stalls: [{ from: '30ms', until: '90ms', what: 'thread' }],
      answer: { body: 'ok' },
    })
    await load(40, { gapMs: 4 })
    const { arrival } = server.log()
    const zero = arrival[0] as number
    // The timer may reach the stall late, but then it sleeps until its end.
    const inside = arrival.filter((at) => at - zero >= 60e6 && at - zero < 90e6)
    expect([...inside]).toEqual([])
  })

  it('freezes on command', async () => {
    await server.program({ answer: { body: 'ok' } })
    const begin = performance.now()
    await server.stall('100ms')
    await load(1)
    const middle = performance.now()
    expect(middle - begin).toBeGreaterThan(100)
    await server.stall('50ms', 'thread')
    expect(performance.now() - middle).toBeGreaterThan(50)
  })

  it('spaces the messages of a stream by their gap, without drift', async () => {
    await server.program({ answer: { stream: { kind: 'messages', count: 11, first: '5ms', gap: '3ms' } } })
    const response = await fetch(server.url)
    await response.text()
    const { complete, answered } = server.log()
    const took = (answered[0] as number) - (complete[0] as number)
    expect(took).toBeGreaterThanOrEqual(35e6)
  })

  it('changes its mind about stalls and rules by its clock', async () => {
    await server.program({
      answer: { body: 'ok' },
      rules: [{ when: { during: { from: '20ms', until: '10s' } }, answer: { status: 503 } }],
    })
    expect((await fetch(server.url)).status).toBe(200)
    await server.until(
      () => Number(process.hrtime.bigint() - server.origin) - (server.log().arrival[0] as number) > 21e6,
    )
    expect((await fetch(server.url)).status).toBe(503)
  })
})

describe('PreciseTimer', () => {
  const now = createClock(process.hrtime.bigint())

  function run(dues: readonly number[], spin = false): Promise<{ order: number[]; late: number[] }> {
    const timer = new PreciseTimer(now, spin)
    const base = now()
    const order: number[] = []
    const late: number[] = []
    return new Promise((resolve) => {
      for (const [index, due] of dues.entries()) {
        timer.add(base + due, {
          run: (instant) => {
            order.push(index)
            late.push(now() - instant)
            if (order.length < dues.length) return
            timer.close()
            resolve({ order, late })
          },
        })
      }
    })
  }

  it('runs tasks in the order of their instants, ties in the order of adding, never early', async () => {
    const { order, late } = await run([9e6, 1e6, 4e6, 4e6, 0, 12e6, 4e6])
    expect(order).toEqual([4, 1, 2, 3, 6, 0, 5])
    expect(Math.min(...late)).toBeGreaterThanOrEqual(0)
  })

  it('is exact to a fraction of the event loop’s own timers', async () => {
    const { late } = await run(Array.from({ length: 100 }, (_, index) => index * 700_000))
    expect(Math.min(...late)).toBeLessThan(SLACK / 2)
    const spinning = await run(
      Array.from({ length: 50 }, (_, index) => index * 700_000),
      true,
    )
    expect(Math.min(...spinning.late)).toBeLessThan(SLACK / 2)
  })

  it('keeps thousands of instants in order', async () => {
    const dues = Array.from({ length: 5000 }, (_, index) => ((index * 7919) % 5000) * 1000)
    const { order } = await run(dues)
    expect(order.map((index) => dues[index])).toEqual(dues.toSorted((a, b) => a - b))
  })
})
