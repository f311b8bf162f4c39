import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { resultFixture, richResult, trialFixture } from '../../../test/result-fixture.ts'
import { createHooks } from '../../hooks/hooks.ts'
import type { Bench, JsonObject, ReportContext, RunResult } from '../../plugin.ts'
import { displayWidth } from '../../report/text-layout.ts'
import { REPORTERS } from './reporters.ts'

interface Output {
  readonly printed: string
  readonly files: ReadonlyMap<string, string>
  readonly warnings: readonly string[]
}

/** Applies a reporter as the runner does, and lets it report. */
async function report(
  name: keyof typeof REPORTERS,
  result: RunResult,
  context: Partial<ReportContext> = {},
  options: JsonObject = {},
): Promise<Output> {
  const { plugin } = await REPORTERS[name]()
  const hooks = createHooks()
  const warnings: string[] = []
  const log = { info: () => undefined, warn: (message: string) => warnings.push(message) }
  await plugin.apply({ hooks, root: '/', log, options } as unknown as Bench)
  let printed = ''
  const files = new Map<string, string>()
  await hooks.report.promise(result, {
    directory: 'servebench-results/20261122T044200Z-k3f9',
    write: async (file, body) => {
      files.set(file, String(body))
      return file
    },
    print: (text) => {
      printed += text
    },
    colors: false,
    columns: 80,
    log,
    ...context,
  })
  return { printed, files, warnings }
}

const RICH = richResult()
const HEALTHY = resultFixture([trialFixture()])

// oxlint-disable-next-line no-control-regex
const CONTROLS = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'servebench-test-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
  vi.unstubAllEnvs()
})

function snapshot(name: string): string {
  return `../../../test/snapshots/${name}`
}

describe('every reporter', () => {
  it.each(Object.keys(REPORTERS) as (keyof typeof REPORTERS)[])(
    '%s refuses options that it does not know',
    async (name) => {
      await expect(report(name, HEALTHY, {}, { fil: 'x', colour: true })).rejects.toMatchObject({
        code: 'SERVEBENCH_VALIDATION',
        problems: expect.arrayContaining([expect.objectContaining({ path: `reporters.${name}.fil` })]),
      })
    },
  )

  it('suggests the option that was meant and names a wrong type', async () => {
    await expect(report('junit', HEALTHY, {}, { fille: 'x' })).rejects.toThrow("Did you mean 'file'?")
    await expect(report('junit', HEALTHY, {}, { file: 7 })).rejects.toThrow('expected a string')
  })

  it.each(Object.keys(REPORTERS) as (keyof typeof REPORTERS)[])(
    '%s manages a run without any case',
    async (name) => {
      vi.stubEnv('GITHUB_STEP_SUMMARY', '')
      await expect(report(name, resultFixture([]))).resolves.toBeDefined()
    },
  )
})

describe('console', () => {
  it.each([80, 40])('shows everything at %i columns', async (columns) => {
    const { printed } = await report('console', RICH, { columns })
    for (const line of printed.split('\n')) {
      expect(displayWidth(line)).toBeLessThanOrEqual(columns)
      expect(line).toBe(line.trimEnd())
      expect(line).not.toMatch(CONTROLS)
    }
    await expect(printed).toMatchFileSnapshot(snapshot(`console-${columns}.txt`))
  })

  it('writes the same text in colours', async () => {
    const plain = await report('console', RICH)
    const coloured = await report('console', RICH, { colors: true })
    expect(coloured.printed).not.toBe(plain.printed)
    expect(stripVTControlCharacters(coloured.printed)).toBe(plain.printed)
  })

  const many = resultFixture(
    [1, 2, 4, 8, 16, 32].map((batch) =>
      trialFixture({
        path: ['mlp', 'sweep'],
        case: { batch },
        ...(batch === 8 ? { counts: { due: 4005, failed: 5 }, failures: { reset: 5 } } : {}),
      }),
    ),
  )

  it('makes a table of many cases, and tells in full what is wrong', async () => {
    for (const columns of [120, 80]) {
      const { printed } = await report('console', many, { columns })
      for (const line of printed.split('\n')) expect(displayWidth(line)).toBeLessThanOrEqual(columns)
      await expect(printed).toMatchFileSnapshot(snapshot(`console-table-${columns}.txt`))
    }
  })

  it('shows every case in full where there is no room for a table, or on request', async () => {
    const blocks = (text: string): number => text.match(/response/g)?.length ?? 0
    expect(blocks((await report('console', many, { columns: 36 })).printed)).toBe(6)
    expect(blocks((await report('console', many, {}, { details: true })).printed)).toBe(6)
    expect(blocks((await report('console', many)).printed)).toBe(0)
  })

  it('marks a percentile of completed requests that lost ones make a lower bound', async () => {
    const trial = trialFixture({ counts: { due: 4100, timedOut: 100 } })
    const cut = { ...trial, responseTime: trial.responseTimeWithFailures }
    const { printed } = await report('console', resultFixture([cut]))
    expect(printed).toContain('p99 ≥ –')
  })

  it('shows labels, server stages and gauges where there are any', async () => {
    const trial = trialFixture({
      gauges: {
        'gpu.power': { unit: 'W', device: 'gpu0', mean: 251, min: 90, max: 300, p95: 290, coverage: 1 },
      },
    })
    const rich = { ...trial, labels: { short: trial.responseTime }, serverQueue: trial.dispatchLag }
    const { printed } = await report('console', resultFixture([rich]))
    expect(printed).toContain('gauges      gpu.power 251 W (max 300 W)')
    expect(printed).toContain('server      queue p50 9.90 µs, p99 14.8 µs')
    expect(printed).toContain('labels      short: p50 1.39 ms, p99 9.19 ms')
  })
})

