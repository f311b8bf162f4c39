/** Targets that are absent, wrong or broken: counted right, never in throughput, and the exit code says so. */
import { createServer as createHttpServer } from 'node:http'
import { createServer as createTcpServer } from 'node:net'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import {
  createCertificate,
  createTruthServer,
  type TruthProgram,
  type TruthServer,
} from '../../src/testing.ts'
import { flat, servebench, type CliResult } from './support/cli.ts'
import { E2eProject, trialOf } from './support/project.ts'
import { readRecords } from './support/records.ts'

const HEAD = `
import { closed, constantRate, http, scenario } from 'servebench'
const url = process.env.TARGET_URL
const load = constantRate({ rate: 200 })
`

describe('unreachable targets', () => {
  let project: E2eProject
  afterEach(() => project[Symbol.dispose]())

  async function measure(url: string, options = ''): Promise<CliResult> {
    project = new E2eProject({
      'a.bench.ts': `${HEAD}\nscenario('x', { target: http({ url ${options} }), load })`,
    })
    return await servebench(project, [], { env: { TARGET_URL: url } })
  }
  /** A port that nobody listens on. */
  async function closedPort(): Promise<number> {
    const server = createTcpServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    server.close()
    await once(server, 'close')
    return port
  }

  it('are found out before any load: nobody listens', async () => {
    const port = await closedPort()
    const run = await measure(`http://127.0.0.1:${port}/`)
    expect(run.code).toBe(4)
    expect(trialOf(project.result(), 'x')).toMatchObject({
      state: 'failed',
      error: {
        message: `Nothing listens on 127.0.0.1:${port}.`,
        advice: 'Start the server, or correct the port in the URL.',
      },
    })
    expect(run.stdout).toContain(`Nothing listens on 127.0.0.1:${port}.`)
  })

  it('the host has no address', async () => {
    const run = await measure('http://no-such-host.invalid/')
    expect(run.code).toBe(4)
    expect(run.stdout).toContain("The host name 'no-such-host.invalid' has no address")
  })

  it('https where http is spoken', async () => {
    const server = createHttpServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const run = await measure(`https://127.0.0.1:${port}/`)
    server.close()
    expect(run.code).toBe(4)
    expect(run.stdout).toContain(`127.0.0.1:${port} does not speak TLS.`)
    expect(run.stdout).toContain(`Use http://127.0.0.1:${port}`)
  })

  it('http where https is spoken', async () => {
    const { cert, key } = createCertificate({ name: 'localhost', names: ['127.0.0.1'] })
    await using server = await createTruthServer({ tls: { cert, key } })
    const run = await measure(server.url.replace('https:', 'http:'))
    expect(run.code).toBe(4)
    expect(trialOf(project.result(), 'x').counts).toMatchObject({ due: 60, completed: 0 })
    expect(flat(run.stdout)).toContain('whether it wants TLS (https://)')
  })

  it('a certificate that nobody trusts, unless it is told to', async () => {
    const { cert, key } = createCertificate({ name: 'localhost', names: ['127.0.0.1'] })
    await using server = await createTruthServer({ tls: { cert, key } })
    const refused = await measure(server.url)
    expect(refused.code).toBe(4)
    expect(refused.stdout).toMatch(/certificate/i)
    project[Symbol.dispose]()
    const accepted = await measure(server.url, ', tls: { insecure: true }')
    expect(accepted.code, accepted.output).toBe(0)
    const { counts, connections } = trialOf(project.result(), 'x')
    expect(counts).toMatchObject({ due: 60, completed: 60 })
    expect(connections.handshakeMean).toBeGreaterThan(0)
  })

  it('a URL that is none', async () => {
    const run = await measure('htp:/nonsense')
    expect(run.code).toBe(2)
    expect(run.output).toContain('url')
  })
})

