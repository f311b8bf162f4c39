/**
 * The HTTP/1.1 engines against wrk: closed loop, one thread each, the same server and the same requests, interleaved.
 *
 *   node --conditions=servebench-source bench/transport/http1.ts [--rounds 5] [--seconds 3] [--only raw] [--cells 16x600,…]
 *
 * Needs `cc` and `wrk`. Prints requests per second relative to wrk: the median of the undisturbed rounds, and all of
 * them; `~` marks rounds in which other programs used more than a quarter of a core.
 */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { checkHttpEndpoint, createHttpSession, encodeHttpRequest } from 'servebench/session'
import type { HttpEngine, Prepared } from 'servebench/session'
import { busySeconds, describeMachine, ownSeconds, processSeconds, quietWindow } from '../peers/machine.ts'
import { buildNative } from '../peers/native.ts'
import { ClosedLoop } from './closed-loop.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    cells: { type: 'string', default: '1x600,16x600,64x600,16x600000' },
    only: { type: 'string' },
    drive: { type: 'string' },
  },
})

async function drive(text: string): Promise<void> {
  const { engine, url, concurrency, size, seconds } = JSON.parse(text) as Cell & { engine: HttpEngine }
  const { bytes } = encodeHttpRequest({
    method: 'POST',
    url,
    headers: [['content-type', 'application/json']],
    body: Buffer.alloc(size, 'a'),
  })
  const joined = Buffer.concat(bytes instanceof Uint8Array ? [bytes] : bytes)
  const shared = Buffer.from(new SharedArrayBuffer(joined.length))
  shared.set(joined)
  const prepared: Prepared = { index: 0, bytes: shared, items: 1, patches: [], meta: null, label: undefined }
  const loop = new ClosedLoop(concurrency, prepared)
  const session = await createHttpSession(
    {
      options: null,
      exchange: loop,
      connections: { count: concurrency, fixed: true, streams: 1, reuse: 'keep-alive', open: 'before' },
      slots: concurrency,
      exchangeKind: 'unary',
      maxResponseBytes: 1_000_000,
      prepared: [prepared],
      worker: 0,
    },
    { url, engine },
  )
  await session.connect()
  loop.start(session)
  await pause(Math.min(2, seconds / 2))
  const started = performance.now()
  const before = loop.completed
  const cpu = ownSeconds()
  await pause(seconds)
  const rate = (loop.completed - before) / ((performance.now() - started) / 1000)
  const micros = ((ownSeconds() - cpu) * 1e6) / (loop.completed - before)
  const { failed } = loop
  await loop.stop()
  await session[Symbol.asyncDispose]()
  console.log(JSON.stringify({ rate, micros, failed }))
}

async function compare(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'servebench-http1-'))
  console.log(describeMachine())
  const server = await Server.start(folder)
  try {
    for (const text of values.cells.split(',')) {
      const [concurrency = 1, size = 600] = text.split('x').map(Number)
      await compareCell(
        { url: server.url, concurrency, size, seconds: Number(values.seconds) },
        folder,
        server,
      )
    }
  } finally {
    await server.stop()
    rmSync(folder, { recursive: true })
  }
}

/** `bench/servers/truth-server.c`, answering at once. */
class Server {
  readonly url: string
  readonly #child: ChildProcess

  private constructor(child: ChildProcess, port: number) {
    this.#child = child
    this.url = `http://127.0.0.1:${port}/v1/infer`
  }

  static async start(folder: string): Promise<Server> {
    const free = createServer().listen(0, '127.0.0.1')
    await once(free, 'listening')
    const { port } = free.address() as AddressInfo
    free.close()
    const child = spawn(
      buildNative('truth-server'),
      ['--port', String(port), '--stats', join(folder, 'stats')],
      {
        stdio: ['pipe', 'ignore', 'inherit'],
      },
    )
    const server = new Server(child, port)
    while (child.exitCode === null) {
      const up = await checkHttpEndpoint(server.url).catch(() => null)
      if (up !== null) return server
      await pause(0.02)
    }
    throw new Error('The server did not start.')
  }

