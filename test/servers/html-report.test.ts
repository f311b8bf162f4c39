import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  ENVIRONMENT,
  resultFixture,
  richResult,
  trialFixture,
} from '../../packages/core/test/result-fixture.ts'
import { gpuStudy } from '../../packages/core/test/support/gpu-study.ts'
import { analyseStudies } from '../../packages/core/src/report/analyses/studies.ts'
import { summariseRun } from '../../packages/core/src/report/history/run-summary.ts'
import type { AnalysisTable, RunResult } from '../../packages/core/src/report/result.ts'
import { bundlePage } from '../../packages/reporter-html/scripts/bundle.ts'
import { loadAssets, type PageAssets } from '../../packages/reporter-html/src/page/document.ts'
import { renderHistory, renderReport } from '../../packages/reporter-html/src/page/render.ts'
import { TestBrowser } from '../../packages/reporter-html/test/support/browser.ts'
import { syntheticResult } from '../../packages/reporter-html/test/support/synthetic-result.ts'
import { install } from './support/install.ts'

let browser: TestBrowser
let assets: PageAssets
beforeAll(async () => {
  browser = await TestBrowser.start(join(install('chromium'), 'bin/chromium'))
  await bundlePage()
  assets = await loadAssets()
})
afterAll(async () => {
  await browser?.[Symbol.asyncDispose]()
})

const report = (...results: readonly RunResult[]): string => browser.write(renderReport(results, assets))

const HOSTILE = '<img src=x onerror=alert(1)><script>alert(2)</script>\u202eevil\u001b[31m</script><!--'

const ANALYSIS: AnalysisTable = {
  name: 'by-batch',
  title: 'Latency by batch',
  columns: [
    { name: 'batch', unit: null },
    { name: 'p50', unit: 'ns', description: 'Half of the requests took less.' },
  ],
  rows: [
    [1, 1e6],
    [2, 1.5e6],
    [4, 2.5e6],
  ],
  notes: ['T(b) = 0.5 ms + 0.5 ms · b'],
  plots: [
    {
      name: 'p50',
      title: 'p50 by batch',
      x: { title: 'batch', unit: null, scale: 'linear' },
      y: { title: 'p50', unit: 'ns', scale: 'linear' },
      layers: [{ mark: 'line', x: 'batch', y: 'p50' }],
    },
  ],
}

const small = (): RunResult =>
  resultFixture(
    [1, 2, 8].flatMap((batch) =>
      [0, 1].map((repeat) =>
        trialFixture({ case: { batch }, repeat, latencies: [1e6 * batch, 2e6 * batch, 3e6 * batch] }),
      ),
    ),
    undefined,
    { analyses: [ANALYSIS] },
  )

const PATCH = `--- a/m/config.pbtxt\n+++ b/m/config.pbtxt\n@@ -1,1 +1,1 @@\n-count: 1\n+count: 2 # ${HOSTILE.replaceAll('\n', ' ')}\n`

/** A study with what it has written. */
async function studied(): Promise<RunResult> {
  const study = await gpuStudy()
  const configurations = study.points.map(({ id, name }, index) => ({
    point: id,
    name,
    role: id === study.baseline ? ('baseline' as const) : ('best' as const),
    directory: `configurations/${name}`,
    files: ['m/config.pbtxt'],
    patch: index === 0 ? null : `configurations/${name}.patch`,
    diff: index === 0 ? null : PATCH,
    apply: HOSTILE,
    problem: null,
  }))
  const studies = [{ ...study, configurations }]
  return { ...resultFixture([]), studies, analyses: analyseStudies({ studies }) }
}