describe('json', () => {
  it('prints the result, or writes it to a file', async () => {
    const { printed } = await report('json', RICH)
    expect(printed.trimEnd()).not.toContain('\n')
    expect(JSON.parse(printed)).toEqual(JSON.parse(JSON.stringify(RICH)))
    const { printed: nothing, files } = await report('json', RICH, {}, { file: 'out.json', pretty: true })
    expect(nothing).toBe('')
    expect(JSON.parse(files.get('out.json') as string)).toEqual(JSON.parse(JSON.stringify(RICH)))
  })
})

describe('csv', () => {
  function parse(text: string): string[][] {
    expect(text.endsWith('\n')).toBe(true)
    return text
      .slice(0, -1)
      .split('\n')
      .map((line) =>
        [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,"]*))/g)].map(
          ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
        ),
      )
  }

  it('has a row per trial under one header', async () => {
    const { files } = await report('csv', RICH)
    const [header = [], ...rows] = parse(files.get('trials.csv') as string)
    expect(rows).toHaveLength(RICH.trials.length)
    for (const row of rows) expect(row).toHaveLength(header.length)
    const column = (name: string): string[] =>
      rows.map((row) => row[header.indexOf(name)] ?? 'no such column')
    expect(column('case.batch').slice(0, 3)).toEqual(['1', '8', '1'])
    expect(column('responseTime.p99').map(Number).slice(0, 2)).toEqual(
      RICH.trials.slice(0, 2).map((trial) => trial.responseTime.p99),
    )
    expect(column('state')).toEqual(RICH.trials.map((trial) => trial.state))
    expect(column('failed')[1]).toBe('10')
    // Nothing measured: empty, not zero.
    expect(column('responseTime.p99')[4]).toBe('')
  })

  it('has a row per stream where there are several', async () => {
    const [first] = RICH.trials
    const trial = first as (typeof RICH.trials)[number]
    const two: RunResult = {
      ...RICH,
      trials: [trial, { ...trial, streams: { reads: trial, writes: { ...trial, throughput: 5 } } }],
    }
    const { files } = await report('csv', two)
    const [header = [], ...rows] = parse(files.get('streams.csv') as string)
    expect(rows.map((row) => row[header.indexOf('stream')])).toEqual(['reads', 'writes'])
    expect(rows.map((row) => row[header.indexOf('throughput')])).toEqual([String(trial.throughput), '5'])
    expect((await report('csv', two, {}, { streams: '', windows: '' })).files.size).toBe(1)
    expect((await report('csv', RICH)).files.has('streams.csv')).toBe(false)
  })

  it('has a row per second in one file for all trials', async () => {
    const { files } = await report('csv', RICH, {}, { windows: 'w.csv' })
    const [header, ...rows] = parse(files.get('w.csv') as string)
    expect(header?.slice(0, 5)).toEqual(['trial', 'scenario', 'case', 'repeat', 'from'])
    expect(rows).toHaveLength(RICH.trials.reduce((sum, trial) => sum + trial.windows.length, 0))
    expect((await report('csv', RICH, {}, { windows: '' })).files.size).toBe(1)
  })

  it('has a column per gauge in that file', async () => {
    const [first, ...others] = RICH.trials
    const windows = first?.windows.map((window, index) => ({ ...window, gauges: { power: index + 0.5 } }))
    const sampled = { ...RICH, trials: [{ ...first, windows }, ...others] } as typeof RICH
    const [header, ...rows] = parse(
      (await report('csv', sampled, {}, { windows: 'w.csv' })).files.get('w.csv') as string,
    )
    expect(header?.at(-1)).toBe('gauges.power')
    expect(rows.slice(0, windows?.length).map((row) => row.at(-1))).toEqual(
      windows?.map((_, index) => String(index + 0.5)),
    )
    expect(rows.slice(windows?.length).every((row) => row.at(-1) === '')).toBe(true)
  })
})

