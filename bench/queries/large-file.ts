/**
 * What query files cost: looking a large file through, and putting requests together from it while measuring, in memory
 * that does not grow with the file. Each size is measured in a process of its own. Exits with 1 when a bound is broken.
 *
 *     node --conditions=servebench-source bench/queries/large-file.ts [MiB] [clients]
 */
import { spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HttpCodec } from '../../packages/core/src/builtin/http/codec.ts'
import type { Patch } from '../../packages/core/src/engine/session.ts'
import { prepare } from '../../packages/core/src/testing/prepare.ts'
import { QueryRequests, queryTemplateOf } from '../../packages/core/src/transport/http1/query-requests.ts'
import { scanQueries } from '../../packages/core/src/transport/queries/scan-queries.ts'

const MIB = 1024 * 1024
const SMALL = 8
const REQUESTS = 2_000_000
/** A large file may need this many times the memory of a small one. */
const MOST_RATIO = 1.25

interface Costs {
  readonly queries: number
  /** Milliseconds. */
  readonly scan: number
  /** Largest resident set of the process, bytes. */
  readonly memory: number
  /** Nanoseconds per request, and the longest time for eight of them. */
  readonly each: number
  readonly slowest: number
}

const [mode, ...rest] = process.argv.slice(2)
if (mode === '--measure') console.log(JSON.stringify(await measure(rest[0] as string, Number(rest[1]))))
else compare(Number(mode ?? 1024), Number(rest[0] ?? 64))

function compare(large: number, clients: number): void {
  const folder = mkdtempSync(join(tmpdir(), 'servebench-queries-'))
  try {
    const costs = [SMALL, large].map((size) => {
      const file = join(folder, `${size}.txt`)
      write(file, size * MIB)
      const { queries, scan, memory, each, slowest } = measureApart(file, clients)
      console.log(
        `${size} MiB, ${queries} queries, ${clients} clients: looked through in ${(scan / 1000).toFixed(2)} s (${((size * MIB) / scan / 1e3).toFixed(0)} MB/s); ` +
          `${each.toFixed(0)} ns per request, eight in ${(slowest / 1e3).toFixed(0)} µs at worst; ${(memory / MIB).toFixed(0)} MiB`,
      )
      return memory
    })
    const ratio = (costs[1] as number) / (costs[0] as number)
    const holds = ratio <= MOST_RATIO
    console.log(
      `${holds ? 'ok    ' : 'BROKEN'} ${ratio.toFixed(2)} times the memory for ${(large / SMALL).toFixed(0)} times the file`,
    )
    process.exitCode = holds ? 0 : 1
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function measureApart(file: string, clients: number): Costs {
  const args = [...process.execArgv, import.meta.filename, '--measure', file, String(clients)]
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  return JSON.parse(stdout) as Costs
}

async function measure(file: string, clients: number): Promise<Costs> {
  const start = performance.now()
  const { plan, files } = await scanQueries({
    root: '/',
    file,
    lines: 'url',
    deal: 'split',
    clients,
    offset: 0,
    maxLine: 131_072,
    badLines: 'strict',
    append: '',
    base64: false,
  })
  const scan = performance.now() - start
  const codec = new HttpCodec({ url: 'http://127.0.0.1:8080/', engine: 'http1-raw', close: false })
  const [template] = prepare([codec.encode({ queries: plan })])
  const queries = queryTemplateOf(template)
  if (template === undefined || queries === null) throw new Error('There is no template.')
  using source = new QueryRequests(queries, { worker: 0 }, 'http1-raw')
  const patch: Patch = {
    unit: 0,
    saltLow: 0,
    saltHigh: 0,
    sequence: 0,
    start: true,
    end: true,
    user: 0,
    attempt: 0,
  }
  let slowest = 0
  let bytes = 0
  const began = process.hrtime.bigint()
  let last = began
  for (let unit = 0; unit < REQUESTS; unit++) {
    patch.unit = unit
    patch.user = unit % clients
    bytes += source.of(template, unit % clients, patch).bytes.length
    if (unit % 8 !== 7) continue
    const now = process.hrtime.bigint()
    slowest = Math.max(slowest, Number(now - last))
    last = now
  }
  const each = Number(process.hrtime.bigint() - began) / REQUESTS
  if (bytes < REQUESTS * 50) throw new Error('Too little was put together.')
  const memory = process.resourceUsage().maxRSS * 1024
  return { queries: files[0]?.queries ?? 0, scan, memory, each, slowest }
}

function write(path: string, size: number): void {
  const file = openSync(path, 'w')
  let number = 0
  for (let written = 0; written < size;) {
    const lines: string[] = []
    for (let row = 0; row < 20_000; row++)
      lines.push(`/search/?query=${number++}&hits=10&filter=${'x'.repeat(number % 160)}\n`)
    written += writeSync(file, lines.join(''))
  }
  closeSync(file)
}
