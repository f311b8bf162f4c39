import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FailureKind, failureName, scanQueries } from 'servebench/session'
import { checkTarget, connectTarget, openTarget } from 'servebench/testing'
import { plugin, vespaSearch } from '../src/index.ts'
import type { VespaSearchOptions, VespaSearchResponse } from '../src/index.ts'
import { FakeVespa } from './support/fake-vespa.ts'

let server: FakeVespa
beforeEach(async () => {
  server = await FakeVespa.start()
})
afterEach(async () => {
  await server.stop()
})

const connect = (options: VespaSearchOptions = {}) =>
  connectTarget(plugin, vespaSearch({ url: server.url, ...options }))

async function ask(options: VespaSearchOptions, ...requests: readonly unknown[]) {
  await using target = await openTarget<VespaSearchResponse>(await connect(options), requests)
  const answers = []
  for (const index of requests.keys()) {
    const { kind, code, response, stages } = await target.ask(index)
    answers.push({ failure: kind === FailureKind.none ? null : failureName(kind, code), response, stages })
  }
  return { answers, notes: target.session.statistics().notes ?? [] }
}

const first = (response: VespaSearchResponse | null | undefined): VespaSearchResponse => {
  if (!response) throw new Error('The request has failed.')
  return response
}

it('keeps the contract of targets', async () => {
  const { held, skipped } = await checkTarget(await connect({ query: { hits: 2 } }), {
    request: { query: { query: 'tea' } },
    accept: (response) => (response as VespaSearchResponse).totalCount === 100,
    failing: { request: { query: { error: 12, partial: true } }, failure: 'application-12' },
    slow: { query: { sleep: 'forever' } },
    stopServer: () => server.stop(),
  })
  expect(skipped).toEqual([])
  expect(held.length).toBeGreaterThan(10)
})

describe('requests', () => {
  const query = {
    yql: 'select * from doc where userQuery()',
    ranking: { profile: 'dense', 'properties.x': 2 },
    'input.query(q)': Float32Array.of(0.5, -1),
    timeout: undefined,
  }

  it('have parameters in the path, by their full names', async () => {
    await ask({ query: { hits: 3, query: 'old' } }, { query: { ...query, query: 'a&b é' } })
    const { path } = server.requests.at(-1) as { path: string }
    expect(Object.fromEntries(new URL(path, server.url).searchParams)).toEqual({
      hits: '3',
      query: 'a&b é',
      yql: query.yql,
      'ranking.profile': 'dense',
      'ranking.properties.x': '2',
      'input.query(q)': '[0.5,-1]',
    })
  })

  it('have them in a JSON document as POST', async () => {
    await ask({ method: 'POST', query: { hits: 3, trace: true } }, { query })
    const { method, path, body } = server.requests.at(-1) as Record<string, string>
    expect([method, path]).toEqual(['POST', '/search/'])
    expect(JSON.parse(body as string)).toEqual({
      hits: 3,
      trace: true,
      yql: query.yql,
      'ranking.profile': 'dense',
      'ranking.properties.x': 2,
      'input.query(q)': [0.5, -1],
    })
  })

  it('come from samples, too', async () => {
    await ask({}, { text: 'tea' }, { json: { query: 'rum', hits: 1 } })
    const paths = server.requests.slice(-2).map(({ path }) => path)
    expect(paths).toEqual(['/search/?query=tea', '/search/?query=rum&hits=1'])
  })

  it.each([
    [{ query: { hits: NaN } }, 'query.hits: must be text, a finite number, a flag, or a list.'],
    [{ query: { q: [1, Infinity] } }, 'query.q: must be'],
    [{ query: { q: null } }, 'query.q: must be'],
  ])('are refused before the load: %j', async (request, message) => {
    await expect(openTarget(await connect(), [request])).rejects.toThrow(message)
  })
})