describe('the page of a run', () => {
  it('says what came out, and why, without asking anybody for anything', async () => {
    const rich = richResult()
    const result = { ...rich, run: { ...rich.run, exit: { code: 1, reasons: ['A limit was exceeded.'] } } }
    await using open = await browser.open(report(result))
    const { page, problems } = open
    await expect(page.locator('.outcome').innerText()).resolves.toMatch(/failed[\s\S]*A limit was exceeded\./)
    for (const one of await page.locator('details.case').all()) {
      await one.locator(':scope > summary').click()
      await one.locator(':scope > .body').waitFor()
    }
    for (const one of await page.locator('details.trial').all()) await one.locator(':scope > summary').click()
    await expect(page.locator('.case .reasons').first().innerText()).resolves.toContain('.')
    expect(problems).toEqual([])
  })

  it('takes names of others for text, in every place', async () => {
    const trial = trialFixture({
      path: [HOSTILE, HOSTILE],
      case: { [HOSTILE]: HOSTILE },
      gauges: { [HOSTILE]: { unit: HOSTILE, device: HOSTILE, mean: 1, min: 1, max: 1, p95: 1, coverage: 1 } },
      events: [{ at: 1, kind: HOSTILE, message: HOSTILE }],
    })
    const hostile = { ...trial, tags: [HOSTILE], failures: { [HOSTILE]: 1 } }
    const result = resultFixture([hostile], undefined, {
      definitions: { throughput: HOSTILE },
      analyses: [
        {
          ...ANALYSIS,
          name: HOSTILE,
          title: HOSTILE,
          notes: [HOSTILE],
          rows: [[HOSTILE, 1]],
          plots:
            ANALYSIS.plots?.map((plot) => ({
              ...plot,
              title: HOSTILE,
              x: { ...plot.x, scale: 'category', title: HOSTILE },
            })) ?? [],
        },
      ],
    })
    const named = {
      ...result,
      run: {
        ...result.run,
        exit: { code: 1, reasons: [HOSTILE] },
        notes: [HOSTILE],
        seed: HOSTILE,
        command: [HOSTILE],
      },
    }
    await using open = await browser.open(report(named))
    const { page, problems } = open
    await page.locator('details.case > summary').click()
    await page.locator('details.trial > summary').first().click()
    await page.getByRole('button', { name: 'throughput' }).first().hover()
    for (const one of await page.locator('details.json > summary').all()) await one.click()
    for (const one of await page.getByRole('button', { name: /as a table$/ }).all()) await one.click()
    // Not counted: what the file itself has.
    expect(
      await page.locator('img, body script:not([type]) ~ *:not(.layout):not(.skip):not(.tip)').count(),
    ).toBe(0)
    expect(await page.locator('script').count()).toBe(3)
    const text = await page.locator('body').innerText()
    expect(text).toContain(
      '<img src=x onerror=alert(1)><script>alert(2)</script>\\u202eevil\\x1b[31m</script><!--',
    )
    for (const hidden of ['\u202e', '\u001b']) expect(text).not.toContain(hidden)
    expect(problems).toEqual([])
  })

  it('opens what a link points at, also when it is followed later', async () => {
    const result = small()
    const [trial] = result.trials.slice(3)
    const url = report(result)
    await using open = await browser.open(`${url}#/trial/${trial!.id}`)
    const { page } = open
    const details = page.locator('details.trial[open]')
    await expect.poll(() => details.count()).toBe(1)
    expect(await page.locator('details.case[open]').count()).toBe(1)
    await expect.poll(() => page.evaluate('document.activeElement.textContent')).toContain('Trial 2')
    await page.evaluate("location.hash = '#/analysis/by-batch'")
    await expect.poll(() => page.evaluate('document.activeElement.textContent')).toContain('Latency by batch')
    await page.evaluate(`location.hash = '#/case/${result.cases[2]!.id}'`)
    await expect.poll(() => page.locator('details.case[open]').count()).toBe(2)
    await page.evaluate("location.hash = '#/case/%'")
    await page.evaluate("location.hash = '#/case/nothing'")
    expect(open.problems).toEqual([])
  })

  it('has the configurations of a study, their patches, and what each does under load', async () => {
    const result = await studied()
    const [study] = result.studies ?? []
    const point = study?.best[0] ?? ''
    const url = report(result)
    await using open = await browser.open(`${url}#/configuration/${point}`)
    const { page, problems } = open
    const patch = page.locator('pre.diff:visible')
    expect(await patch.innerText()).toContain('+count: 2 # <img src=x onerror=alert(1)>')
    expect(await patch.locator('.added').count()).toBe(1)
    expect(await patch.locator('.removed').innerText()).toBe('-count: 1')
    const copy = page.getByRole('button', { name: 'Copy the patch' })
    await copy.click()
    await page
      .getByText(/^(?:Copied|Selected)$/)
      .first()
      .waitFor()
    await page.getByRole('link', { name: 'How it does at each load' }).click()
    const chapter = page.locator('details[open] > summary', { hasText: 'instances=2 (best)' })
    expect(await chapter.count()).toBe(1)
    expect(await page.getByRole('row', { name: /^1024 .*2000\/s/ }).count()).toBe(1)
    // The other one is there, and not made before somebody wants it.
    expect(
      await page.locator('details:not([open]) > summary', { hasText: 'instances=1 (default' }).count(),
    ).toBe(1)
    expect(problems).toEqual([])
  })

  it('sorts a table by its columns, and gets its order back', async () => {
    await using open = await browser.open(report(small()))
    const table = open.page.locator('table').first()
    const cases = () => table.locator('tbody th').allInnerTexts()
    const heading = table.getByRole('columnheader', { name: 'p99', exact: true })
    const before = await cases()
    await heading.getByRole('button').click()
    await expect(heading.getAttribute('aria-sort')).resolves.toBe('ascending')
    await heading.getByRole('button').click()
    await expect(heading.getAttribute('aria-sort')).resolves.toBe('descending')
    expect(await cases()).toEqual(before.toReversed())
    await heading.getByRole('button').click()
    expect(await cases()).toEqual(before)
  })

  it('shows the first rows of a long table, and all of them when somebody wants', async () => {
    const rows = Array.from({ length: 1234 }, (_, index) => [index, index * 1e3])
    const result = { ...small(), analyses: [{ ...ANALYSIS, rows }] }
    await using open = await browser.open(report(result))
    const { page } = open
    const shown = page.getByRole('region', { name: 'Latency by batch' }).locator('tbody tr')
    expect(await shown.count()).toBe(500)
    await page.getByRole('button', { name: 'Show all 1234 rows' }).click()
    expect(await shown.count()).toBe(1234)
  })

  it('can be used by keys alone', async () => {
    await using open = await browser.open(report(small()))
    const { page } = open
    const focused = () =>
      page.evaluate<string>("document.activeElement.textContent + '|' + document.activeElement.tagName")
    await page.keyboard.press('Tab')
    expect(await focused()).toBe('Skip to the report|A')
    await page.keyboard.press('Enter')
    expect(await focused()).toContain('|MAIN')
    await page.locator('.contents a').first().focus()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowDown')
    expect(await focused()).toBe('batch=1|A')
    await page.keyboard.press('Enter')
    await expect.poll(() => page.locator('details.case[open]').count()).toBe(1)
    await page.locator('details.case .term').first().focus()
    expect(await page.locator('.tip').innerText()).toContain('Completions inside')
    await page.keyboard.press('Escape')
    expect(await page.locator('.tip').count()).toBe(0)
  })

  it('tells who cannot see it what there is', async () => {
    await using open = await browser.open(report(small()))
    const { page } = open
    await page.locator('details.case > summary').first().click()
    for (const table of await page.locator('table').all()) {
      expect(await table.locator('caption').innerText()).not.toBe('')
      expect(await table.locator('thead th:not([scope=col])').count()).toBe(0)
    }
    for (const plot of await page.getByRole('img').all())
      expect(await plot.getAttribute('aria-label')).toMatch(/ Across: .* Up: /)
    await page.getByRole('button', { name: 'Show p50 by batch as a table' }).click()
    const rows = page.locator('figure', { hasText: 'p50 by batch' }).locator('tbody tr')
    expect(await rows.allInnerTexts()).toEqual(['1\t1.00 ms', '2\t1.50 ms', '4\t2.50 ms'])
    expect(await page.getByRole('navigation', { name: 'Contents' }).count()).toBe(1)
  })

  it('is light or dark as the system is, or as somebody wants', async () => {
    const url = report(small())
    await using open = await browser.open(url, { colorScheme: 'dark' })
    const { page } = open
    const ground = () => page.evaluate<string>('getComputedStyle(document.body).backgroundColor')
    expect(await ground()).toBe('rgb(20, 24, 29)')
    await page.locator('.theme').getByText('light', { exact: true }).click()
    expect(await ground()).toBe('rgb(255, 255, 255)')
    await page.locator('.theme').getByText('system', { exact: true }).click()
    await page.emulateMedia({ colorScheme: 'light' })
    await expect.poll(ground).toBe('rgb(255, 255, 255)')
  })

  it('gives out its data as files', async () => {
    const result = small()
    await using open = await browser.open(report(result))
    const { page } = open
    const save = async (name: string): Promise<{ readonly name: string; readonly body: Buffer }> => {
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name }).click(),
      ])
      return { name: download.suggestedFilename(), body: readFileSync(await download.path()) }
    }
    const json = JSON.parse((await save('Save result.json')).body.toString()) as RunResult
    expect(json.trials.map(({ id, counts }) => [id, counts])).toEqual(
      result.trials.map(({ id, counts }) => [id, counts]),
    )
    await page.evaluate("location.hash = '#/analysis/by-batch'")
    expect(await save('Save the table Latency by batch as CSV')).toEqual({
      name: 'by-batch.csv',
      body: Buffer.from('batch,p50\n1,1000000\n2,1500000\n4,2500000\n'),
    })
    const svg = await save('Save p50 by batch as SVG')
    expect(svg.name).toBe('by-batch-p50.svg')
    expect(svg.body.toString()).toMatch(/^<svg[\s\S]*xmlns="http:\/\/www.w3.org\/2000\/svg"/)
    const png = await save('Save p50 by batch as PNG')
    expect([...png.body.subarray(0, 4)]).toEqual([0x89, 0x50, 0x4e, 0x47])
    // 900 by 500, three times as fine.
    expect([png.body.readUInt32BE(16), png.body.readUInt32BE(20)]).toEqual([2700, 1500])
  })

  it('draws only what is looked at, and everything on paper', async () => {
    const result = small()
    await using open = await browser.open(report(result), { viewport: { width: 1200, height: 300 } })
    const { page } = open
    const drawn = () => page.locator('canvas').count()
    expect(await drawn()).toBe(0)
    await page.locator('figure', { hasText: 'p50 by batch' }).scrollIntoViewIfNeeded()
    await expect.poll(drawn).toBe(1)
    await page.locator('details.case > summary').first().click()
    await page.locator('.curves figure').first().waitFor()
    // Nobody waits for what is late, so it is counted in the same turn: one of the analysis, two of each case.
    const atOnce = "dispatchEvent(new Event('beforeprint')), document.querySelectorAll('canvas').length"
    expect(await page.evaluate(atOnce)).toBe(7)
    expect(await page.locator('details.case[open]').count()).toBe(3)
    const paper = await page.pdf({ format: 'A4' })
    expect(paper.subarray(0, 5).toString()).toBe('%PDF-')
    expect(open.problems).toEqual([])
  })
})

