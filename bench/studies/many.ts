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
const { values } = parseArgs({ options: { points: { type: 'string', default: '5000' } } })
const points = Number(values.points)
const scratch = mkdtempSync(join(tmpdir(), 'servebench-many-'))

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
  /** The longest that the main thread was away while trials ran, ms. */
  readonly away: number
}

interface Running {
  readonly child: ChildProcess
  readonly output: string
  readonly ended: Promise<Ended>
}

function start(args: readonly string[], env: Readonly<Record<string, string>> = {}): Running {
  const usage = join(scratch, `usage-${Math.random()}`)
  const output = join(scratch, `results-${args[0]}`)
  const began = performance.now()
  const child = spawn(
    process.execPath,
    ['--import', join(here, 'usage.ts'), COMMAND, ...args, '--no-config', '--output', output],
    {
      cwd: here,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, ...env, BENCH_USAGE: usage },
    },
  )
  const ended = once(child, 'exit').then(([code]): Ended => {
    const told = JSON.parse(readFileSync(usage, 'utf8')) as Pick<Ended, 'memory' | 'cpu' | 'away'>
    return { code: code as number | null, seconds: (performance.now() - began) / 1000, ...told }
  })
  return { child, output, ended }
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
  const env = { BENCH_STUDY: JSON.stringify({ url: `http://127.0.0.1:${port.trim()}/`, points }) }
  const run = start(['tune', 'many', '--fresh', '--reporter', 'console', '--reporter', 'html'], env)
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

  const report = await start(['report', run.output, '--reporter', 'html']).ended
  tell(
    'servebench report',
    `${report.seconds.toFixed(1)} s, ${megabytes(report.memory)}`,
    report.memory <= MOST.memory,
  )

  const interrupted = start(['tune', 'many', '--fresh', '--reporter', 'console'], env)
  const journals = join(interrupted.output, 'latest/journal.ndjson')
  const isUnderWay = (): boolean =>
    existsSync(journals) && readFileSync(journals, 'utf8').split('"type":"trial-end"').length > points / 2
  await new Promise((resolve) => setTimeout(resolve, 2000))
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
