/**
 * The gRPC transports alone, without the rest of the tool: unary calls in a closed loop on one connection, against the Go
 * server in `bench/servers/grpc-echo`, next to `@grpc/grpc-js` and, where they are on PATH, ghz and h2load.
 *
 *   node --conditions=servebench-source bench/transport/grpc.ts [--rounds 5] [--seconds 2] [--streams 1,16,64] [--bytes 600,1024]
 *
 * The clients take turns; a cell's number is the median of its rounds, and the ratio that of the rounds' ratios.
 */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import { describeMachine } from '../peers/machine.ts'
import { buildGrpcEcho, findExecutable } from '../peers/native.ts'
import { METHOD, message } from './grpc-sample.ts'
import type { Job, Sample } from './grpc-sample.ts'

interface Tool {
  readonly name: string
  readonly run: (job: Job) => Promise<Sample>
}

const BASELINE = 'grpc-js'
const execute = promisify(execFile)
const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url))
const folder = mkdtempSync(path.join(tmpdir(), 'servebench-grpc-'))

function node(name: string, script: string, ...extra: readonly string[]): Tool {
  return {
    name,
    run: async ({ address, streams, bytes, seconds }) => {
      const args = [
        '--conditions=servebench-source',
        here(script),
        address,
        streams,
        bytes,
        seconds,
        ...extra,
      ]
      const { stdout } = await execute(process.execPath, args.map(String))
      return JSON.parse(stdout) as Sample
    },
  }
}

const ghz: Tool = {
  name: 'ghz',
  run: async ({ address, streams, bytes, seconds }) => {
    const proto = here('../servers/grpc-echo/echo.proto')
    const data = JSON.stringify({ body: Buffer.alloc(bytes, 'x').toString('base64') })
    const load = `-c ${streams} --connections 1 -z ${seconds + 1}s -O summary`.split(' ')
    const call = ['--insecure', '--proto', proto, '--call', METHOD.slice(1), '-d', data]
    const { stdout } = await execute('ghz', [...call, ...load, address])
    const time = (label: string): number | null => {
      const [, value, unit] = new RegExp(`${label} % in ([\\d.]+) (\\S+)`).exec(stdout) ?? []
      return value === undefined ? null : Number(value) * (unit === 's' ? 1000 : unit === 'ms' ? 1 : 0.001)
    }
    return {
      perSecond: numberIn(stdout, /Requests\/sec:\s+([\d.]+)/),
      cpu: null,
      p50: time('50'),
      p99: time('99'),
    }
  },
}

const h2load: Tool = {
  name: 'h2load',
  run: async ({ address, streams, bytes, seconds }) => {
    const body = message(bytes)
    const prefix = Buffer.alloc(5)
    prefix.writeUInt32BE(body.length, 1)
    const file = path.join(folder, `${bytes}.bin`)
    writeFileSync(file, Buffer.concat([prefix, body]))
    const load = ['-c1', `-m${streams}`, '-t1', `-D${seconds}`, '--warm-up-time=1', '-d', file]
    const headers = ['-H', 'content-type: application/grpc', '-H', 'te: trailers']
    const { stdout } = await execute('h2load', [...load, ...headers, `http://${address}${METHOD}`])
    return { perSecond: numberIn(stdout, /([\d.]+) req\/s/), cpu: null, p50: null, p99: null }
  },
}

function numberIn(text: string, pattern: RegExp): number {
  const found = pattern.exec(text)?.[1]
  if (found === undefined) throw new Error(`no ${pattern.source} in:\n${text}`)
  return Number(found)
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right)
  const middle = (sorted.length - 1) / 2
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2
}

async function startServer(): Promise<{ readonly address: string; readonly stop: () => void } | null> {
  const binary = buildGrpcEcho()
  if (binary === null) return null
  const child = spawn(binary, ['-address', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  return { address: line.toString().trim(), stop: () => child.kill() }
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '2' },
      streams: { type: 'string', default: '1,16,64' },
      bytes: { type: 'string', default: '600,1024' },
    },
  })
  const server = await startServer()
  if (server === null) {
    console.error('Go is needed for the server: https://go.dev/dl/')
    return 2
  }
  const tools = [
    node('grpc-http2', 'grpc-own-client.ts', 'grpc-http2'),
    node('grpc-node-http2', 'grpc-own-client.ts', 'grpc-node-http2'),
    node(BASELINE, 'grpc-js-client.ts'),
    ...[ghz, h2load].filter(({ name }) => findExecutable(name) !== null),
  ]
  console.log(
    `${new Date().toISOString().slice(0, 10)}, ${describeMachine()}, ${values.rounds} rounds of ${values.seconds} s.\n`,
  )
  console.log(`| bytes | streams | client | calls/s | ÷ ${BASELINE} | CPU µs per call | p50 ms | p99 ms |`)
  console.log('| --- | --- | --- | --- | --- | --- | --- | --- |')
  try {
    for (const bytes of values.bytes.split(',').map(Number)) {
      for (const streams of values.streams.split(',').map(Number)) {
        const job = { address: server.address, streams, bytes, seconds: Number(values.seconds) }
        const rounds: Map<string, Sample>[] = []
        for (let round = 0; round < Number(values.rounds); round++) {
          const samples = new Map<string, Sample>()
          for (const { name, run } of tools) samples.set(name, await run(job))
          rounds.push(samples)
        }
        for (const { name } of tools) console.log(row(job, name, rounds))
      }
    }
  } finally {
    server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  return 0
}

function row({ bytes, streams }: Job, name: string, rounds: readonly ReadonlyMap<string, Sample>[]): string {
  const samples = rounds.map((round) => round.get(name) as Sample)
  const ratios = rounds.map(
    (round) => (round.get(name)?.perSecond ?? 0) / (round.get(BASELINE)?.perSecond ?? 0),
  )
  const cell = (pick: (sample: Sample) => number | null, digits: number): string => {
    const known = samples.map(pick).filter((value) => value !== null)
    return known.length === 0 ? '–' : median(known).toFixed(digits)
  }
  const cells: readonly string[] = [
    String(bytes),
    String(streams),
    name,
    cell(({ perSecond }) => perSecond, 0),
    median(ratios).toFixed(2),
    cell(({ cpu }) => cpu, 1),
    cell(({ p50 }) => p50, 2),
    cell(({ p99 }) => p99, 2),
  ]
  return `| ${cells.join(' | ')} |`
}

process.exitCode = await main()