describe('broken answers', () => {
  interface Fault {
    readonly name: string
    readonly program: TruthProgram
    /** Names of failures that may be counted; none: timeouts. */
    readonly failures: readonly string[]
  }
  const FAULTS: readonly Fault[] = [
    { name: 'never answers', program: { fault: { kind: 'hang' } }, failures: [] },
    {
      name: 'accepts and says nothing',
      program: { connections: { accept: { fault: 'hang' } } },
      failures: [],
    },
    { name: 'answers too slowly', program: { service: '2s' }, failures: [] },
    {
      name: 'resets in the middle of the body',
      program: { answer: { body: { kind: 'fill', bytes: 8000 } }, fault: { kind: 'reset', after: 3000 } },
      failures: ['reset', 'closed-early'],
    },
    {
      name: 'resets connections',
      program: { connections: { accept: { fault: 'reset' } } },
      failures: ['reset', 'closed-early'],
    },
    {
      name: 'closes without an answer',
      program: { fault: { kind: 'close' } },
      failures: ['closed-early', 'stale-connection'],
    },
    {
      name: 'sends garbage',
      program: { fault: { kind: 'garbage', ending: 'close' } },
      failures: ['protocol'],
    },
    {
      name: 'promises more than it sends',
      program: { fault: { kind: 'content-length', difference: 100, ending: 'close' } },
      failures: ['closed-early'],
    },
    {
      name: 'sends more than it promises',
      program: { fault: { kind: 'content-length', difference: -7 } },
      failures: ['protocol'],
    },
    { name: 'answers 500', program: { answer: { status: 500 } }, failures: ['http-500'] },
    { name: 'answers 503', program: { answer: { status: 503 } }, failures: ['http-503'] },
    { name: 'answers 404', program: { answer: { status: 404 } }, failures: ['http-404'] },
    {
      name: 'answers far too much',
      program: { answer: { body: { kind: 'fill', bytes: 300_000 } } },
      failures: ['too-large'],
    },
  ]
  let project: E2eProject
  let run: CliResult
  const servers: TruthServer[] = []

  beforeAll(async () => {
    for (const { program } of FAULTS) servers.push(await createTruthServer({ program }))
    const scenarios = FAULTS.map(
      ({ name }, index) =>
        `for (const [loop, load] of [['open', constantRate({ rate: 100 })], ['closed', closed({ concurrency: 2 })]])
           scenario(\`${name} (\${loop})\`, { target: http({ url: '${servers[index]?.url}/' }), load, timeout: '200ms', maxResponseBytes: '100KiB', warmup: 0 })`,
    )
    project = new E2eProject({ 'a.bench.ts': `${HEAD}\n${scenarios.join('\n')}` })
    run = await servebench(project)
  }, 90_000)
  afterAll(async () => {
    project[Symbol.dispose]()
    for (const server of servers) await server[Symbol.asyncDispose]()
  })

  it.each(
    FAULTS.flatMap((fault) => [
      { ...fault, loop: 'open' },
      { ...fault, loop: 'closed' },
    ]),
  )(
    '$name ($loop): nothing is completed, and every due request has its outcome',
    ({ name, failures: expected, loop }) => {
      const trial = trialOf(project.result(), `${name} (${loop})`)
      const { counts, failures, throughput, goodput, responseTime, state } = trial
      expect(counts.completed).toBe(0)
      if (state === 'failed') {
        // Where no connection could be opened ahead, there is no load.
        expect(name).toBe('resets connections')
        expect(trial.error).toMatchObject({ code: 'SERVEBENCH_TARGET_CLOSED', exitCode: 4 })
        return
      }
      expect(state).toBe('completed')
      expect(counts.due).toBeGreaterThan(0)
      expect(counts.due).toBe(counts.failed + counts.timedOut + counts.dropped + counts.censored)
      if (loop === 'open') expect(counts.due).toBe(30)
      expect(throughput).toBe(0)
      expect(goodput).toBe(0)
      expect(responseTime.count).toBe(0)
      expect(responseTime.p50).toBeNull()
      if (expected.length === 0) expect(counts.timedOut).toBe(counts.due)
      else {
        // On a busy machine, some may not even be refused in time.
        expect(counts.failed).toBeGreaterThan(0)
        expect(counts.failed + counts.timedOut).toBe(counts.due)
        expect(expected).toEqual(expect.arrayContaining(Object.keys(failures)))
        expect(Object.values(failures).reduce((sum, count) => sum + count, 0)).toBe(counts.failed)
      }
      expect(trial.engine.accounting ?? 0).toBeLessThan(0.001)
    },
  )

  it('ends with exit code 4 and a sentence for each', () => {
    expect(run.code).toBe(4)
    const { reasons } = project.result().run.exit
    for (const { name } of FAULTS) {
      expect(
        reasons.some((reason) => reason.startsWith(`${name} (open): `)),
        name,
      ).toBe(true)
    }
    expect(run.stdout).toContain('http-503')
  })

  it('says what was wrong with answers that are no HTTP', () => {
    expect(trialOf(project.result(), 'sends garbage (open)').verdict.reasons).toContainEqual(
      expect.objectContaining({ severity: 'note', message: expect.stringContaining('no valid HTTP/1.1') }),
    )
  })
})

