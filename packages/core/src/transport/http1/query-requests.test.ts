import { writeFileSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import { HttpCodec } from '../../builtin/http/codec.ts'
import { readSettings } from '../../builtin/http/settings.ts'
import type { QueryRequest } from '../queries/query-request.ts'
import type { Patch, Prepared } from '../../engine/session.ts'
import { RecordingExchange } from '../../testing/recording-exchange.ts'
import { prepare } from '../../testing/prepare.ts'
import { ask, sessionContext } from '../../testing/session-harness.ts'
import { ScriptServer } from '../../testing/script-server.ts'
import { temporaryProject, type TemporaryProject } from '../../../test/support/project.ts'
import { scanQueries, type QueryScanOptions } from '../queries/scan-queries.ts'
import { createHttpSession } from './create-http-session.ts'
import { QueryRequests, queryTemplateOf, type QueryTemplate } from './query-requests.ts'
import { readWireRequest } from './wire-request.ts'

const projects: TemporaryProject[] = []
const sources: QueryRequests[] = []
afterEach(() => {
  for (const source of sources.splice(0)) source[Symbol.dispose]()
  for (const project of projects.splice(0)) project[Symbol.dispose]()
})

const patch = (unit: number, user = -1, attempt = 0): Patch => ({
  unit,
  saltLow: 0,
  saltHigh: 0,
  sequence: unit + 1,
  start: true,
  end: true,
  user,
  attempt,
})

async function templateOf(
  content: string,
  options: Partial<QueryScanOptions> = {},
  request: Partial<QueryRequest> = {},
): Promise<Prepared> {
  const project = temporaryProject()
  projects.push(project)
  writeFileSync(project.path('queries.txt'), content)
  const { plan } = await scanQueries({
    root: project.root,
    file: 'queries.txt',
    lines: 'url',
    deal: 'shared',
    clients: 2,
    offset: 0,
    maxLine: 4096,
    badLines: 'skip',
    append: '',
    base64: false,
    ...options,
  })
  const settings = readSettings(
    { url: 'http://127.0.0.1:8000/v1/infer?a=b', headers: { 'x-a': 'target', 'x-path': '/not/this' } },
    { server: null, close: false, root: '/' },
  )
  return prepare([new HttpCodec(settings).encode({ queries: plan, ...request })]).at(0) as Prepared
}

function requestsOf(template: Prepared, worker = 0, workers = 1, engine = 'http1-raw'): QueryRequests {
  const source = new QueryRequests(queryTemplateOf(template) as QueryTemplate, { worker, workers }, engine)
  sources.push(source)
  return source
}

const text = (source: QueryRequests, template: Prepared, slot: number, by: Patch): string =>
  source.of(template, slot, by).bytes.toString('latin1')

/** The request read anew, as a server would. */
function parsed(bytes: string): { line: string; headers: Record<string, string>; body: string } {
  const end = bytes.indexOf('\r\n\r\n')
  const head = bytes.slice(0, end)
  const body = bytes.slice(end + 4)
  const [line = '', ...lines] = head.split('\r\n')
  return { line, headers: Object.fromEntries(lines.map((one) => one.split(': '))), body }
}

describe('QueryRequests', () => {
  it('sends lines as GET, begins anew after the last, and keeps the headers', async () => {
    const template = await templateOf('/a?q=1\r\n/b\n', { append: '&hits=5' }, { headers: { 'X-A': 'mine' } })
    const source = requestsOf(template)
    const seen = [0, 1, 2].map((unit) => parsed(text(source, template, 0, patch(unit))))
    expect(seen.map(({ line }) => line)).toEqual([
      'GET /a?q=1&hits=5 HTTP/1.1',
      'GET /b&hits=5 HTTP/1.1',
      'GET /a?q=1&hits=5 HTTP/1.1',
    ])
    expect(seen[1]?.headers).toEqual({ host: '127.0.0.1:8000', 'X-A': 'mine', 'x-path': '/not/this' })
    expect(seen.every(({ body }) => body === '')).toBe(true)
  })

  it('sends bodies with their length', async () => {
    const long = JSON.stringify({ text: 'x'.repeat(12_000) })
    const template = await templateOf(`/a\n{"x":\n1}\n/b\n${long}\n/c\n0\n`, { lines: 'url-and-body' })
    const source = requestsOf(template)
    const bodies = ['{"x":\n1}', long, '0']
    for (const [unit, body] of bodies.entries()) {
      const request = parsed(text(source, template, unit, patch(unit)))
      expect(request.line).toBe(`POST /${'abc'[unit]} HTTP/1.1`)
      expect(request.body).toBe(body)
      expect(request.headers['content-length']).toBe(String(body.length))
      expect(request.headers['content-type']).toBe('application/json')
    }
  })

  it('sends bodies alone to the URL of the target', async () => {
    const template = await templateOf('{"a":1}\n[]\n', { lines: 'body' }, { method: 'PUT' })
    const source = requestsOf(template)
    const seen = [0, 1].map((unit) => parsed(text(source, template, 0, patch(unit))))
    expect(seen.map(({ line, body }) => [line, body])).toEqual([
      ['PUT /v1/infer?a=b HTTP/1.1', '{"a":1}'],
      ['PUT /v1/infer?a=b HTTP/1.1', '[]'],
    ])
  })

  it('decodes base64', async () => {
    for (let length = 0; length < 40; length++) {
      const bytes = Buffer.from(Array.from({ length: length + 1 }, (_, index) => (index * 89 + length) & 255))
      const template = await templateOf(`/a\n${bytes.toString('base64')}\n`, {
        lines: 'url-and-body',
        base64: true,
      })
      const { bytes: sent } = requestsOf(template).of(template, 0, patch(0))
      expect(sent.subarray(sent.indexOf('\r\n\r\n') + 4)).toEqual(bytes)
      expect(parsed(sent.toString('latin1')).headers['content-length']).toBe(String(bytes.length))
    }
  })

  it.each([1, 2, 3])('deals a shared file to %d workers by turns', async (workers) => {
    const count = 17
    const template = await templateOf(Array.from({ length: count }, (_, index) => `/${index}\n`).join(''))
    const all = Array.from({ length: workers }, (_, worker) => requestsOf(template, worker, workers))
    for (let unit = 0; unit < 50; unit++) {
      const source = all[unit % workers] as QueryRequests
      expect(parsed(text(source, template, 0, patch(unit))).line).toBe(`GET /${unit % count} HTTP/1.1`)
    }
  })

  it.each([1, 2])('gives each client its own part, with %d workers', async (workers) => {
    const template = await templateOf('/0\n/1\n/2\n/3\n/4\n/5\n', { deal: 'split', clients: 2 })
    const all = Array.from({ length: workers }, (_, worker) => requestsOf(template, worker, workers))
    const lines = [0, 1, 0, 0, 0, 1, 1, 1].map(
      (user, unit) =>
        parsed(text(all[user % workers] as QueryRequests, template, user, patch(unit, user))).line,
    )
    const paths = lines.map((line) => line.split(' ')[1])
    // The middle of the file is the beginning of a line: fbench goes on to the one after it.
    expect(paths).toEqual(['/0', '/4', '/1', '/2', '/3', '/5', '/4', '/5'])
  })

  it('sends the same once more for another attempt', async () => {
    const template = await templateOf('/a\n/b\n/c\n')
    const source = requestsOf(template)
    const lines = [patch(0), patch(0, -1, 1), patch(0, -1, 2), patch(1)].map(
      (by) => parsed(text(source, template, 3, by)).line,
    )
    expect(lines.map((line) => line.split(' ')[1])).toEqual(['/a', '/a', '/a', '/b'])
  })

  it('leaves bytes alone that somebody still reads', async () => {
    const template = await templateOf('/first\n/second\n/third\n')
    const source = requestsOf(template)
    const { bytes } = source.of(template, 0, patch(0))
    const copy = Buffer.from(bytes)
    source.retain(0)
    source.of(template, 0, patch(1))
    expect(bytes).toEqual(copy)
  })

  it('has the head read anew for the library', async () => {
    const template = await templateOf('/a\n{}\n/b\n{"x":1}\n', { lines: 'url-and-body' })
    const source = requestsOf(template, 0, 1, 'http1-undici')
    for (const [unit, path] of ['/a', '/b'].entries()) {
      const request = source.of(template, 0, patch(unit))
      expect(request).toEqual(readWireRequest({ ...template, bytes: request.bytes }))
      expect(request.path).toBe(path)
    }
  })

  it.each(['http1-raw', 'http1-undici'])(
    'repeats itself, and tells, when a file is cut short, with %s',
    async (engine) => {
      const template = await templateOf('/a\n/b\n')
      const source = requestsOf(template, 0, 1, engine)
      expect(parsed(text(source, template, 0, patch(0))).line).toBe('GET /a HTTP/1.1')
      expect(parsed(text(source, template, 0, patch(1))).line).toBe('GET /b HTTP/1.1')
      expect(source.notes).toEqual([])
      writeFileSync(projects.at(-1)?.path('queries.txt') as string, '')
      expect(parsed(text(source, template, 0, patch(2))).line).toBe('GET /b HTTP/1.1')
      expect(parsed(text(source, template, 1, patch(3))).line).toBe('GET / HTTP/1.1')
      expect(source.notes).toEqual([expect.stringContaining('a file has changed, and has no query any more')])
    },
  )

  it('says when a file cannot be opened', async () => {
    const template = await templateOf('/a\n')
    projects.at(-1)?.[Symbol.dispose]()
    expect(() => requestsOf(template)).toThrow(expect.objectContaining({ code: 'SERVEBENCH_QUERIES' }))
  })
})

describe('a session that replays queries', () => {
  it.each(['http1-raw', 'http1-undici'] as const)(
    'counts what the answers were like, with %s',
    async (engine) => {
      const template = await templateOf('/0\n/1\n/2\n/3\n')
      const hits = [
        'X-Yahoo-Vespa-TotalHitCount: 0',
        'x-yahoo-vespa-totalhitcount:12',
        'x-other: 0',
        'x-yahoo-vespa-totalhitcount: 0',
      ]
      const statuses = ['200 OK', '200 OK', '200 OK', '503 Sorry']
      let asked = 0
      await using server = await ScriptServer.start(async (peer) => {
        while ((await peer.request()) !== null) {
          const head = `HTTP/1.1 ${statuses[asked]}\r\n${hits[asked]}\r\nContent-Length: 2`
          asked += 1
          await peer.write(`${head}\r\n\r\nok`)
        }
      })
      const exchange = new RecordingExchange(4, false)
      Object.assign(exchange, { measures: () => true })
      await using session = await createHttpSession(sessionContext(exchange, [template]), {
        url: `http://127.0.0.1:${server.port}`,
        engine,
      })
      await session.connect()
      for (let unit = 0; unit < 4; unit++) await ask(session, exchange, template, { patch: patch(unit) })
      expect(session.statistics().answers).toEqual({
        total: 4,
        statuses: { 200: 3, 503: 1 },
        withHits: 2,
        zeroHits: 1,
      })
      expect(exchange.violations).toEqual([])
    },
  )
})
