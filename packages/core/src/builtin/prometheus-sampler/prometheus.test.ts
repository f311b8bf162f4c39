import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { JsonObject, JsonValue } from '../../plugin.ts'
import { prometheusSampler, type PrometheusSamplerOptions } from './prometheus.ts'
import { createSampler } from './sampler.ts'
import { readPrometheusSettings } from './settings.ts'

let folder = ''
const servers: Server[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'prometheus-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
  for (const server of servers.splice(0)) server.close()
})

/** A server whose page is what `answer` says, with the status that it says. */
async function serve(answer: () => { readonly status?: number; readonly page: string }): Promise<string> {
  const server = createServer((_request, response) => {
    const { status = 200, page } = answer()
    response.writeHead(status).end(page)
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`
}

async function open(options: PrometheusSamplerOptions, warnings: string[] = []) {
  const settings = readPrometheusSettings(prometheusSampler(options).options, null)
  const sampler = await createSampler(settings as unknown as JsonValue, {
    root: '/',
    warn: (message) => warnings.push(message),
    file: (name) => join(folder, name),
  })
  return {
    sampler,
    async read(seconds: number): Promise<readonly number[]> {
      const into = new Float64Array(sampler.gauges.length).fill(NaN)
      await sampler.read(into, seconds * 1e9)
      return [...into]
    },
    async lines(): Promise<readonly object[]> {
      await sampler.dispose?.()
      const text = readFileSync(join(folder, 'metrics.ndjson'), 'utf8')
      return text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as object)
    },
  }
}

describe('the prometheus sampler', () => {
  it('makes gauges of what is selected, and keeps everything', async () => {
    let done = 0
    const page = (): string =>
      `# TYPE done_total counter\ndone_total ${(done += 10)}\n# TYPE queue gauge\nqueue 2`
    const url = await serve(() => ({ page: page() }))
    const warnings: string[] = []
    const { sampler, read, lines } = await open({ url, select: ['queue', 'done_total', 'absent'] }, warnings)
    expect(sampler.gauges.map(({ name, unit }) => [name, unit])).toEqual([
      ['queue', 'value'],
      ['done_total', '/s'],
      ['absent', 'value'],
    ])
    expect(sampler.period).toBe(1e9)
    expect(await read(0)).toEqual([2, NaN, NaN])
    expect(await read(2)).toEqual([2, 5, NaN])
    expect(warnings).toEqual(["the page has no metric 'absent' that was asked for, so far"])
    expect(await lines()).toContainEqual({ at: 2e9, values: { 0: 30 } })
  })

  it('tells the pages of replicas apart, and adds them up', async () => {
    const urls = await Promise.all([1, 2].map((value) => serve(() => ({ page: `queue ${value}` }))))
    const { read, lines } = await open({ url: urls, select: ['queue'] })
    expect(await read(0)).toEqual([3])
    expect(await lines()).toContainEqual({
      series: 1,
      name: 'queue',
      labels: { instance: new URL(urls[1] as string).host },
    })
  })

  it('is not to be had where there is no page, and says why', async () => {
    const url = await serve(() => ({ page: '' }))
    servers.splice(0).forEach((server) => server.close())
    await expect(open({ url })).rejects.toThrow(/^unavailable: .*127\.0\.0\.1:\d+/)
    const other = await serve(() => ({ status: 404, page: 'no' }))
    await expect(open({ url: other })).rejects.toThrow(
      `unavailable: ${other} answers HTTP 404 instead of metrics.`,
    )
  })

  it('has a gap where the page is missing once, and goes on', async () => {
    let calls = 0
    const url = await serve(() => ({ status: calls++ === 2 ? 500 : 200, page: 'queue 1' }))
    const warnings: string[] = []
    const { read } = await open({ url, select: ['queue'] }, warnings)
    expect([await read(0), await read(1), await read(2)]).toEqual([[1], [NaN], [1]])
    expect(warnings).toEqual([`unavailable: ${url} answers HTTP 500 instead of metrics.`])
  })
})

describe('its options', () => {
  const endpoints = (port: number) => ({ endpoints: { metrics: `http://127.0.0.1:${port}/metrics` } })

  it('default to the metrics of the server, of all its replicas', () => {
    const server = { ...endpoints(1), replicas: [endpoints(1), endpoints(2)] } as never
    expect(readPrometheusSettings({}, server)).toEqual({
      urls: ['http://127.0.0.1:1/metrics', 'http://127.0.0.1:2/metrics'],
      select: [],
      keep: true,
      period: 1e9,
      headers: {},
      tls: null,
    })
  })

  it.each<[JsonObject, path: string, message: string]>([
    [{}, 'url', 'is missing, and the case has no server whose metrics are known.'],
    [{ url: 'localhost:8002' }, 'url', "must be like 'http://127.0.0.1:8002/metrics'."],
    [{ url: 'http://a/', period: '10ms' }, 'period', "must be at least '100ms'."],
    [{ url: 'http://a/', select: 'queue' }, 'select', 'must be a list of metrics.'],
    [{ url: 'http://a/', select: ['no metric'] }, 'select[0].metric', "must be a metric's name."],
    [
      { url: 'http://a/', select: [{ metric: 'a', value: 'sum' }] },
      'select[0].value',
      "must be 'level', 'rate' or 'mean'.",
    ],
    [
      { url: 'http://a/', select: [{ metric: 'a', labels: { b: 1 } }] },
      'select[0].labels.b',
      'must be text, null, or a list of these.',
    ],
    [{ url: 'http://a/', keep: false }, 'select', 'is empty, and nothing is kept: there is nothing to read.'],
  ])('%j are refused', (options, path, message) => {
    expect(() => readPrometheusSettings(options, null)).toThrow(
      expect.objectContaining({ problems: [{ path, message }] }),
    )
  })
})
