import { createHash } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { resultFixture, trialFixture } from '../../../core/test/result-fixture.ts'
import { writeDocument } from './document.ts'
import { embedJson, escapeJson } from './embed.ts'
import type { PageData, ReportData } from './page-data.ts'
import { unpack } from './pack.ts'
import { renderReport } from './render.ts'

const ASSETS = { script: 'let page = 1 < 2', style: 'p{color:red}' }
const HOSTILE = '</script><!--<script>alert(1)</script>\u2028\u2029&'
const EMPTY: PageData = { kind: 'history', history: { runs: [], problems: [] } }

/** What the page reads from an element, by the same rules as a browser: up to the first end tag. */
function contentOf(html: string, id: string): string {
  const begin = html.indexOf(`id="${id}">`) + `id="${id}">`.length
  return html.slice(begin, html.indexOf('</script', begin))
}

describe('a page', () => {
  it('allows its own program and style by their hashes, and nothing else from anywhere', () => {
    const html = writeDocument('t', EMPTY, [], ASSETS)
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1] ?? ''
    const hash = (text: string): string => createHash('sha256').update(text).digest('base64')
    expect(policy.split('; ')).toEqual([
      "default-src 'none'",
      `script-src 'sha256-${hash(ASSETS.script)}'`,
      `style-src 'sha256-${hash(ASSETS.style)}'`,
      'img-src data: blob:',
      "base-uri 'none'",
      "form-action 'none'",
    ])
    expect(html).not.toMatch(/(src|href)="(?!data:,)/)
  })

  it('has names of others as text in its title', () => {
    expect(writeDocument(`</title><script>\u001b[2J`, EMPTY, [], ASSETS)).toContain(
      '<title>&#60;/title&#62;&#60;script&#62;\\x1b[2J</title>',
    )
  })

  it('has data that cannot end their element', () => {
    const result = resultFixture([trialFixture({ path: [HOSTILE] })])
    const html = renderReport([result], ASSETS)
    expect(html.match(/<script/g)).toHaveLength(3)
    const data = unpack(contentOf(html, 'data')) as ReportData
    expect(data.runs[0]?.result.trials[0]?.path).toEqual([HOSTILE])
  })
})

describe('embedded JSON', () => {
  it('has no character that means something in HTML, and means the same', () => {
    const text = JSON.stringify({ [HOSTILE]: [HOSTILE, 1] })
    expect(escapeJson(text)).not.toMatch(/[<>&\u2028\u2029]/)
    expect(JSON.parse(escapeJson(text))).toEqual(JSON.parse(text))
  })

  it('is compressed when it is large', () => {
    const text = JSON.stringify(Array.from({ length: 20_000 }, (_, index) => `</script>${index % 7}`))
    const embedded = embedJson(text)
    expect(embedded.length).toBeLessThan(text.length / 20)
    expect(embedded).not.toContain('<')
    const { gzip } = JSON.parse(embedded) as { gzip: string }
    expect(gunzipSync(Buffer.from(gzip, 'base64')).toString()).toBe(text)
  })
})

describe('what a page keeps of a result', () => {
  it('is everything but histograms, whose name others may use, too', () => {
    const trial = trialFixture({})
    const result = resultFixture([
      { ...trial, server: { ...SERVER, effectiveConfig: { hdr: 'of the server' } } },
    ])
    const data = unpack(contentOf(renderReport([result], ASSETS), 'data')) as ReportData
    const kept = data.runs[0]?.result.trials[0]
    expect(kept?.server?.effectiveConfig).toEqual({ hdr: 'of the server' })
    expect(kept?.responseTime).toEqual({ ...trial.responseTime, hdr: null })
    expect(data.runs[0]?.result.run).toEqual(result.run)
  })
})

const SERVER = {
  kind: 'oip',
  plan: null,
  version: '1',
  effectiveConfig: null,
  startup: null,
  stages: null,
  batchSizes: null,
  counters: null,
}
