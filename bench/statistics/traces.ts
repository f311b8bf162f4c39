/**
 * What traces cost: expanding counts and replaying instants, a day of 10 000 arrivals per second in constant memory, and
 * reading a large file in bounded memory. Exits with 1 when a bound is broken.
 *
 *     node --expose-gc --conditions=servebench-source bench/statistics/traces.ts [MiB of CSV]
 */
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TracePlan } from '../../packages/core/src/arrival/load-plan.ts'
import { createSchedule } from '../../packages/core/src/arrival/schedule.ts'
import { Random } from '../../packages/core/src/stats/prng.ts'
import { prepareTrace } from '../../packages/core/src/trace/prepare-trace.ts'
import { OpenTraces, traceKey } from '../../packages/core/src/trace/open-trace.ts'

const MIB = 1024 * 1024
const SIZE = Number(process.argv[2] ?? 400) * MIB
const MINUTE = 60e9
const LEAST_RATE = 5e6
const MOST_MEMORY = 192 * MIB

const plan: TracePlan = {
  kind: 'trace',
  files: ['trace.csv'],
  source: { format: 'csv', column: { at: 'at', unit: 'us' }, where: {} },
  from: 0,
  until: null,
  expand: 'conditional',
  speed: 1,
  scale: 1,
  badRows: 'strict',
}
let broken = false

function bound(text: string, holds: boolean): void {
  console.log(`${holds ? 'ok    ' : 'BROKEN'} ${text}`)
  broken ||= !holds
}

for (const expand of ['conditional', 'rate', 'even', 'smooth'] as const) {
  const counts = new Float64Array(1440).fill(600_000)
  const content = {
    kind: 'counts',
    every: MINUTE,
    counts,
    arrivals: 864e6,
    length: 1440 * MINUTE,
    peak: 1e4,
  } as const
  const load = { loop: 'open', process: { ...plan, expand }, rate: [] } as const
  const schedule = createSchedule(load, new Random([1, 2, 3, 4]), { openTrace: () => content })
  const planned = 20_000_000
  gc?.()
  const before = process.memoryUsage().heapUsed
  const start = performance.now()
  for (let index = 0; index < planned; index++) schedule.advance()
  const rate = planned / ((performance.now() - start) / 1000)
  gc?.()
  const grown = process.memoryUsage().heapUsed - before
  const text = `a day at 10 000/s, ${expand}: ${(rate / 1e6).toFixed(1)} M arrivals/s, heap ${(grown / 1024).toFixed(0)} KiB more after ${planned / 1e6} M`
  bound(text, grown < MIB && rate >= LEAST_RATE)
}

const folder = mkdtempSync(join(tmpdir(), 'servebench-traces-'))
try {
  writeCsv(join(folder, 'trace.csv'))
  gc?.()
  let most = 0
  const watch = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 20)
  const before = process.memoryUsage().rss
  const start = performance.now()
  const { header, path } = await prepareTrace(plan, { root: folder, path: join(folder, 'trace.arrivals') })
  const seconds = (performance.now() - start) / 1000
  clearInterval(watch)
  const read = statSync(join(folder, 'trace.csv')).size / MIB
  bound(
    `read ${read.toFixed(0)} MiB, ${(header.arrivals / 1e6).toFixed(1)} M rows: ${(read / seconds).toFixed(0)} MiB/s, at most ${((most - before) / MIB).toFixed(0)} MiB more in memory`,
    most - before < MOST_MEMORY,
  )
  using traces = new OpenTraces([{ key: traceKey(plan), path, header }])
  const schedule = createSchedule({ loop: 'open', process: plan, rate: [] }, new Random([1, 2, 3, 4]), {
    openTrace: traces.open,
  })
  let replayed = 0
  const begun = performance.now()
  while (replayed < header.arrivals) {
    if (schedule.peek() === Infinity) await new Promise((resolve) => setImmediate(resolve))
    else {
      schedule.advance()
      replayed += 1
    }
  }
  const rate = replayed / ((performance.now() - begun) / 1000)
  bound(
    `replayed ${(replayed / 1e6).toFixed(1)} M instants: ${(rate / 1e6).toFixed(1)} M/s`,
    rate >= LEAST_RATE,
  )
} finally {
  rmSync(folder, { recursive: true, force: true })
}
process.exitCode = broken ? 1 : 0

function writeCsv(path: string): void {
  const file = openSync(path, 'w')
  let at = 0
  let block = 'at,model,tokens\n'
  for (let size = 0; size < SIZE;) {
    // Every thousandth row comes a little late, as rows of several servers do.
    for (let row = 0; row < 20_000; row++) {
      at += 25
      block += `${row % 1000 === 0 ? Math.max(0, at - 90_000) : at}.5,model-${row % 7},${row}\n`
    }
    size += writeSync(file, block)
    block = ''
  }
  closeSync(file)
}
