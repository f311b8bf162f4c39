/**
 * `npm run bench:many-points`: what a study of 5000 configurations costs beside measuring, on a real run of the built
 * command: memory (at most 500 MB), how long the main thread is away from the display and from Ctrl-C at most (1 s while
 * measuring), time per point at the beginning and at the end, the report and its size. Exits with 1 when a bound is
 * exceeded. Each point is 20 requests to a server that answers at once; `-- --points 500` takes a tenth of the time.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { readResult } from 'servebench/node'

const here = import.meta.dirname
const root = join(here, '../..')
const COMMAND = join(root, 'packages/core/bin/servebench.js')
const MOST = { memory: 500e6, away: 1000, slower: 1.5, page: 20e6 }
/**
 * Loaded into the command, which writes what it has used to the file that BENCH_USAGE names. Timers that come late show how
 * long the main thread was away. No TypeScript: its reader alone takes 100 MB.
 */
const USAGE = `data:text/javascript,${encodeURIComponent(`
import { writeFileSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'
if (isMainThread) {
  let away = 0
  let last = performance.now()
  setInterval(() => {
    const now = performance.now()
    away = Math.max(away, now - last - 20)
    last = now
  }, 20).unref()
  process.on('exit', () => {
    const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage()
    const usage = { memory: maxRSS * 1024, cpu: (userCPUTime + systemCPUTime) / 1e6, away }
    writeFileSync(process.env.BENCH_USAGE, JSON.stringify(usage))
  })
}`)}`
const { values } = parseArgs({ options: { points: { type: 'string', default: '5000' } } })
const points = Number(values.points)
const scratch = mkdtempSync(join(tmpdir(), 'servebench-many-'))

const target = { url: '', points }

let isFine = true
function tell(what: string, value: string, fine = true): void {
  isFine &&= fine
  process.stdout.write(`${fine ? '✓' : '✗'} ${what.padEnd(34)} ${value}\n`)
}

interface Ended {
  readonly code: number | null
  readonly seconds: number
  /** Bytes. */
  readonly memory: number
  /** Seconds of the processor. */
  readonly cpu: number
  /** The longest that the main thread was away, ms. */
  readonly away: number
}

interface Running {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
}

let outputs = 0
function tune(...reporters: readonly string[]): Running & { readonly output: string } {
  const output = join(scratch, `results-${++outputs}`)
  const args = ['tune', 'many', '--fresh', '--output', output]
  return { ...start([...args, ...reporters.flatMap((name) => ['--reporter', name])]), output }
}

function start(args: readonly string[]): Running {
  const usage = join(scratch, `usage-${Math.random()}`)
  const began = performance.now()
  const child = spawn(process.execPath, ['--import', USAGE, COMMAND, ...args, '--no-config'], {
    cwd: here,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, BENCH_STUDY: JSON.stringify(target), BENCH_USAGE: usage },
  })
  const ended = once(child, 'exit').then(([code]): Ended => {
    const told = JSON.parse(readFileSync(usage, 'utf8')) as Pick<Ended, 'memory' | 'cpu' | 'away'>
    return { code: code as number | null, seconds: (performance.now() - began) / 1000, ...told }
  })
  return { child, ended }
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`
const milliseconds = (value: number): string => `${value.toFixed(value < 10 ? 1 : 0)} ms`

/** Milliseconds between the starts of trials that follow each other, the mean over a stretch of the run. */
function perPoint(journal: string, from: number, until: number): number {
  const starts = readFileSync(journal, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('{"type":"trial-start"'))
    .map((line) => Date.parse((JSON.parse(line) as { startedAt: string }).startedAt))
  const [first, last] = [Math.floor(from * (starts.length - 1)), Math.floor(until * (starts.length - 1))]
  return ((starts[last] as number) - (starts[first] as number)) / (last - first)
}

const server = spawn(process.execPath, [join(here, 'server.ts')], { stdio: ['ignore', 'pipe', 'inherit'] })
try {
  const [port] = (await once(server.stdout.setEncoding('utf8'), 'data')) as [string]
  target.url = `http://127.0.0.1:${port.trim()}/`
  const run = tune('console', 'html')
  const ended = await run.ended
  if (ended.code !== 0) throw new Error(`servebench tune ended with ${ended.code}.`)
  const folder = join(run.output, 'latest')
  const result = await readResult(run.output)
  const count = result.trials.length
  const { total, measuring, ...parts } = result.run.time ?? { total: Number.NaN, measuring: Number.NaN }
  tell('run', `${ended.seconds.toFixed(0)} s, ${ended.cpu.toFixed(0)} s of the processor, ${count} trials`)
  tell('memory, at most', megabytes(ended.memory), ended.memory <= MOST.memory)
  tell('main thread away, at most', milliseconds(ended.away), ended.away <= MOST.away)
  const journal = join(folder, 'journal.ndjson')
  const [early, late] = [perPoint(journal, 0.02, 0.22), perPoint(journal, 0.75, 0.95)]
  tell('a point at the beginning', milliseconds(early))
  tell('a point at the end', milliseconds(late), late <= MOST.slower * early)
  tell('measuring, of a point', milliseconds(measuring / count / 1e6))
  for (const [name, nanos] of Object.entries(parts))
    tell(`${name}, of a point`, milliseconds(nanos / count / 1e6))
  tell('after the last trial', `${(ended.seconds - total / 1e9).toFixed(1)} s`)
  for (const name of ['journal.ndjson', 'result.json', 'report.html']) {
    const { size } = statSync(join(folder, name))
    tell(name, megabytes(size), name !== 'report.html' || size <= MOST.page)
  }

  const report = await start(['report', folder, '--reporter', 'html']).ended
  if (report.code !== 0) throw new Error(`servebench report ended with ${report.code}.`)
  tell(
    'servebench report',
    `${report.seconds.toFixed(1)} s, ${megabytes(report.memory)}`,
    report.memory <= MOST.memory,
  )

  const interrupted = tune('console')
  const journals = join(interrupted.output, 'latest/journal.ndjson')
  const isUnderWay = (): boolean =>
    existsSync(journals) && readFileSync(journals, 'utf8').split('"type":"trial-end"').length > points / 2
  while (!isUnderWay()) await new Promise((resolve) => setTimeout(resolve, 200))
  const trials = (): number => readFileSync(journals, 'utf8').split('"type":"trial-start"').length
  interrupted.child.kill('SIGINT')
  await new Promise((resolve) => setTimeout(resolve, MOST.away))
  const then = trials()
  const { seconds } = await interrupted.ended
  tell(
    'trials begun 1 s after Ctrl-C',
    `${trials() - then}, of a run of ${seconds.toFixed(0)} s`,
    trials() === then,
  )
} finally {
  server.kill()
  rmSync(scratch, { recursive: true, force: true })
}
process.exitCode = isFine ? 0 : 1
