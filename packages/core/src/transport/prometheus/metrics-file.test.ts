import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { parseMetricFamilies, parsePrometheus } from '../../units/prometheus.ts'
import { MetricsFile, type MetricsLimits } from './metrics-file.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'metrics-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** The file's lines after pages that are a second apart, and what it warned of. */
function write(pages: readonly string[], limits?: MetricsLimits) {
  const path = join(folder, 'metrics.ndjson')
  const warnings: string[] = []
  const about = { period: 1e9, urls: ['http://127.0.0.1:8002/metrics'] }
  const file = new MetricsFile(path, about, (message) => warnings.push(message), limits)
  for (const [second, page] of pages.entries())
    file.add(second * 1e9, parsePrometheus(page), parseMetricFamilies(page))
  file.close()
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
  return { lines: lines.map((line) => JSON.parse(line) as object), warnings }
}

it('keeps what changes, each series by its number', () => {
  const { lines, warnings } = write([
    '# HELP a About a\n# TYPE a gauge\na{x="1",y="2"} 5\na 1\n# TYPE b_total counter\nb_total 7',
    // The same series, whatever the order of its labels.
    '# HELP a About a\n# TYPE a gauge\na{y="2",x="1"} 5\na NaN\n# TYPE b_total counter\nb_total 7',
    'a{x="1",y="2"} +Inf\na NaN\nb_total 2',
    'b_total 2',
    'a 0\nb_total 2\nc 1',
  ])
  expect(warnings).toEqual([])
  expect(lines).toEqual([
    { format: 'servebench/metrics/1', period: 1e9, urls: ['http://127.0.0.1:8002/metrics'] },
    { family: 'a', type: 'gauge', help: 'About a' },
    { family: 'b_total', type: 'counter', help: '' },
    { series: 0, name: 'a', labels: { x: '1', y: '2' } },
    { series: 1, name: 'a', labels: {} },
    { series: 2, name: 'b_total', labels: {} },
    { at: 0, values: { 0: 5, 1: 1, 2: 7 } },
    { at: 1e9, values: { 1: 'NaN' } },
    { at: 2e9, values: { 0: '+Inf', 2: 2 }, resets: [2] },
    { at: 3e9, values: {}, gone: [0, 1] },
    { series: 3, name: 'c', labels: {} },
    { at: 4e9, values: { 1: 0, 3: 1 } },
  ])
})

it('ends at its limit with a whole line, and says so once', () => {
  const page = (value: number): string => `a ${value}`
  const { lines, warnings } = write([1, 2, 3, 4, 5].map(page), { bytes: 230 })
  expect(warnings).toEqual(['its file is at its limit of 230 bytes: it ends here'])
  expect(lines.at(-1)).toMatchObject({ values: { 0: expect.any(Number) as number } })
  expect(lines.length).toBeLessThan(7)
})

it('keeps no more series than it may', () => {
  const { lines, warnings } = write(['a 1\nb 2\nc 3', 'a 1\nb 3\nc 4'], { series: 2 })
  expect(warnings).toEqual(['the page has more than 2 series: further ones are not kept'])
  expect(lines.slice(1)).toEqual([
    { series: 0, name: 'a', labels: {} },
    { series: 1, name: 'b', labels: {} },
    { at: 0, values: { 0: 1, 1: 2 } },
    { at: 1e9, values: { 1: 3 } },
  ])
})
