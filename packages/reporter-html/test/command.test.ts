import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runCommandLine } from 'servebench/node'
import { checkReporter } from 'servebench/testing'
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { resultFixture, trialFixture } from '../../core/test/result-fixture.ts'
import { bundlePage } from '../scripts/bundle.ts'
import { plugin } from '../src/index.ts'
import { plugin as plots } from '../src/plots.ts'

const RUNS = ['20260101T000000Z-aaaa', '20260102T000000Z-bbbb'] as const

let folder: string
beforeAll(() => bundlePage())
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'servebench-test-'))
  for (const [index, id] of RUNS.entries()) {
    mkdirSync(join(folder, 'servebench-results', id), { recursive: true })
    const result = resultFixture([trialFixture({ case: { batch: 1 } })])
    const exit = { code: index, reasons: index === 0 ? [] : ['An SLO failed.'] }
    writeFileSync(
      join(folder, 'servebench-results', id, 'result.json'),
      JSON.stringify({ ...result, run: { ...result.run, id, exit } }),
    )
  }
  vi.spyOn(process, 'cwd').mockReturnValue(folder)
  for (const stream of [process.stdout, process.stderr]) vi.spyOn(stream, 'write').mockImplementation(take)
})
afterEach(() => {
  vi.restoreAllMocks()
  rmSync(folder, { recursive: true })
})

let printed = ''
function take(text: unknown): boolean {
  printed += String(text)
  return true
}

/** As a project has it that has installed it. */
function installReporter(): void {
  mkdirSync(join(folder, 'node_modules/@servebench'), { recursive: true })
  symlinkSync(join(import.meta.dirname, '..'), join(folder, 'node_modules/@servebench/reporter-html'))
}

const result = (run: number, file: string): string =>
  join(folder, 'servebench-results', RUNS[run] as string, file)
const report = (...args: readonly string[]): Promise<number> => {
  printed = ''
  return runCommandLine(['report', '--no-config', ...args])
}

it('makes the page of a run', async () => {
  installReporter()
  expect(await report(join('servebench-results', RUNS[0]), '--reporter', 'html')).toBe(0)
  expect(readFileSync(result(0, 'report.html'), 'utf8')).toMatch(/^<!doctype html>[\s\S]*<\/html>\n$/)
})

it('makes the pages of several runs, and one of all of them beside the last', async () => {
  installReporter()
  const runs = RUNS.map((id) => join('servebench-results', id))
  expect(await report(...runs, '--reporter', 'html')).toBe(1)
  expect([0, 1].map((run) => existsSync(result(run, 'report.html')))).toEqual([true, true])
  expect([0, 1].map((run) => existsSync(result(run, 'comparison.html')))).toEqual([false, true])
  expect(printed).toContain('2 runs side by side')
})

it('needs a reporter that can show several runs', async () => {
  const runs = RUNS.map((id) => join('servebench-results', id))
  expect(await report(...runs, '--reporter', 'markdown')).toBe(2)
  expect(printed).toContain('Add --reporter html.')
  expect(existsSync(result(0, 'report.md'))).toBe(true)
})

it('makes a page over all runs of a folder, and tells which cannot be read', async () => {
  installReporter()
  writeFileSync(result(0, 'result.json'), '{')
  cpSync(join(folder, 'servebench-results'), join(folder, 'elsewhere'), { recursive: true })
  expect(await report('--index')).toBe(0)
  expect(existsSync(join(folder, 'servebench-results/index.html'))).toBe(true)
  expect(printed).toContain(`${RUNS[0]} is left out: `)
  expect(await report('--index', 'elsewhere')).toBe(0)
  expect(existsSync(join(folder, 'elsewhere/index.html'))).toBe(true)
  expect(await report('--index', 'elsewhere', 'servebench-results')).toBe(2)
})

it('refuses options that it does not know', async () => {
  installReporter()
  writeFileSync(
    join(folder, 'servebench.config.json'),
    JSON.stringify({ reporters: [['html', { fiel: 'x.html' }]] }),
  )
  expect(await runCommandLine(['report', '--config', join(folder, 'servebench.config.json')])).toBe(2)
  expect(printed).toContain("Did you mean 'file'?")
})

it.each([plugin, plots])('$name keeps the contract of reporters', async (reporter) => {
  const { held } = await checkReporter(reporter)
  expect(held.length).toBeGreaterThan(5)
})
