/**
 * What adapters cost: the client's CPU time per request of each way to ask a server, against the bare transport (HTTP/1.1
 * or gRPC) with the same request and the same answer. One closed loop in a process of its own, without schedule and
 * recorder; the two take turns.
 *
 *   node bench/adapters/run.ts [CASE…] [--rounds 5] [--seconds 2] [--bytes 600] [--lines FILE] [--no-write]
 *   node bench/adapters/run.ts --from FILE     make the table again from earlier lines
 *
 * Uses the built packages; `--conditions=servebench-source` in front of it uses their source.
 * A server that speaks the adapter's protocol answers once; that answer is then given to every request. CASE is a name,
 * or a part of some. Exits with 1 where an adapter takes more than 1.5 times the bare transport's.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { openTarget, prepare } from 'servebench/testing'
import { describeMachine } from '../peers/machine.ts'
import { writeSection } from '../peers/results.ts'
import { formatSpread, markdownTable, spread } from '../peers/table.ts'
import { cannedServer } from './canned-server.ts'
import { CASES, type AdapterCase } from './cases.ts'
import type { DriveResult, DriveTask } from './drive.ts'

const RESULTS = fileURLToPath(new URL('RESULTS.md', import.meta.url))
const LINES = fileURLToPath(new URL('../.cache/adapters/lines.jsonl', import.meta.url))
const DRIVE = fileURLToPath(new URL('drive.ts', import.meta.url))
const LIMIT = 1.5
const HEADING = `# What adapters cost

Of the client's CPU, per request, in a closed loop of 16: each adapter against the bare transport with the same bytes in both
directions, taking turns, each run in a process of its own. Asked for: at most ${LIMIT} times as much. To measure again:
\`npm run bench:adapters\`.`

/** A round of a case: both in turn. */
interface Line {
  readonly name: string
  readonly round: number
  readonly requestBytes: number
  readonly answerBytes: number
  /** µs of CPU time per request. */
  readonly bare: number
  readonly adapter: number
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '2' },
    bytes: { type: 'string', default: '600' },
    lines: { type: 'string', default: LINES },
    from: { type: 'string' },
    'no-write': { type: 'boolean', default: false },
  },
})

async function main(): Promise<number> {
  if (values.from !== undefined) return report(readLines(values.from))
  const cases = positionals.length === 0 ? CASES : positionals.flatMap(chosen)
  mkdirSync(dirname(values.lines), { recursive: true })
  const lines: Line[] = []
  for (const one of cases) {
    for await (const line of measure(one)) {
      lines.push(line)
      appendFileSync(values.lines, `${JSON.stringify(line)}\n`)
    }
  }
  return report(lines)
}

/** By its whole name, else by a part of it. */
function chosen(wanted: string): readonly AdapterCase[] {
  const one = CASES.find(({ name }) => name === wanted)
  return one === undefined ? CASES.filter(({ name }) => name.includes(wanted)) : [one]
}

async function* measure(one: AdapterCase): AsyncGenerator<Line> {
  const { reference, server } = await one.connect()
  const { url } = reference.options as { readonly url: string }
  const size = await sizeOf(one, reference, Number(values.bytes))
  let prepared
  let answer
  {
    await using fake = server
    await using target = await openTarget(reference, [one.request(size)])
    prepared = target.prepared[0]
    answer = await target.ask()
    if (fake === undefined || prepared === undefined || answer.response === null)
      throw new Error(`${one.name}: the request has failed`)
  }
  await using canned = await cannedServer(one.transport, answer)
  const moved = new URL(url)
  const host = moved.host
  moved.port = String(canned.port)
  // The Host header has the fake's port, of as many digits most of the time; which one does not matter.
  const task = {
    transport: one.transport,
    url: moved.href.replace(/\/$/, ''),
    engine: reference.engine,
    path: one.path ?? '',
    metadata: one.metadata ?? {},
    streams: one.streams ?? false,
    bytes: prepared.bytes.toString('base64'),
    patches: prepared.patches,
    meta: prepared.meta,
    seconds: Number(values.seconds),
  }
  const options = JSON.parse(
    JSON.stringify(reference.options).replaceAll(host, moved.host),
  ) as DriveTask['session']
  const answerBytes = answer.messages.reduce((sum, message) => sum + message.length, 0)
  for (let round = 0; round < Number(values.rounds); round++) {
    const bare = await drive({ ...task, session: null, module: null })
    const adapter = await drive({ ...task, session: options, module: reference.module })
    const line = { name: one.name, round, requestBytes: prepared.bytes.length, answerBytes, bare, adapter }
    console.error(`${one.name} #${round}: ${adapter.toFixed(1)} µs, bare ${bare.toFixed(1)} µs`)
    yield line
  }
}

/** The size of a request that is about so many bytes long. */
async function sizeOf(
  one: AdapterCase,
  { module, options }: { readonly module: string; readonly options: unknown },
  wanted: number,
): Promise<number> {
  const { createCodec } = (await import(module)) as {
    createCodec(options: unknown): {
      encode(
        request: unknown,
      ): Parameters<typeof prepare>[0][number] | Promise<Parameters<typeof prepare>[0][number]>
    }
  }
  const codec = createCodec(options)
  const lengthOf = async (size: number): Promise<number> =>
    prepare([await codec.encode(one.request(size))])[0]?.bytes.length ?? 0
  let [low, high] = [1, wanted * 2]
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if ((await lengthOf(middle)) <= wanted) low = middle
    else high = middle
  }
  return low
}

/** µs of CPU time per request. */
async function drive(task: DriveTask): Promise<number> {
  const child = spawn(process.execPath, [...process.execArgv, DRIVE], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  child.stdin.end(JSON.stringify(task))
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  await once(child, 'close')
  const { micros, failed } = JSON.parse(output) as DriveResult
  if (failed > 0) throw new Error(`${failed} requests have failed`)
  return micros
}

function readLines(file: string): readonly Line[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((text) => text !== '')
    .map((text) => JSON.parse(text) as Line)
}

function report(lines: readonly Line[]): number {
  const rows = CASES.flatMap(({ name }) => {
    const own = lines.filter((line) => line.name === name)
    const [first] = own
    if (first === undefined) return []
    return [
      {
        ratio: spread(own.map(({ adapter, bare }) => adapter / bare)),
        cells: [
          name,
          String(own.length),
          String(first.requestBytes),
          String(first.answerBytes),
          formatSpread(spread(own.map(({ bare }) => bare)), 1),
          formatSpread(spread(own.map(({ adapter }) => adapter)), 1),
          formatSpread(spread(own.map(({ adapter, bare }) => adapter / bare)), 2),
        ],
      },
    ]
  })
  const table = markdownTable(
    ['adapter', 'rounds', 'request, B', 'answer, B', 'bare, µs', 'adapter, µs', 'adapter ÷ bare'],
    rows.map(({ cells }) => cells),
  )
  const text = `Median (least–greatest) of the rounds; ratios within a round.\n\n${table}\n\n${new Date().toISOString().slice(0, 10)}, ${describeMachine()}.`
  console.log(text)
  if (!values['no-write']) writeSection(RESULTS, HEADING, 'adapters', text)
  return rows.some(({ ratio }) => (ratio?.median ?? 0) > LIMIT) ? 1 : 0
}

process.exitCode = await main()
