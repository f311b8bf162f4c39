/** `servebench quick`: a number without a file, and the file that gives the same. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createTruthServer, type TruthServer } from '../../src/testing.ts'
import type { TrialPlan } from '../../src/plan/trial-plan.ts'
import type { Trial } from '../../src/report/result.ts'
import { trialSchema } from '../../src/report/schema.ts'
import { flat, servebench } from './support/cli.ts'
import { E2eProject } from './support/project.ts'

let server: TruthServer
let project: E2eProject
beforeAll(async () => {
  server = await createTruthServer({
    program: {
      rules: [
        { when: { path: '/503' }, answer: { status: 503 } },
        { when: { path: '/echo' }, answer: { body: { kind: 'echo' } } },
      ],
    },
  })
})
afterAll(() => server[Symbol.asyncDispose]())
afterEach(() => project[Symbol.dispose]())

const WARMUP = ['--warmup', '100ms']
/** For what is no number of requests; those take the time that they need. */
const SHORT = ['--duration', '300ms', ...WARMUP]

it('prints a table for people, with progress apart', async () => {
  project = new E2eProject({})
  const run = await servebench(project, ['quick', server.url, '-c', '3', '-n', '60', ...WARMUP])
  expect(run.code, run.output).toBe(0)
  expect(run.stdout).toContain(`quick ${server.url}`)
  expect(flat(run.stdout)).toContain('closed loop, 3 users, 60 requests http1-raw 1 worker 3 connections')
  expect(run.stderr).toContain('1/1 quick')
  expect(run.stdout).not.toContain('1/1')
  expect(project.result().trials).toHaveLength(1)
})

it('takes an address without a scheme for HTTP, and tells one that is none', async () => {
  project = new E2eProject({})
  const run = await servebench(project, ['quick', server.authority, '-n', '20', ...WARMUP, '--json'])
  expect(run.code, run.output).toBe(0)
  expect((JSON.parse(run.stdout) as Trial).counts.completed).toBe(20)
  const wrong = await servebench(project, ['quick', 'ftp://127.0.0.1/', ...SHORT])
  expect(wrong.code).toBe(2)
  expect(flat(wrong.stdout)).toContain(
    "The http target has a problem: http.url: 'ftp://127.0.0.1/' is not an HTTP URL.",
  )
})

it('takes an address without a scheme for gRPC', async () => {
  project = new E2eProject({})
  const command = ['quick', '127.0.0.1:9', '-p', 'oip-grpc', '-m', 'resnet', ...SHORT]
  const printed = await servebench(project, [...command, '--print-bench'])
  expect(printed.stdout).toContain("url: 'http://127.0.0.1:9'")
  const run = await servebench(project, command)
  expect(run.code, run.output).toBe(4)
  expect(flat(run.output)).toContain('Nothing listens on 127.0.0.1:9.')
})

describe('--json', () => {
  it('prints one object with the fields of a trial, and nothing else', async () => {
    project = new E2eProject({})
    const run = await servebench(project, [
      'quick',
      server.url,
      '--rate',
      '200',
      '--arrivals',
      'poisson',
      '--seed',
      '7',
      ...SHORT,
      '--json',
    ])
    expect(run.code, run.output).toBe(0)
    expect(run.stdout.trim().split('\n')).toHaveLength(1)
    const trial = JSON.parse(run.stdout) as Trial
    expect(trialSchema.safeParse(trial).error?.issues).toBeUndefined()
    expect(trial).toMatchObject({
      state: 'completed',
      seed: '7',
      plan: { streams: { main: { load: { loop: 'open', process: { kind: 'poisson' } } } } },
    })
    expect(trial.counts.due).toBe(trial.counts.completed)
    expect(trial).toEqual(project.result().trials[0])
  })

  it('also when the target cannot be reached, or fails', async () => {
    project = new E2eProject({})
    const refused = await servebench(project, ['quick', 'http://127.0.0.1:9/', '--json', ...SHORT])
    expect(refused.code).toBe(4)
    expect(JSON.parse(refused.stdout)).toMatchObject({
      state: 'failed',
      error: { message: 'Nothing listens on 127.0.0.1:9.' },
    })
    const failing = await servebench(project, ['quick', `${server.url}/503`, '--json', '-n', '20', ...WARMUP])
    expect(failing.code).toBe(4)
    expect(JSON.parse(failing.stdout)).toMatchObject({
      counts: { due: 20, completed: 0, failed: 20 },
      failures: { 'http-503': 20 },
      throughput: 0,
    })
  })
})

