/** Query files, from the bench file to the numbers: what the server saw, what the result says, what bad files lead to. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AnalysisTable, RunResult, Trial } from '../../src/report/result.ts'
import { servebench, type CliResult } from './support/cli.ts'
import { E2eProject, trialOf } from './support/project.ts'

const BENCH = `
import { closed, constantRate, describe, http, matching, scenario } from 'servebench'
import { queries } from 'servebench/inputs'

describe('queries', { warmup: '0s', slo: { errorRate: 1 } }, () => {
  const target = (name) => http({ url: process.env.TARGET_URL, headers: { 'x-scenario': name } })
  const duration = '20s'
  scenario('split', { target: target('split'), input: queries('all.txt', { deal: 'split', times: 3 }), load: closed({ concurrency: 4 }), duration })
  scenario('own', { target: target('own'), input: queries('own%02d.txt', { times: 2, append: '&hits=3' }), load: closed({ concurrency: 3, cycle: '2ms' }), duration,
    expect: { bytes: { min: 3 } }, connections: { reuse: 'per-request' } })
  scenario('post', { target: target('post'), input: queries('post.txt', { lines: 'url-and-body', times: 1, badLines: 'skip' }), load: closed({ concurrency: 2 }), duration, workers: 2,
    check: matching({ headers: { 'x-yahoo-vespa-totalhitcount': { min: 1 } }, text: /^ok/ }) })
  scenario('open', { target: target('open'), input: queries('all.txt'), load: constantRate({ rate: 200 }), duration: '500ms' })
})
`
const BAD = `
import { closed, http, scenario } from 'servebench'
import { queries } from 'servebench/inputs'

scenario('ended', { target: http({ url: process.env.TARGET_URL }), input: queries('own00.txt', { times: 1 }), load: closed({ concurrency: 2 }), warmup: '300ms' })
scenario('bad lines', { target: http({ url: process.env.TARGET_URL }), input: queries('bad.txt'), load: closed({ concurrency: 2 }) })
`

const ALL = Array.from({ length: 90 }, (_, index) => `/search?q=${index}`)
/** Answers are one byte for every seventh query, and say that there is no hit for every fifth. */
const FILES = {
  'queries.bench.ts': BENCH,
  'all.txt': ALL.join('\r\n'),
  'own00.txt': '/own?q=0\n/own?q=1\n/own?q=2\n',
  'own01.txt': '/own?q=5\n',
  'own02.txt': '/own?q=7\n/own?q=14\n',
  'post.txt': '/p?q=1\n{"a":\n1}\nno path\n/p?q=5\n{}\n/p q\n{}\n/p?q=6\n[1,2]\n',
  'bad/bad.bench.ts': BAD,
  'bad.txt': '/fine\nq=5\n/also fine\n',
}

interface Seen {
  readonly scenario: string
  readonly request: string
  readonly body: string
  readonly connection: string
}

const seen: Seen[] = []
let server: Server
let url: string
let project: E2eProject
let run: CliResult
let result: RunResult

beforeAll(async () => {
  server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const scenario = String(request.headers['x-scenario'])
      const connection = String(request.headers.connection)
      const body = Buffer.concat(parts).toString()
      if (request.url !== '/')
        seen.push({ scenario, request: `${request.method} ${request.url}`, body, connection })
      const query = Number(/q=(\d+)/.exec(request.url ?? '')?.[1])
      response.statusCode = query === 6 ? 503 : 200
      response.setHeader('X-Yahoo-Vespa-TotalHitCount', query % 5 === 0 ? '0' : '4')
      response.end(query % 7 === 0 ? 'o' : 'ok, here')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  project = new E2eProject(FILES)
  run = await servebench(project, ['queries.bench.ts'], { env: { TARGET_URL: url } })
  result = project.result()
}, 90_000)

afterAll(async () => {
  project[Symbol.dispose]()
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
})

const of = (name: string): Trial => trialOf(result, name)
const requestsOf = (name: string): string[] =>
  seen.filter((one) => one.scenario === name).map(({ request }) => request)
const times = (requests: readonly string[], count: number): string[] =>
  Array.from({ length: count }, () => requests)
    .flat()
    .toSorted()