it('replays query files, whose errors fail as well', async () => {
  const root = mkdtempSync(join(tmpdir(), 'vespa-'))
  try {
    writeFileSync(
      join(root, 'queries.txt'),
      '/search/?query=a&hits=1\n/search/?query=b&error=4&partial=true\n',
    )
    const scan = await scanQueries({
      root,
      file: 'queries.txt',
      lines: 'url',
      deal: 'shared',
      clients: 1,
      offset: 0,
      maxLine: 1024,
      badLines: 'strict',
      append: '&timeout=1s',
      base64: false,
    })
    const { answers } = await ask({ query: { hits: 5 } }, { queries: scan.plan }, { queries: scan.plan })
    expect(answers.map(({ failure }) => failure)).toEqual([null, 'application-4'])
    expect(server.requests.slice(-2).map(({ path }) => path)).toEqual([
      '/search/?query=a&hits=1&timeout=1s',
      '/search/?query=b&error=4&partial=true&timeout=1s',
    ])
  } finally {
    rmSync(root, { recursive: true })
  }
})

describe('answers', () => {
  it('have hits, counts, coverage and timing', async () => {
    const { answers } = await ask(
      { benchmarkData: true },
      { query: { query: 'tea', hits: 2, covered: 500, 'presentation.timing': true } },
    )
    const response = first(answers[0]?.response)
    expect(response).toMatchObject({
      status: 200,
      totalCount: 100,
      hits: [
        { id: 'doc:0', relevance: 1, source: null, fields: { text: 'tea' } },
        { id: 'doc:1', relevance: 0.99, source: null, fields: { text: 'tea' } },
      ],
      errors: [],
      coverage: { coverage: 50, documents: 500, full: false, degraded: ['timeout'] },
      timing: { query: 0.003, summaryFetch: 0, search: 0.004 },
      benchmark: {
        totalHits: 100,
        hits: 2,
        errors: 0,
        searchTime: 3,
        fillTime: 1,
        documentsSearched: 500,
        nodesSearched: 1,
      },
    })
    expect(response.root['id']).toBe('toplevel')
  })

  it('say nothing that they do not have', async () => {
    const { answers } = await ask({}, { query: { total: 0 } })
    const { totalCount, hits, timing, benchmark } = first(answers[0]?.response)
    expect({ totalCount, hits, timing, benchmark }).toEqual({
      totalCount: 0,
      hits: [],
      timing: null,
      benchmark: null,
    })
  })

  it('fail with the code of their error, whatever the status, and say why', async () => {
    const { answers, notes } = await ask(
      {},
      { query: { error: 12, partial: true, hits: 1 } },
      { query: { error: 12 } },
      { query: { error: 8, partial: true } },
      { query: {} },
    )
    expect(answers.map(({ failure }) => failure)).toEqual([
      'application-12',
      'application-12',
      'application-8',
      null,
    ])
    expect(notes).toContain('One answer that failed with application-12 said: Asked to fail: by the query')
  })

  it('fail with their status where there is no error in them', async () => {
    const { answers } = await ask({ url: `${server.url}/nothing` }, {})
    expect(answers[0]?.failure).toBe('http-404')
  })

  it('are read wherever they are cut', async () => {
    server.cut = 1
    const tricky = 'x","errors":[{"code":7}],"y\\":"'
    const { answers } = await ask(
      {},
      { query: { query: tricky, error: 12, partial: true, hits: 1 } },
      { query: { query: tricky, hits: 3 } },
    )
    expect(answers.map(({ failure }) => failure)).toEqual(['application-12', null])
  })
})

describe('preflight', () => {
  it('names all that is wrong at once', async () => {
    const options = {
      url: 'ftp://x',
      methd: 'GET',
      benchmarkData: 1,
      method: 'PUT',
      headers: { 'Accept-Encoding': 'gzip' },
    }
    const error: Error = await connect(options as never).then(
      () => expect.unreachable(),
      (reason: Error) => reason,
    )
    for (const name of ['url', 'methd', 'benchmarkData', 'method', 'headers.Accept-Encoding'])
      expect(error.message).toContain(`vespa-search.${name}`)
    expect(error.message).toContain("'method'")
  })

  it('refuses a server that is not there', async () => {
    await server.stop()
    await expect(connect()).rejects.toThrow(/127\.0\.0\.1/)
  })

  it('tells the version, and that query files fit', async () => {
    expect(await connect()).toMatchObject({
      server: { version: '8.700.24', path: '/search/' },
      queries: true,
      engine: 'http1-raw',
    })
  })
})
