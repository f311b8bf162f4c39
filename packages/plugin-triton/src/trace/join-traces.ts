import { createReadStream } from 'node:fs'
import { access, open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { readRecords } from 'servebench/plugin'
import type { AnalysisTable, JsonValue, Records, RunResult, Trial } from 'servebench/plugin'
import { KIND } from '../server.ts'
import type { TracedRequest } from './read-traces.ts'
import { TRACES_FILE } from './trace-profiler.ts'
import { partColumns, partRows } from './trace-tables.ts'

/** One line of JSON for each request that both sides know. */
const JOINED_FILE = 'requests.ndjson'
const LINES_PER_WRITE = 1000

/** Where the time of single requests went: what the client has recorded, and what the server has traced, by request id. */
export async function joinTraces(result: RunResult, directory: string): Promise<AnalysisTable | null> {
  const rows: JsonValue[][] = []
  const notes: string[] = []
  for (const trial of result.trials) {
    const traces = trial.profile?.files.find((file) => file.endsWith(`/${TRACES_FILE}`))
    if (trial.role !== 'profile' || traces === undefined || trial.records === null) continue
    if (!Object.values(trial.plan.streams).some(({ target }) => target.kind === KIND)) continue
    const name = [
      ...trial.path,
      ...Object.entries(trial.case).map(([axis, value]) => `${axis}=${value}`),
    ].join(' > ')
    const path = join(directory, traces)
    if (!(await exists(path))) continue
    const joined = await joinTrial(trial, path, directory)
    rows.push(...partRows(joined.parts).map((row) => [name, ...row]))
    if (joined.alone > 0) notes.push(`${name}: ${joined.alone} traced requests are in no record.`)
    if (joined.untraced > 0) notes.push(`${name}: ${joined.untraced} recorded requests have no trace.`)
  }
  if (rows.length === 0) return null
  return {
    name: 'triton-requests',
    title: 'Triton: where the time of single requests went, client and server joined by request id',
    columns: [{ name: 'case', unit: null }, ...partColumns('part')],
    rows,
    notes: [
      'Of profiled trials. Client is from sent to completed; network is what of it was not inside of the server.',
      ...notes,
    ],
  }
}

interface Joined {
  readonly parts: Map<string, number[]>
  /** Traces without a record. */
  readonly alone: number
  /** Records without a trace. */
  readonly untraced: number
}

const PARTS = ['client', 'network', 'queue', 'input', 'infer', 'output'] as const

async function joinTrial(trial: Trial, traces: string, directory: string): Promise<Joined> {
  const records = await readRecords(join(directory, (trial.records as NonNullable<Trial['records']>).path))
  const rows = rowsById(records)
  const sent = records.numbers('sent')
  const completion = records.numbers('completion')
  const parts = new Map<string, number[]>(PARTS.map((part) => [part, []]))
  const file = await open(join(dirname(traces), JOINED_FILE), 'w')
  let alone = 0
  let lines: string[] = []
  try {
    for await (const line of createInterface({ input: createReadStream(traces, 'utf8') })) {
      const trace = JSON.parse(line) as TracedRequest
      // Steps of an ensemble have the id of the request that asked for them.
      if (trace.isInner) continue
      const row = rows.get(trace.requestId)
      if (row === undefined) {
        alone += 1
        continue
      }
      const client = (completion[row] as number) - (sent[row] as number)
      const { queue, input, infer, output, total } = trace
      const network = total === null ? null : client - total
      const request = { client, network, queue, input, infer, output }
      for (const part of PARTS) {
        const time = request[part]
        if (time !== null && Number.isFinite(time)) parts.get(part)?.push(time)
      }
      lines.push(`${JSON.stringify({ id: trace.requestId, row, ...request, total })}\n`)
      if (lines.length === LINES_PER_WRITE) {
        await file.write(lines.join(''))
        lines = []
      }
    }
    await file.write(lines.join(''))
  } finally {
    await file.close()
  }
  return { parts, alone, untraced: Math.max(0, rows.size - (parts.get('client')?.length ?? 0)) }
}

/** By the id that was sent: the number of the unit. Units of several requests have several rows, and cannot be told apart. */
function rowsById(records: Records): ReadonlyMap<string, number> {
  const units = records.numbers('unit')
  const outcomes = records.names('outcome')
  const rows = new Map<string, number>()
  const twice = new Set<string>()
  for (let row = 0; row < records.rows; row++) {
    if (outcomes[row] !== 'completed') continue
    const id = (units[row] as number).toString(16).padStart(16, '0')
    if (rows.has(id)) twice.add(id)
    rows.set(id, row)
  }
  for (const id of twice) rows.delete(id)
  return rows
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