describe('what is not in every run', () => {
  it('has its place: searches, trials of no case, analyses of one name, certificates, controlled loads', async () => {
    const base = small()
    const [first] = base.trials
    const probe = { ...trialFixture({ path: ['search'], role: 'profile' }), id: 'probe1' }
    const certificate = {
      rule: 'certified',
      percentile: 99,
      verdict: 'certified',
      confidence: 0.99,
      limit: 5e6,
      count: 1000,
      over: 2,
      effectiveCount: 700,
      looks: 3,
      measured: 4e6,
      interval: [3.9e6, 4.2e6],
      bound: 4.5e6,
      halfWidth: 0.04,
      more: null,
      independent: null,
    } as const
    const result: RunResult = {
      ...base,
      trials: [{ ...first!, certificate }, ...base.trials.slice(1), probe],
      analyses: [ANALYSIS, { ...ANALYSIS, title: 'Once more' }],
      searches: [
        {
          id: 's',
          kind: 'findMax',
          file: 'a.bench.ts',
          path: ['search'],
          case: {},
          vary: 'rate',
          from: 1,
          to: 100,
          precision: 0.1,
          confidence: 0.95,
          atLeast: null,
          outcome: 'found',
          message: 'Up to 40 per second.',
          answer: { value: 40, interval: [40, 44], throughput: 40, trials: ['probe1'] },
          notes: ['A note.'],
          probes: [
            {
              trial: 'probe1',
              value: 40,
              purpose: 'raise',
              verdict: 'pass',
              reason: 'All terms hold.',
              validity: 'valid',
              duration: 1e9,
              offeredLoad: 40,
              throughput: 40,
              errorRate: 0,
              p50: 1e6,
              p99: 2e6,
              terms: [],
            },
          ],
        },
      ],
    }
    const url = report(result)
    await using open = await browser.open(`${url}#/analysis/by-batch-2`)
    const { page } = open
    await expect.poll(() => page.evaluate('document.activeElement.textContent')).toContain('Once more')
    expect(await page.getByText('Up to 40 per second.').count()).toBe(1)
    await page
      .getByRole('region', { name: 'Loads that were tried' })
      .getByRole('link', { name: '40' })
      .click()
    await expect.poll(() => page.locator('details.trial[open]').count()).toBe(1)
    await page.evaluate(`location.hash = '#/trial/${first!.id}'`)
    await page.getByText('worth 700 independent ones').waitFor()
    expect(open.problems).toEqual([])
  })
})

