/**
 * What the page of a large result costs: 200 trials of 100 000 requests. Making it with `servebench report` (at most 10 s
 * and 1 GB), its size (at most 3 MB), and opening it in Chromium (at most 1 s until all of it is there). Exits with 1 when
 * one of these is exceeded.
 *
 *     npm run build && node --conditions=servebench-source bench/report/large.ts [trials]
 *
 * The result is made up, see `syntheticResult`; its histograms are as full as real ones. Chromium is that of
 * servers/chromium/install.sh, or what CHROMIUM names; without one, opening is not measured.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { TestBrowser } from '../../packages/reporter-html/test/support/browser.ts'
import { syntheticResult } from '../../packages/reporter-html/test/support/synthetic-result.ts'

const ROOT = join(import.meta.dirname, '../..')
const COMMAND = join(ROOT, 'packages/core/bin/servebench.js')
const REPEATS = 5
const MOST = { seconds: 10, bytes: 1e9, size: 3e6, opening: 1000 }
/** Printed by the command itself, when it ends: bytes, and microseconds of the processor. */
const USAGE =
  'data:text/javascript,process.on("exit",()=>{const{maxRSS:m,userCPUTime:u,systemCPUTime:s}=process.resourceUsage();console.error("usage",m*1024,u+s)})'

const trials = Number(process.argv[2] ?? 200)
const folder = mkdtempSync(join(tmpdir(), 'servebench-report-'))
let isFine = true
const tell = (what: string, value: string, fine: boolean): void => {
  isFine &&= fine
  process.stdout.write(`${fine ? '✓' : '✗'} ${what.padEnd(30)} ${value}\n`)
}

try {
  const run = join(folder, '20260101T000000Z-aaaa')
  mkdirSync(run)
  writeFileSync(
    join(run, 'result.json'),
    JSON.stringify(syntheticResult({ cases: Math.ceil(trials / REPEATS), repeats: REPEATS })),
  )
  process.stdout.write(
    `result.json: ${megabytes(statSync(join(run, 'result.json')).size)}, ${trials} trials\n`,
  )
  makePage(run)
  const page = join(run, 'report.html')
  const { size } = statSync(page)
  tell('size of the page', megabytes(size), size <= MOST.size)
  const chromium = process.env['CHROMIUM'] ?? join(ROOT, '.servers/chromium/bin/chromium')
  if (existsSync(chromium)) await openPage(chromium, page)
  else process.stdout.write('  opening is not measured: there is no Chromium\n')
} finally {
  rmSync(folder, { recursive: true })
}
process.exitCode = isFine ? 0 : 1

function makePage(run: string): void {
  const began = performance.now()
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--import', USAGE, COMMAND, 'report', run, '--reporter', 'html', '--no-config'],
    { cwd: ROOT, encoding: 'utf8' },
  )
  const seconds = (performance.now() - began) / 1000
  if (status !== 0) throw new Error(`servebench report failed:\n${stderr}`)
  const [, peak, cpu] = (/usage (\d+) (\d+)/.exec(stderr) ?? []).map(Number) as [number, number, number]
  const busy = `${seconds.toFixed(2)} s, ${(cpu / 1e6).toFixed(2)} s of them on the processor`
  tell('making it', busy, seconds <= MOST.seconds)
  tell('its memory, at most', megabytes(peak), peak <= MOST.bytes)
}

async function openPage(chromium: string, file: string): Promise<void> {
  await using browser = await TestBrowser.start(chromium)
  await using open = await browser.open(pathToFileURL(file).href)
  const [loaded, shown] = await open.page.evaluate<[number, number]>(`[
    performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd,
    performance.getEntriesByName('servebench-shown')[0].startTime,
  ]`)
  tell('opening it: document', `${loaded.toFixed(0)} ms`, loaded <= MOST.opening)
  tell('opening it: all is there', `${shown.toFixed(0)} ms`, shown <= MOST.opening)
  if (open.problems.length > 0) throw new Error(open.problems.join('\n'))
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(2)} MB`
}