  get cpuSeconds(): number {
    return processSeconds(this.#child.pid as number)
  }

  async stop(): Promise<void> {
    this.#child.kill()
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit')
  }
}

interface Cell {
  readonly url: string
  readonly concurrency: number
  readonly size: number
  readonly seconds: number
}

interface Result {
  readonly rate: number
  /** CPU time per request, all threads and the start included for wrk. */
  readonly micros: number
  readonly quiet: boolean
}

async function compareCell(cell: Cell, folder: string, server: Server): Promise<void> {
  const engines = (['http1-raw', 'http1-undici'] as const).filter((engine) =>
    engine.endsWith(values.only ?? ''),
  )
  const ratios = new Map<string, { ratio: number; quiet: boolean }[]>()
  for (let round = 0; round < Number(values.rounds); round++) {
    const reference = await runWrk(cell, folder, server)
    const line = [
      `c=${cell.concurrency} ${cell.size} B  wrk ${reference.rate.toFixed(0)} (${reference.micros.toFixed(1)} µs)`,
    ]
    for (const engine of engines) {
      const result = await runEngine(engine, cell, server)
      const quiet = result.quiet && reference.quiet
      ratios.set(engine, [...(ratios.get(engine) ?? []), { ratio: result.rate / reference.rate, quiet }])
      line.push(`${engine} ${result.rate.toFixed(0)}${quiet ? '' : '~'} (${result.micros.toFixed(1)} µs)`)
    }
    console.error(line.join('  '))
  }
  for (const [engine, list] of ratios) {
    const quiet = list.filter((entry) => entry.quiet)
    const sorted = (quiet.length > 0 ? quiet : list).map(({ ratio }) => ratio).toSorted((a, b) => a - b)
    const median = (sorted[sorted.length >> 1] as number).toFixed(2)
    const all = list.map((entry) => `${entry.ratio.toFixed(2)}${entry.quiet ? '' : '~'}`).join(' ')
    console.log(`c=${cell.concurrency} ${cell.size} B  ${engine} / wrk = ${median}  (${all})`)
  }
}

async function runWrk(
  { url, concurrency, size, seconds }: Cell,
  folder: string,
  server: Server,
): Promise<Result> {
  const script = join(folder, 'post.lua')
  const body = `wrk.body = string.rep("a", ${size})`
  writeFileSync(script, `wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\n${body}\n`)
  const { output, quiet, cpuSeconds } = await watch(server, () =>
    spawn('wrk', ['-t1', `-c${concurrency}`, `-d${seconds}s`, '-s', script, url], {
      stdio: ['ignore', 'pipe', 'inherit'],
    }),
  )
  const rate = Number(/Requests\/sec: *([\d.]+)/.exec(output)?.[1])
  return { rate, micros: (cpuSeconds * 1e6) / (rate * seconds), quiet }
}

async function runEngine(engine: HttpEngine, cell: Cell, server: Server): Promise<Result> {
  const script = fileURLToPath(import.meta.url)
  const { output, quiet } = await watch(server, () =>
    spawn(
      process.execPath,
      ['--conditions=servebench-source', script, '--drive', JSON.stringify({ ...cell, engine })],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    ),
  )
  const { rate, micros, failed } = JSON.parse(output) as { rate: number; micros: number; failed: number }
  if (failed > 0) throw new Error(`${engine}: ${failed} requests failed`)
  return { rate, micros, quiet }
}

/** Runs a client when the machine is quiet, and notices whether it stayed so. */
async function watch(
  server: Server,
  start: () => ChildProcess,
): Promise<{ output: string; quiet: boolean; cpuSeconds: number }> {
  await quietWindow(0.2, 30)
  const began = performance.now()
  const foreign = (): number => busySeconds() - ownSeconds() - server.cpuSeconds
  const before = foreign()
  const child = start()
  let output = ''
  let used = 0
  let others = 0
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const timer = setInterval(() => {
    if (child.exitCode !== null) return
    used = processSeconds(child.pid as number)
    others = foreign() - before - used
  }, 100)
  await once(child, 'close')
  clearInterval(timer)
  return { output, quiet: others / ((performance.now() - began) / 1000) < 0.25, cpuSeconds: used }
}

function pause(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000))
}

await (values.drive === undefined ? compare() : drive(values.drive))