it('sends what it is told to', async () => {
  const seen: { method: string | undefined; header: unknown; type: unknown; body: string }[] = []
  const target = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk))
    request.on('end', () => {
      seen.push({
        method: request.method,
        header: request.headers['x-test'],
        type: request.headers['content-type'],
        body,
      })
      response.end('{}')
    })
  }).listen(0, '127.0.0.1')
  await once(target, 'listening')
  const url = `http://127.0.0.1:${(target.address() as AddressInfo).port}/`
  project = new E2eProject({ 'body.txt': 'from a file', 'input.json': '{"body":{"inputs":[1,2]}}' })
  project.write('large.json', '{"inputs":[9007199254740993,-18446744073709551615],"n":1}')
  const common = ['-c', '1', '-n', '3', '--warmup', '0']
  try {
    expect(
      (await servebench(project, ['quick', url, '-X', 'PUT', '-H', 'X-Test: yes', '-d', 'text', ...common]))
        .code,
    ).toBe(0)
    expect(seen.at(-1)).toMatchObject({ method: 'PUT', header: 'yes', body: 'text' })
    expect((await servebench(project, ['quick', url, '-d', '@body.txt', ...common])).code).toBe(0)
    expect(seen.at(-1)).toMatchObject({ method: 'POST', body: 'from a file' })
    expect((await servebench(project, ['quick', url, '-d', '{"a":1}', ...common])).code).toBe(0)
    expect(seen.at(-1)).toMatchObject({ type: 'application/json', body: '{"a":1}' })
    expect((await servebench(project, ['quick', url, '-i', 'input.json', ...common])).code).toBe(0)
    expect(seen.at(-1)).toMatchObject({ method: 'POST', type: 'application/json', body: '{"inputs":[1,2]}' })
    expect((await servebench(project, ['quick', url, '-i', 'large.json', ...common])).code).toBe(0)
    expect(seen.at(-1)).toMatchObject({
      method: 'POST',
      type: 'application/json',
      body: '{"inputs":[9007199254740993,-18446744073709551615],"n":1}',
    })
    expect((await servebench(project, ['quick', url, ...common])).code).toBe(0)
    expect(seen.at(-1)).toMatchObject({ method: 'GET', body: '' })
  } finally {
    target.close()
    target.closeAllConnections()
  }
})

it('judges an SLO', async () => {
  project = new E2eProject({})
  const kept = await servebench(project, [
    'quick',
    server.url,
    '--rate',
    '200',
    ...SHORT,
    '--slo',
    'errorRate=0',
  ])
  expect(kept.code, kept.output).toBe(0)
  const missed = await servebench(project, [
    'quick',
    `${server.url}/503`,
    '--rate',
    '200',
    ...SHORT,
    '--slo',
    'errorRate=0.01',
  ])
  expect(missed.code).toBe(4)
  expect(flat(missed.stdout)).toContain('SLO errorRate ≤ 1 %: 100 %')
})

it('tells all that is wrong with a command at once', async () => {
  project = new E2eProject({})
  const run = await servebench(project, [
    'quick',
    server.url,
    '-c',
    '0',
    '--rate',
    '-5',
    '--header',
    'nonsense',
    '--shape',
    'x',
    '--slo',
    'p99',
    '-m',
    'resnet',
  ])
  expect(run.code).toBe(2)
  for (const part of [
    '--concurrency',
    "--rate: '-5' is not a rate above 0",
    "--header 'nonsense': expected name:value",
    '--shape',
    "--slo 'p99'",
    '--model: is for the Open Inference Protocol',
  ]) {
    expect(run.stderr).toContain(part)
  }
  const missing = await servebench(project, ['quick', server.url, '-d', '@nowhere.txt'])
  expect(missing.code).toBe(2)
  expect(missing.stderr).toContain("'nowhere.txt' cannot be read.")
  const duration = await servebench(project, ['quick', server.url, '--duration', '5'])
  expect(duration.code).toBe(2)
  expect(duration.stderr).toContain("The command has a problem:\n  duration: '5' is not a duration.")
  const plugin = await servebench(project, ['quick', server.url, '-p', 'oip-http', '-m', 'resnet'], {
    directory: project.temporary,
  })
  expect(plugin.stderr + plugin.stdout).not.toContain('Internal error')
})

describe('--print-bench', () => {
  interface Dry {
    readonly trials: readonly TrialPlan[]
  }
  it.each([
    ['closed', ['-c', '4', '-n', '50']],
    ['open', ['--rate', '120', '--arrivals', 'poisson', '--connections', '8', '--timeout', '2s']],
    [
      'with everything',
      [
        '-X',
        'PUT',
        '-H',
        'x-a: it’s "quoted" \\ here',
        '-d',
        "a\nb \u2028 'c'",
        '--rate',
        '50',
        '--slo',
        'p99=50ms',
        '--slo',
        'errorRate=0.01',
        '--warmup',
        '30',
        '--duration',
        '2s',
        '--workers',
        '2',
        '--insecure',
      ],
    ],
    ['with an input', ['-i', 'input.json', '-c', '2']],
  ])('gives a file that plans the same (%s)', async (_, args) => {
    project = new E2eProject({ 'input.json': '{"body":{"prompt":"hi","n":[1,2,3]}}' })
    const printed = await servebench(project, ['quick', `${server.url}/x`, ...args, '--print-bench'])
    expect(printed.code, printed.output).toBe(0)
    expect(printed.stderr).toBe('')
    project.write('printed.bench.ts', printed.stdout)
    const dry = await servebench(project, ['--dry-run', '--json', '--seed', 's'])
    expect(dry.code, dry.output).toBe(0)
    const [planned] = (JSON.parse(dry.stdout) as Dry).trials
    // What `quick` itself would run: it fails at once, and its plan is in the result all the same.
    const own = await servebench(
      project,
      ['quick', `${server.url}/x`, ...args, '--json', '--seed', 's', '--output', 'own'],
      { timeout: 30_000 },
    )
    const trial = JSON.parse(own.stdout) as Trial
    const plan = (each: TrialPlan | undefined) => ({ streams: each?.streams, settings: each?.settings })
    expect(plan(planned)).toEqual(plan(trial.plan))
  })
})