describe('answers of which some fail', () => {
  it('fail the run with exit code 1, and stay out of throughput and response times', async () => {
    await using server = await createTruthServer({
      program: { service: '5ms', rules: [{ when: { every: 4 }, service: '0s', answer: { status: 503 } }] },
    })
    using project = new E2eProject({
      'a.bench.ts': `${HEAD}
scenario('unforgiven', { target: http({ url }), load })
scenario('forgiven', { target: http({ url }), load, slo: { errorRate: 0.9 } })`,
    })
    const run = await servebench(project, [], { env: { TARGET_URL: server.url } })
    expect(run.code).toBe(1)
    const result = project.result()
    for (const name of ['unforgiven', 'forgiven']) {
      const trial = trialOf(result, name)
      const { counts, failures, responseTime, throughput, failedResponseTime, responseTimeWithFailures } =
        trial
      expect(counts).toMatchObject({ due: 60, completed: 45, failed: 15 })
      expect(failures).toEqual({ 'http-503': 15 })
      expect(responseTime.count).toBe(45)
      expect(responseTime.min).toBeGreaterThan(4.9e6)
      expect(failedResponseTime.count).toBe(15)
      expect(responseTimeWithFailures.count).toBe(60)
      // A quarter did not complete: the 90th percentile is beyond all that was measured.
      expect(responseTimeWithFailures.why['p90']).toBe('failures')
      // Those that completed in the measurement, also when they were due in the warm-up.
      const { from, until } = trial.phases.measurement
      const within = readRecords(project.runs()[0] as string, trial).filter(
        ({ outcome, completion }) =>
          outcome === 'completed' && completion !== null && completion >= from && completion < until,
      )
      expect(throughput).toBeCloseTo((within.length * 1e9) / (until - from), 6)
    }
    expect(result.run.exit.reasons).toEqual([
      'unforgiven: 15 of 60 requests did not complete correctly, and no errorRate allows that.',
    ])
  })
})

it('a server that freezes is measured as its users see it', async () => {
  await using server = await createTruthServer({ program: { stalls: [{ from: '400ms', until: '700ms' }] } })
  using project = new E2eProject({
    'a.bench.ts': `${HEAD}\nscenario('frozen', { target: http({ url }), load: constantRate({ rate: 500 }), duration: '800ms', warmup: '100ms' })`,
  })
  const run = await servebench(project, [], { env: { TARGET_URL: server.url } })
  expect(run.code, run.output).toBe(0)
  const { counts, responseTime } = trialOf(project.result(), 'frozen')
  expect(counts).toMatchObject({ due: 400, completed: 400 })
  // 150 requests are due while it is frozen; the first of them waits for 300 ms, the others for less and less.
  expect(responseTime.max).toBeGreaterThan(290e6)
  expect(responseTime.p90).toBeGreaterThan(200e6)
})

it('a server that hangs before the measurement is told, though no request becomes due', async () => {
  await using server = await createTruthServer({ program: { fault: { kind: 'hang' } } })
  using project = new E2eProject({
    'a.bench.ts': `${HEAD}\nscenario('hung', { target: http({ url }), load: closed({ concurrency: 2 }) })`,
  })
  const run = await servebench(project, [], { env: { TARGET_URL: server.url } })
  expect(run.code).toBe(4)
  const { counts, verdict } = trialOf(project.result(), 'hung')
  expect(counts.due).toBe(0)
  expect(verdict).toMatchObject({ validity: 'invalid', reasons: [{ code: 'nothing-due' }] })
  expect(run.stdout).toContain('hung: no request became due in the measurement.')
  expect(flat(run.stdout)).toContain('the target may hang')
})

describe.runIf(process.platform === 'linux')('the limit of file descriptors', () => {
  it('is told before the load when connections are opened ahead, and counted when they are not', async () => {
    await using server = await createTruthServer({ program: { service: '400ms' } })
    using project = new E2eProject({
      'a.bench.ts': `${HEAD}
const target = http({ url })
scenario('ahead', { target, load: closed({ concurrency: 300 }) })
scenario('on demand', { target, load: constantRate({ rate: 500 }), timeout: '1s', connections: { open: 'on-demand' } })`,
    })
    const run = await servebench(project, [], { env: { TARGET_URL: server.url }, shell: 'ulimit -n 128' })
    expect(run.code).toBe(2)
    const result = project.result()
    expect(trialOf(result, 'ahead').error).toMatchObject({
      code: 'SERVEBENCH_DESCRIPTORS',
      message: '300 connections are too many for this process, which may have 128 files and sockets open.',
      advice: 'Raise the limit (ulimit -n 65536), or use fewer connections.',
    })
    const { state, counts, failures, verdict } = trialOf(result, 'on demand')
    expect(state).toBe('completed')
    expect(failures['exhausted']).toBeGreaterThan(20)
    expect(counts.completed).toBeGreaterThan(5)
    expect(counts.due).toBe(
      counts.completed + counts.failed + counts.timedOut + counts.dropped + counts.censored,
    )
    expect(verdict.reasons).toContainEqual(
      expect.objectContaining({
        code: 'exhausted',
        message: expect.stringContaining('no file descriptor or local port left'),
      }),
    )
  })
})
