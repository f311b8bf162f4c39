/** A token that is planted everywhere must be sent to the server and stand in no output. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { servebench, type CliResult } from './support/cli.ts'
import { E2eProject } from './support/project.ts'

const TOKEN = 'PLANTED-TOKEN-6f1c'
const seen: IncomingHttpHeaders[] = []
const urls = new Set<string>()
let server: Server
let url: string
let project: E2eProject

beforeAll(async () => {
  server = createServer((request, response) => {
    seen.push(request.headers)
    urls.add(request.url ?? '')
    request.resume()
    // A server that repeats what it was given, as some error pages do.
    if (request.url?.startsWith('/echo')) response.statusCode = 401
    response.end(JSON.stringify(request.headers))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.close()
  server.closeAllConnections()
})
beforeEach(() => {
  seen.length = 0
  urls.clear()
})
afterEach(() => project[Symbol.dispose]())

/** Every file below a folder that holds the token, in plain or in base64. */
function filesWithToken(folder: string): string[] {
  const needles = [TOKEN, Buffer.from(TOKEN).toString('base64').slice(0, 16)]
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    if (name === 'latest') return []
    if (statSync(path).isDirectory()) return filesWithToken(path)
    const text = readFileSync(path, 'latin1')
    return needles.some((needle) => text.includes(needle)) ? [path] : []
  })
}

function expectNoToken(run: CliResult): void {
  expect(run.output).not.toContain(TOKEN)
  expect(project.runs().length).toBeGreaterThan(0)
  expect(filesWithToken(project.path('servebench-results'))).toEqual([])
}

const REPORTERS = ['console', 'json', 'csv', 'markdown', 'junit', 'github'].flatMap((name) => [
  '--reporter',
  name,
])
const DEBUG = { SERVEBENCH_DEBUG: '1', NODE_DEBUG: '' }

it('by reference: from a variable and from a file', async () => {
  project = new E2eProject({
    'token.txt': `${TOKEN}-file\n`,
    'a.bench.ts': `
import { closed, env, file, http, scenario } from 'servebench'
const load = closed({ concurrency: 2, requests: 20 })
scenario('good', { target: http({ url: '${url}', headers: { authorization: env('TOKEN'), 'x-api-key': file('token.txt') } }), load, check: (response) => response.status === 200 })
scenario('bad', { target: http({ url: '${url}/echo', headers: { authorization: env('TOKEN') } }), load, check: () => { throw new Error('wrong') } })
scenario('missing', { target: http({ url: '${url}', headers: { authorization: env('NOT_SET') } }), load })`,
  })
  const run = await servebench(project, REPORTERS, { env: { TOKEN: `${TOKEN}-env`, ...DEBUG } })
  expect(
    seen.some(
      (headers) => headers.authorization === `${TOKEN}-env` && headers['x-api-key'] === `${TOKEN}-file`,
    ),
  ).toBe(true)
  expectNoToken(run)
  expect(run.stdout).toContain('NOT_SET')
  expect(JSON.stringify(project.result().trials[0]?.plan)).toContain('"secret":"env","name":"TOKEN"')
})

it('in plain text, where it should not have been written', async () => {
  project = new E2eProject({
    'a.bench.ts': `
import { closed, constantRate, generate, http, scenario } from 'servebench'
const load = closed({ concurrency: 2, requests: 20 })
scenario('target', { target: http({ url: '${url}?api_key=${TOKEN}&page=1', headers: { Authorization: 'Bearer ${TOKEN}', Cookie: ['a=${TOKEN}'] }, body: { password: '${TOKEN}' } }), load })
scenario('input', { target: http({ url: '${url}' }), input: { headers: { 'x-auth-token': '${TOKEN}' }, body: { credentials: { secret: '${TOKEN}' } } }, load })
scenario('setup', { setup: () => ({ token: '${TOKEN}' }), target: (_, { token }) => http({ url: '${url}', headers: { authorization: token } }), load, check: (response, at, { token }) => response.json().authorization === token })
scenario('skipped', { skip: 'no', target: http({ url: '${url}', headers: { authorization: '${TOKEN}' } }), load })
scenario('refused', { target: http({ url: 'http://127.0.0.1:9/?token=${TOKEN}', headers: { authorization: '${TOKEN}' } }), load })
scenario('server', { server: { kind: 'plain', package: 'plain-server', launch: { apiKey: '${TOKEN}' }, state: { password: '${TOKEN}' } }, target: http(), load: constantRate({ rate: 50 }) })`,
  })
  const run = await servebench(project, REPORTERS, { env: DEBUG })
  expect(
    seen.some((headers) => headers.authorization === `Bearer ${TOKEN}` && headers.cookie === `a=${TOKEN}`),
  ).toBe(true)
  expect(seen.some((headers) => headers['x-auth-token'] === TOKEN)).toBe(true)
  expect([...urls]).toContain(`/?api_key=${TOKEN}&page=1`)
  expect(project.result().trials.find((trial) => trial.path[0] === 'setup')?.counts).toMatchObject({
    completed: 20,
    incorrect: 0,
  })
  // The test server of the plugin logs the state that it was given: that is its own doing.
  expect(run.output).not.toContain(TOKEN)
  expect(filesWithToken(project.path('servebench-results')).filter((path) => !path.endsWith('.log'))).toEqual(
    [],
  )
  expect(JSON.stringify(project.result())).toContain('[redacted]')

  const dry = await servebench(project, ['--dry-run', '--json'])
  expect(dry.code).toBe(0)
  expect(dry.output).not.toContain(TOKEN)
  const listed = await servebench(project, ['list', '--json'])
  expect(listed.output).not.toContain(TOKEN)
  const report = await servebench(project, ['report', ...REPORTERS])
  expect(report.output).not.toContain(TOKEN)
})

it('on the command line', async () => {
  project = new E2eProject({})
  const args = [
    `${url}/?token=${TOKEN}`,
    '-H',
    `authorization: Bearer ${TOKEN}`,
    '-H',
    `X-Api-Key:${TOKEN}`,
    '-d',
    `{"password":"${TOKEN}"}`,
  ]
  const run = await servebench(
    project,
    ['quick', ...args, '-c', '2', '--duration', '200ms', '--warmup', '0'],
    { env: DEBUG },
  )
  expect(run.code, run.output).toBe(0)
  expect(seen.some((headers) => headers.authorization === `Bearer ${TOKEN}`)).toBe(true)
  expect([...urls]).toContain(`/?token=${TOKEN}`)
  expectNoToken(run)
  const json = await servebench(project, ['quick', ...args, '--json', '--duration', '200ms', '--warmup', '0'])
  expectNoToken(json)
  const printed = await servebench(project, ['quick', ...args, '--print-bench'])
  expect(printed.stdout).toContain("authorization: env('AUTHORIZATION')")
  expect(printed.output).not.toContain(TOKEN)
})

it('in a URL with credentials, which is refused without repeating them', async () => {
  project = new E2eProject({})
  const run = await servebench(project, [
    'quick',
    url.replace('://', `://user:${TOKEN}@`),
    '--duration',
    '200ms',
  ])
  expect(run.code).toBe(2)
  expect(run.output).not.toContain(TOKEN)
  expect(filesWithToken(project.path('servebench-results'))).toEqual([])
})
