/** A study from the bench file to the reports: on a server that outlives it, and that refuses one of its configurations. */
import { once } from 'node:events'
import { readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { Cli, flat, servebench } from './support/cli.ts'
import { KEPT_SERVER_PLUGIN } from './support/kept-server.ts'
import { E2eProject } from './support/project.ts'

const ORIGINAL = { instances: 1, kept: 'as it was' }
let state: unknown
let states: unknown[]
let requests: number
let server: Server
let url: string
let project: E2eProject

beforeEach(async () => {
  state = ORIGINAL
  states = []
  requests = 0
  server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk))
    request.on('end', () => {
      if (request.url !== '/state') requests += 1
      else if (request.method === 'POST') states.push((state = JSON.parse(body)))
      response.end(request.url === '/state' ? JSON.stringify(state) : '{}')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  project = new E2eProject({
    'kept.bench.ts': `
import { closed, http, scenario, study } from 'servebench'
import { keptServer } from 'kept-server'
const trial = { warmup: '0s', duration: '150ms', drain: '2s', gates: { foreignCpu: { invalid: null }, dispatchLag: { invalid: null }, accounting: { invalid: null } } }
scenario('plain', { ...trial, server: keptServer({ url: '${url}' }, { instances: 1 }), target: http(), load: closed({ concurrency: 1 }) })
study('tuned', {
  ...trial,
  space: { instances: [1, 2, 3] },
  server: ({ instances }) => keptServer({ url: '${url}' }, { instances, broken: instances === 3 }),
  target: http(),
  loads: { concurrency: [1, 2] },
  check: (response) => response.status === 200,
  confirm: { rounds: 2 },
})`,
  })
  project.install('kept-server', KEPT_SERVER_PLUGIN)
})
afterEach(async () => {
  project[Symbol.dispose]()
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
})

it('tunes, records what fails, puts everything back, reports, and takes over what is known', async () => {
  const reporters = ['console', 'markdown', 'csv'].flatMap((name) => ['--reporter', name])
  const first = await servebench(project, ['tune', ...reporters])
  const result = project.result()
  const [study] = result.studies ?? []
  expect(study?.state, first.output).toBe('ended')
  expect(['winner', 'tie'], first.output).toContain(study?.outcome)
  expect(study?.points.map(({ name }) => name)).toEqual(['instances=1', 'instances=2', 'instances=3'])
  expect(study?.points[2]?.error?.message).toContain('does not fit into memory')
  expect(study?.measurements.filter(({ state: one }) => one === 'failed').length).toBeGreaterThan(0)
  expect(result.trials.every(({ role }) => role === 'study')).toBe(true)
  expect(state).toEqual(ORIGINAL)
  expect(states).toContainEqual({ instances: 2, broken: false })
  const text = flat(first.stdout)
  expect(text).toContain('Study: tuned')
  expect(text).toContain('does not fit into memory')
  const folder = project.runs()[0] as string
  expect(readFileSync(join(folder, 'report.md'), 'utf8')).toContain('Study: tuned')
  expect(readFileSync(join(folder, 'metrics-model-inference.csv'), 'utf8')).toMatch(
    /^Model,Batch,Concurrency,/,
  )
  const [present] = study?.configurations ?? []
  expect(present, first.output).toMatchObject({ role: 'baseline', files: ['kept.conf'] })
  expect(readFileSync(join(folder, present?.directory ?? '', 'kept.conf'), 'utf8')).toBe('instances = 1\n')
  const detail = await servebench(project, ['report', folder, '--configs', 'instances=2,instances=3'])
  expect(flat(detail.stdout), detail.output).toContain('By load: instances=2')
  expect(flat(detail.stdout)).toContain('Could not be measured: instances=3')
  expect(flat(detail.stdout)).toContain('-instances = 1 +instances = 2')

  const known = states.length
  const again = await servebench(project, ['tune'])
  const trials = project.result().trials.length
  // What failed is known as well: only rounds whose measurement was not usable are made again.
  expect(trials, again.output).toBeLessThan(result.trials.length)
  expect(flat(again.stdout)).toContain('of earlier runs were taken over')
  if (trials === 0) expect(states).toHaveLength(known)

  const run = await servebench(project, ['run'])
  expect(run.code, run.output).toBe(0)
  expect(flat(run.stderr)).toContain(
    "A study is left out ('tuned'): `servebench tune kept.bench.ts` runs it.",
  )
  expect(project.result().trials.map(({ path }) => path)).toEqual([['plain']])
}, 60_000)

it('watches: a change during a study stops it, and only what changes concern is measured', async () => {
  const bench = (instances: string, more = ''): string => `
import { closed, http, study } from 'servebench'
import { keptServer } from 'kept-server'
study('watched', {
  space: { instances: ${instances} },
  server: ({ instances }) => keptServer({ url: '${url}' }, { instances }),
  target: http(),
  load: closed({ concurrency: 1 }),
  confirm: { rounds: 0 }, ablation: false,
  warmup: '0s', duration: '100ms', drain: '2s', ${more}
})`
  const configurations = (): readonly (readonly [name: string, isNew: boolean])[] => {
    const { studies, run } = project.result()
    return (studies?.[0]?.measurements ?? []).map((one) => [
      String(one.configuration['instances']),
      one.run === run.id,
    ])
  }
  rmSync(project.path('kept.bench.ts'))
  project.write('watched.bench.ts', bench('[1, 2]'))
  await using cli = new Cli(project, ['tune', '--watch'])
  const rests = (times: number): Promise<void> =>
    cli.said(new RegExp(`(?:Waiting for changes[^]*){${times}}`))
  await rests(1)
  expect(configurations()).toEqual([
    ['1', true],
    ['2', true],
  ])
  // The session goes on, the server is as it was.
  expect(state).toEqual(ORIGINAL)

  states.length = 0
  requests = 0
  project.write('watched.bench.ts', bench('[1, 2]', `timeout: '9s', duration: '60s'`))
  await expect.poll(() => states.length > 0 && requests > 0, { timeout: 30_000, interval: 20 }).toBe(true)
  project.write('watched.bench.ts', bench('[1, 2, 4]'))
  await rests(2)
  await cli.said(/watched\.bench\.ts changed: the run is stopped/)
  const after = configurations()
  expect(after.map(([name]) => name)).toEqual(['1', '2', '4'])
  // What a busy machine had disturbed may be measured again.
  expect(after).toContainEqual(['4', true])
  await cli.said(/Change against the previous run[^]*watched/)
  expect(state).toEqual(ORIGINAL)
  cli.signal('SIGINT')
  expect((await cli.done).code).toBe(130)
}, 60_000)

it('what a killed tune has changed is taken back by `doctor --restore`, and what it measured is kept', async () => {
  await using cli = new Cli(project, ['tune', '--fresh', '--budget', '2'])
  await expect.poll(() => states.length, { timeout: 30_000, interval: 20 }).toBeGreaterThan(1)
  await expect.poll(() => requests, { timeout: 30_000, interval: 20 }).toBeGreaterThan(0)
  cli.signal('SIGKILL')
  await cli.done
  expect(state).not.toEqual(ORIGINAL)
  const doctor = await servebench(project, ['doctor', '--restore'])
  expect(state, doctor.output).toEqual(ORIGINAL)
  const report = await servebench(project, ['report'])
  expect(flat(report.stdout), report.output).toContain('Study: tuned')
  const [study] = project.result().studies ?? []
  expect(study?.outcome).toBe('interrupted')
  expect(study?.configurations?.[0], report.output).toMatchObject({ role: 'baseline', files: ['kept.conf'] })
  expect(study?.measurements.length).toBeGreaterThan(0)
}, 60_000)

it('asks several models at once, and says what each does and misses', async () => {
  const { port } = server.address() as AddressInfo
  using several = new E2eProject({
    'several.bench.ts': `
import { closed, http, stream, study } from 'servebench'
const asks = (path: string) =>
  stream({ target: http({ url: 'http://127.0.0.1:${port}' + path }), load: closed({ concurrency: 1 }) })
study('several', {
  warmup: '0s', duration: '100ms', drain: '2s', gates: { foreignCpu: { invalid: null } },
  models: { first: { space: { path: ['/a', '/b'] }, weight: 2 }, second: { minThroughput: 1e9 } },
  streams: ({ 'first.path': path }) => ({ first: asks(path), second: asks('/c') }),
  confirm: { rounds: 0 },
})`,
  })
  const { output, stdout } = await servebench(several, [
    'tune',
    '--set',
    'first.path=/b',
    '--set',
    'first.path=/a',
  ])
  const [study] = several.result().studies ?? []
  expect(study?.outcome, output).toBe('infeasible')
  expect(study?.message).toContain('second.throughput')
  expect(study?.points.map(({ name }) => name)).toEqual(['first.path=/a', 'first.path=/b'])
  for (const { metrics } of study?.measurements ?? []) {
    const [first, second, all] = ['streams.first.', 'streams.second.', ''].map(
      (of) => metrics[`${of}completed`] ?? 0,
    )
    expect(first).toBeGreaterThan(0)
    expect(second).toBeGreaterThan(0)
    expect(all).toBe((first ?? 0) + (second ?? 0))
  }
  expect(flat(stdout)).toContain('Each model: several')
  expect(flat(stdout)).toContain('misses second')
}, 60_000)