describe('markdown', () => {
  it('renders tables and what is wrong', async () => {
    const { files } = await report('markdown', RICH)
    const text = files.get('report.md') as string
    expect(text).not.toMatch(CONTROLS)
    for (const line of text.split('\n').filter((one) => one.startsWith('|'))) {
      // Every cell border is ours: those of hostile text are escaped.
      const borders = line.match(/(?<!\\)\|/g)?.length
      expect([4, 10]).toContain(borders)
    }
    await expect(text).toMatchFileSnapshot(snapshot('report.md'))
  })

  it('cannot be broken out of by a log with fences', async () => {
    const broken = trialFixture({
      state: 'failed',
      latencies: [],
      error: { code: 'X', message: 'm', advice: null, detail: 'a\n```\n# forged\n````' },
    })
    const text = (await report('markdown', resultFixture([broken]))).files.get('report.md') as string
    expect(text).toContain('`````\na\n```\n# forged\n````\n`````')
  })
})

describe('junit', () => {
  /** A strict reader of the subset that we write: well-formed, or it throws. */
  function parseXml(text: string): { tags: string[]; texts: string[] } {
    const open: string[] = []
    const tags: string[] = []
    const texts: string[] = []
    const token = /<\?xml [^>]*\?>|<(\/?)([a-z-]+)((?: [a-z]+="[^"<]*")*)(\/?)>|([^<]+)/gy
    let end = 0
    for (let match = token.exec(text); match !== null; match = token.exec(text)) {
      end = token.lastIndex
      const [whole, closing, name, attributes, empty, content] = match
      expect((attributes ?? content ?? '').replace(/&(?:amp|lt|gt|quot|#13);/g, '')).not.toContain('&')
      if (content !== undefined) texts.push(content)
      else if (name === undefined) expect(whole.startsWith('<?xml')).toBe(true)
      else if (closing === '/') expect(open.pop()).toBe(name)
      else {
        tags.push(name)
        if (empty === '') open.push(name)
      }
    }
    expect(end).toBe(text.length)
    expect(open).toEqual([])
    return { tags, texts }
  }

  it('is well-formed, without what XML forbids, and counts its tests', async () => {
    const { files } = await report('junit', RICH)
    const text = files.get('junit.xml') as string
    expect(text).not.toMatch(CONTROLS)
    const { tags } = parseXml(text)
    const count = (name: string): number => tags.filter((tag) => tag === name).length
    expect([count('testcase'), count('failure'), count('error'), count('skipped')]).toEqual([7, 2, 1, 1])
    expect(text).toContain('<testsuites name="servebench" tests="7" failures="2" errors="1" skipped="1"')
    await expect(text).toMatchFileSnapshot(snapshot('junit.xml'))
  })

  it('passes a case whose errors are allowed, and fails one whose are not', async () => {
    const lossy = { counts: { due: 4005, failed: 5 }, failures: { reset: 5 } }
    const slo = { terms: [{ metric: 'errorRate', limit: 0.01 }], deadline: null } as const
    const allowed = (await report('junit', resultFixture([trialFixture({ ...lossy, slo })]))).files.get(
      'junit.xml',
    )
    expect(allowed).toContain('failures="0"')
    const forbidden = (await report('junit', resultFixture([trialFixture(lossy)]))).files.get('junit.xml')
    expect(forbidden).toContain('<failure message="errors: 5 of 4005 (0.125 %)')
  })
})

describe('github', () => {
  beforeEach(() => vi.stubEnv('GITHUB_STEP_SUMMARY', ''))

  it('says nothing when all is well', async () => {
    expect((await report('github', HEALTHY)).printed).toBe('')
  })

  it('annotates in commands that hostile text cannot forge', async () => {
    const { printed } = await report('github', RICH)
    for (const line of printed.trimEnd().split('\n')) {
      expect(line).toMatch(/^::(error|warning) file=[^:,]+,title=[^:,]+::[^\r\n]+$/)
      expect(line).not.toMatch(CONTROLS)
    }
    await expect(printed).toMatchFileSnapshot(snapshot('annotations.txt'))
  })

  it('does not push other annotations out', async () => {
    const trials = Array.from({ length: 30 }, (_, batch) =>
      trialFixture({ case: { batch }, counts: { due: 4001, failed: 1 } }),
    )
    const lines = (await report('github', resultFixture(trials))).printed.trimEnd().split('\n')
    expect(lines).toHaveLength(10)
    expect(lines.at(-1)).toBe('::error title=servebench::21 more: see the report.')
  })

  it('adds the report to the summary of the job', async () => {
    const summary = join(folder, 'summary.md')
    writeFileSync(summary, 'before\n')
    vi.stubEnv('GITHUB_STEP_SUMMARY', summary)
    await report('github', RICH)
    const markdown = (await report('markdown', RICH)).files.get('report.md') as string
    expect(readFileSync(summary, 'utf8')).toBe(`before\n${markdown}\n`)
    await report('github', RICH, {}, { summary: false })
    expect(readFileSync(summary, 'utf8')).toBe(`before\n${markdown}\n`)
  })

  it('says so when the summary is full', async () => {
    const summary = join(folder, 'summary.md')
    writeFileSync(summary, 'x'.repeat(1024 * 1024))
    vi.stubEnv('GITHUB_STEP_SUMMARY', summary)
    const { warnings } = await report('github', RICH)
    expect(warnings).toHaveLength(1)
    expect(readFileSync(summary).byteLength).toBe(1024 * 1024)
  })
})
