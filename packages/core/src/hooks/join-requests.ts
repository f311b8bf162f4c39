import { access, open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fullName } from '../report/case-name.ts'
import { readRecords } from '../report/read-records.ts'
import type { Records } from '../report/read-records.ts'
import type { AnalysisTable, Trial } from '../report/result.ts'
import type { JsonValue } from '../units/json.ts'
import type { AnalysisContext } from './contexts.ts'
import { partColumns, partRows } from './request-parts.ts'

/** What a server's profile says about one request. */
export interface ServedRequest {
  /** As the server calls it. */
  readonly id: string
  /** The number of the unit of load that it was sent for; `null` where that is not known. */
  readonly unit: number | null
  /** Inside of the server, ns; `null` where it does not say. */
  readonly total: number | null
  /** What the total consists of, ns, by name. */
  readonly parts: Readonly<Record<string, number | null>>
}

export interface RequestJoin {
  /** Of the targets. */
  readonly kind: string
  /** The file of a profile that has the requests. */
  readonly file: string
  readonly read: (path: string) => AsyncIterable<ServedRequest>
  readonly parts: readonly string[]
  /** Of the table. */
  readonly name: string
  readonly title: string
  readonly notes?: readonly string[]
}

/** One line of JSON for each request that both sides know, beside the file that was read. */
export const JOINED_FILE = 'requests.ndjson'
const LINES_PER_WRITE = 1000

/**
 * Where the time of single requests of profiled trials went: what the client has recorded, and what the server says, by
 * the number of the unit. `null` where there is nothing to join.
 */
export async function joinRequests(
  { result, directory }: Pick<AnalysisContext, 'result' | 'directory'>,
  wanted: RequestJoin,
): Promise<AnalysisTable | null> {
  const rows: JsonValue[][] = []
  const notes: string[] = []
  for (const trial of result.trials) {
    const file = trial.profile?.files.find((each) => each.endsWith(`/${wanted.file}`))
    if (trial.role !== 'profile' || file === undefined || trial.records === null) continue
    if (!Object.values(trial.plan.streams).some(({ target }) => target.kind === wanted.kind)) continue
    const path = join(directory, file)
    if (!(await exists(path))) continue
    const name = fullName(trial)
    const joined = await joinTrial(trial, path, directory, wanted)
    rows.push(...partRows(joined.parts).map((row) => [name, ...row]))
    if (joined.alone > 0)
      notes.push(`${name}: ${joined.alone} requests that the server tells of are in no record.`)
    if (joined.unknown > 0)
      notes.push(`${name}: of ${joined.unknown} recorded requests the server tells nothing.`)
  }
  if (rows.length === 0) return null
  return {
    name: wanted.name,
    title: wanted.title,
    columns: [{ name: 'case', unit: null }, ...partColumns('part')],
    rows,
    notes: [
      'Of profiled trials. Client is from sent to completed; network is what of it was not inside of the server.',
      ...(wanted.notes ?? []),
      ...notes,
    ],
  }
}

interface Joined {
  readonly parts: ReadonlyMap<string, number[]>
  /** Requests of the server without a record. */
  readonly alone: number
  /** Records of which the server says nothing. */
  readonly unknown: number
}

async function joinTrial(
  trial: Trial,
  path: string,
  directory: string,
  wanted: RequestJoin,
): Promise<Joined> {
  const records = await readRecords(join(directory, (trial.records as NonNullable<Trial['records']>).path))
  const rows = rowsByUnit(records)
  const sent = records.numbers('sent')
  const completion = records.numbers('completion')
  const parts = new Map<string, number[]>(
    ['client', 'network', ...wanted.parts].map((part): [string, number[]] => [part, []]),
  )
  const file = await open(join(dirname(path), JOINED_FILE), 'w')
  let alone = 0
  let joined = 0
  let lines: string[] = []
  try {
    for await (const { id, unit, total, parts: own } of wanted.read(path)) {
      const row = unit === null ? undefined : rows.get(unit)
      if (row === undefined) {
        alone += 1
        continue
      }
      joined += 1
      const client = (completion[row] as number) - (sent[row] as number)
      const request: Readonly<Record<string, number | null>> = {
        client,
        network: total === null ? null : client - total,
        ...own,
      }
      for (const [part, times] of parts) {
        const time = request[part] ?? null
        if (time !== null && Number.isFinite(time)) times.push(time)
      }
      lines.push(`${JSON.stringify({ id, row, ...request, total })}\n`)
      if (lines.length === LINES_PER_WRITE) {
        await file.write(lines.join(''))
        lines = []
      }
    }
    await file.write(lines.join(''))
  } finally {
    await file.close()
  }
  return { parts, alone, unknown: Math.max(0, rows.size - joined) }
}

/** Units of several requests have several rows, and cannot be told apart. */
function rowsByUnit(records: Records): ReadonlyMap<number, number> {
  const units = records.numbers('unit')
  const outcomes = records.names('outcome')
  const rows = new Map<number, number>()
  const twice = new Set<number>()
  for (let row = 0; row < records.rows; row++) {
    if (outcomes[row] !== 'completed') continue
    const unit = units[row] as number
    if (rows.has(unit)) twice.add(unit)
    rows.set(unit, row)
  }
  for (const unit of twice) rows.delete(unit)
  return rows
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