function numbersOf(name: string): Record<string, unknown> {
  const index = result.trials.indexOf(of(name))
  const tables = result.analyses.filter((table: AnalysisTable) => table.name === 'fbench')
  return Object.fromEntries((tables[index]?.rows ?? []).map(([key, value]) => [key as string, value]))
}

describe('a replay of query files', () => {
  it('sends each query as often as it is asked to', () => {
    expect(run.code).toBe(0)
    expect(requestsOf('split').toSorted()).toEqual(
      times(
        ALL.map((path) => `GET ${path}`),
        3,
      ),
    )
    expect(requestsOf('own').toSorted()).toEqual(
      times(
        [0, 1, 2, 5, 7, 14].map((query) => `GET /own?q=${query}&hits=3`),
        2,
      ),
    )
    expect(
      seen.filter(({ scenario }) => scenario === 'own').every(({ connection }) => connection === 'close'),
    ).toBe(true)
    expect(
      seen
        .filter(({ scenario }) => scenario === 'post')
        .map(({ request, body }) => `${request} ${body}`)
        .toSorted(),
    ).toEqual(['POST /p?q=1 {"a":\n1}\nno path', 'POST /p?q=5 {}', 'POST /p?q=6 [1,2]'])
  })

  it('goes through the file in order, and begins anew, in an open loop', () => {
    const requests = requestsOf('open')
    expect(requests.length).toBeGreaterThan(90)
    // Requests that overtake each other on different connections are still those of the file.
    const counts = ALL.map((path) => requests.filter((one) => one === `GET ${path}`).length)
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1)
  })

  it('ends with the last query, and has every number of fbench', () => {
    const split = numbersOf('split')
    const failed = 3 * ALL.filter((_, index) => index === 6).length
    expect(of('split').counts).toMatchObject({ due: 270, completed: 270 - failed, failed })
    expect(split).toMatchObject({
      clients: 4,
      'cycle time': 0,
      'lower response limit': 0,
      'skipped requests': 0,
      'failed requests': failed,
      'successful requests': 270 - failed,
      'zero hit queries': 3 * 18,
      'http status 200': 270 - failed,
      'http status 503': failed,
    })
    expect(split['connection reuse count']).toBe(266)
    expect(split['ran for']).toBeLessThan(20)
    const { mean } = of('split').responseTime
    // What is printed is rounded to thousandths, of a second as well, which are many of so short a run.
    const [rate, seconds] = [split['actual query rate'] as number, split['ran for'] as number]
    expect(rate).toBeGreaterThan((270 - failed) / (seconds + 0.000_501) - 0.001)
    expect(rate).toBeLessThan((270 - failed) / (seconds - 0.000_501) + 0.001)
    expect(split['average response time']).toBeCloseTo((mean ?? 0) / 1e6, 3)
    expect(numbersOf('own')).toMatchObject({
      'connection reuse count': 0,
      'cycle time': 2,
      'lower response limit': 3,
      'failed requests': 6,
      'successful requests': 6,
      'zero hit queries': 4,
    })
  })

  it('says what was read, and what was left out', () => {
    const [post] = of('post').replays ?? []
    expect(post?.files).toMatchObject([
      { file: 'post.txt', queries: 3, skipped: 1, firstSkipped: { line: 7 } },
    ])
    expect(of('post').verdict.reasons).toContainEqual(expect.objectContaining({ code: 'query-bad-lines' }))
    expect(numbersOf('post')).toMatchObject({ 'skipped requests': 1 })
    expect(of('split').replays?.[0]?.files[0]).toMatchObject({ queries: 90, bytes: FILES['all.txt'].length })
  })

  it('checks answers by header and text', () => {
    expect(of('post').counts).toMatchObject({ completed: 2, failed: 1, checked: 2, incorrect: 1 })
  })

  it('is refused with the numbers of the lines that cannot be sent', async () => {
    const bad = await servebench(project, ['bad/bad.bench.ts'], { env: { TARGET_URL: url } })
    expect(bad.code).toBe(2)
    const output = `${bad.stdout}${bad.stderr}`
    expect(output).toContain("bad.txt: line 2 does not begin with '/'.")
    expect(output).toContain('bad.txt: line 3 has a space in column 6: percent-encode it.')
    expect(trialOf(project.result(), 'ended').error?.message).toBe(
      'The inputs ended inside the warm-up: nothing was measured.',
    )
  })
})