describe('the page of several runs', () => {
  it('has them side by side, by what their cases are and what they ran on', async () => {
    const other = small()
    const environment = { ...ENVIRONMENT, cpu: { ...ENVIRONMENT.cpu, model: 'Another CPU' } }
    await using open = await browser.open(report(small(), { ...other, run: { ...other.run, environment } }))
    const { page } = open
    await expect(page.locator('h1').innerText()).resolves.toBe('2 runs side by side')
    const rows = page.getByRole('region', { name: 'Cases by run' }).locator('tbody tr')
    expect(await rows.count()).toBe(6)
    expect(await rows.nth(0).innerText()).toContain('Example CPU')
    expect(await rows.nth(1).innerText()).toContain('Another CPU')
    expect(await page.getByText('The machines differ in cpu.model').count()).toBeGreaterThan(0)
    await page.evaluate(`location.hash = '#/run-2/case/${other.cases[1]!.id}'`)
    await expect.poll(() => page.locator('details.case[open]').count()).toBe(1)
    expect(open.problems).toEqual([])
  })
})

describe('the page of all runs', () => {
  it('has them with the history of each case', async () => {
    const runs = Array.from({ length: 12 }, (_, day) => {
      const result = resultFixture([
        trialFixture({ latencies: [1, 2, 3].map((at) => at * 1e6 * (day < 6 ? 1 : 2) + day * 1e3) }),
      ])
      const startedAt = `2026-01-${String(day + 1).padStart(2, '0')}T04:00:00.000Z`
      return summariseRun({ ...result, run: { ...result.run, startedAt } }, `run-${day}`, ['report.html'])
    }).toReversed()
    const url = browser.write(renderHistory({ runs, problems: [{ folder: 'x', message: HOSTILE }] }, assets))
    await using open = await browser.open(url)
    const { page } = open
    await page.getByText('The level changes once').waitFor()
    await page.getByLabel('Metric').selectOption('throughput')
    await page.getByText('No change of level is found.').waitFor()
    const links = page.getByRole('link', { name: 'report.html' })
    expect(await links.count()).toBe(12)
    expect(await links.first().getAttribute('href')).toBe('run-11/report.html')
    await expect.poll(() => page.locator('canvas').count()).toBe(1)
    expect(open.problems).toEqual([])
  })
})

describe('a large result', () => {
  it('of 200 trials is a small file', () => {
    expect(renderReport([syntheticResult()], assets).length).toBeLessThan(3_000_000)
  })
})
