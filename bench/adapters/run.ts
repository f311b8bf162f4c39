/**
 * What adapters cost: the client's CPU time per request of each way to ask a server, against the bare transport (HTTP/1.1
 * or gRPC) with the same request and the same answer. Both keep a closed loop going, without schedule and recorder, each in
 * a process of its own; they take turns of a fraction of a second, so that whatever else the machine does hits both.
 *
 *   node bench/adapters/run.ts [CASE…] [--turns 20] [--turn-ms 100] [--bytes 600] [--lines FILE] [--no-write]
 *   node bench/adapters/run.ts --from FILE     make the table again from earlier lines
 *
 * Uses the built packages; `--conditions=servebench-source` in front of it uses their source.
 * A server that speaks the adapter's protocol answers once; that answer is then given to every request. CASE is a name,
 * or a part of some. Exits with 1 where an adapter takes more than 1.5 times the bare transport's.
 */
import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { openTarget, prepare } from 'servebench/testing'
import { describeMachine } from '../peers/machine.ts'
import { writeSection } from '../peers/results.ts'
import { formatSpread, markdownTable, spread, type Spread } from '../peers/table.ts'
import { cannedServer } from './canned-server.ts'
import { CASES, type AdapterCase } from './cases.ts'
import type { DriveTask, DriveTurn } from './drive.ts'

const RESULTS = fileURLToPath(new URL('RESULTS.md', import.meta.url))
const LINES = fileURLToPath(new URL('../.cache/adapters/lines.jsonl', import.meta.url))
const DRIVE = fileURLToPath(new URL('drive.ts', import.meta.url))
const LIMIT = 1.5
/** Code is compiled and caches are filled before it counts. */
const WARMUP_TURNS = 8
const HEADING = `# What adapters cost

Of the client's CPU, per request, in a closed loop of 16: each adapter against the bare transport with the same bytes in both
directions, each in a process of its own, taking turns of 100 ms. Asked for: at most ${LIMIT} times as much. To measure again:
\`npm run bench:adapters\`.`

/** A turn of both. */
interface Line {
  readonly name: string
  readonly turn: number
  readonly requestBytes: number
  readonly answerBytes: number
  /** µs of CPU time per request. */
  readonly bare: number
  readonly adapter: number
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    turns: { type: 'string', default: '20' },
    'turn-ms': { type: 'string', default: '100' },
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
    console.error(`${one.name}: ${formatSpread(ratioOf(lines, one.name), 2)}`)
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
    turnMs: Number(values['turn-ms']),
  }
  const options = JSON.parse(
    JSON.stringify(reference.options).replaceAll(host, moved.host),
  ) as DriveTask['session']
  const answerBytes = answer.messages.reduce((sum, message) => sum + message.length, 0)
  await using bare = await Side.start({ ...task, session: null, module: null })
  await using adapter = await Side.start({ ...task, session: options, module: reference.module })
  const facts = { name: one.name, requestBytes: prepared.bytes.length, answerBytes }
  for (let turn = -WARMUP_TURNS; turn < Number(values.turns); turn++) {
    const line = { ...facts, turn, bare: await bare.turn(), adapter: await adapter.turn() }
    if (turn >= 0) yield line
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

/** One of the two processes. */
class Side implements AsyncDisposable {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>
  readonly #lines: AsyncIterator<string>

  private constructor(child: ChildProcessByStdio<Writable, Readable, null>) {
    this.#child = child
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  }

  static async start(task: DriveTask): Promise<Side> {
    const side = new Side(
      spawn(process.execPath, [...process.execArgv, DRIVE], { stdio: ['pipe', 'pipe', 'inherit'] }),
    )
    await side.#say(JSON.stringify(task))
    return side
  }

  /** µs of CPU time per request. */
  async turn(): Promise<number> {
    const { micros, failed } = JSON.parse(await this.#say('go')) as DriveTurn
    if (failed > 0) throw new Error(`${failed} requests have failed`)
    return micros
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.stdin.end()
    if (this.#child.exitCode === null) await once(this.#child, 'exit')
  }

  async #say(line: string): Promise<string> {
    this.#child.stdin.write(`${line}\n`)
    const { value, done } = await this.#lines.next()
    if (done === true) throw new Error('The process has ended.')
    return value
  }
}

function readLines(file: string): readonly Line[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((text) => text !== '')
    .map((text) => JSON.parse(text) as Line)
}

/** Of turns that follow each other. */
function ratioOf(lines: readonly Line[], wanted: string): Spread | null {
  const own = lines.filter(({ name }) => name === wanted)
  return spread(own.map(({ adapter, bare }) => adapter / bare))
}

function report(lines: readonly Line[]): number {
  const rows = CASES.flatMap(({ name }) => {
    const own = lines.filter((line) => line.name === name)
    const [first] = own
    if (first === undefined) return []
    return [
      {
        ratio: ratioOf(own, name),
        cells: [
          name,
          String(own.length),
          String(first.requestBytes),
          String(first.answerBytes),
          formatSpread(spread(own.map(({ bare }) => bare)), 1),
          formatSpread(spread(own.map(({ adapter }) => adapter)), 1),
          formatSpread(ratioOf(own, name), 2),
        ],
      },
    ]
  })
  const table = markdownTable(
    ['adapter', 'turns', 'request, B', 'answer, B', 'bare, µs', 'adapter, µs', 'adapter ÷ bare'],
    rows.map(({ cells }) => cells),
  )
  const text = `Median (least–greatest) of the turns; ratios of turns that follow each other.\n\n${table}\n\n${new Date().toISOString().slice(0, 10)}, ${describeMachine()}.`
  console.log(text)
  if (!values['no-write']) writeSection(RESULTS, HEADING, 'adapters', text)
  return rows.some(({ ratio }) => (ratio?.median ?? 0) > LIMIT) ? 1 : 0
}

process.exitCode = await main()
