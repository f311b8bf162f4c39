import { WireReader } from '@servebench/plugin-oip/protocol'
import type { OperatorTime } from 'servebench/plugin'

/** Field numbers of `XSpace` and of what it consists of. */
const PLANES = 1
const Plane = { name: 2, lines: 3, events: 4 } as const
const LINE_EVENTS = 4
const Event = { metadata: 1, offset: 2, duration: 3 } as const
const Entry = { key: 1, value: 2 } as const
const METADATA_NAME = 2

/** What the trace calls an operator of a graph: its name, a colon, its type. */
const OPERATOR = /^([A-Za-z0-9.][\w.\-/>]*):([A-Z_]\w*)$/
const PICOS_PER_NANO = 1000
/** More nodes than any model's graph has. */
const MOST_OPERATORS = 100_000

/**
 * The operators that TensorFlow has executed, of all models and threads. One that calls others, as of control flow, has
 * the time that was its own.
 * @param message an `XSpace`
 * @throws {ServebenchError} `SERVEBENCH_PROTOBUF`
 */
export function readOperators(message: Uint8Array): readonly OperatorTime[] {
  const operators = new Map<string, OperatorTime>()
  const reader = new WireReader(message)
  while (reader.next()) {
    if (reader.field === PLANES) addPlane(operators, reader.bytes())
    else reader.skip()
  }
  return [...operators.values()]
}

function addPlane(operators: Map<string, OperatorTime>, message: Uint8Array): void {
  let plane = ''
  const lines: Uint8Array[] = []
  const names = new Map<number, Uint8Array>()
  const reader = new WireReader(message)
  while (reader.next()) {
    if (reader.field === Plane.name) plane = reader.string()
    else if (reader.field === Plane.lines) lines.push(reader.bytes())
    else if (reader.field === Plane.events) addName(names, reader.bytes())
    else reader.skip()
  }
  const own = new Map<number, OperatorTime>()
  for (const [id, metadata] of names) {
    const [, name, type] = OPERATOR.exec(readName(metadata)) ?? []
    if (name === undefined || type === undefined) continue
    const place = plane.replace(/^\/(?:host|device):/, '')
    const key = JSON.stringify([name, type, place])
    const known = operators.get(key)
    if (known === undefined && operators.size >= MOST_OPERATORS) continue
    const operator = known ?? { name, type, place, count: 0, total: 0, longest: 0 }
    operators.set(key, operator)
    own.set(id, operator)
  }
  if (own.size > 0) for (const line of lines) addLine(own, line)
  for (const [key, { count }] of operators) if (count === 0) operators.delete(key)
}

function addName(names: Map<number, Uint8Array>, entry: Uint8Array): void {
  let id = 0
  const reader = new WireReader(entry)
  while (reader.next()) {
    if (reader.field === Entry.key) id = reader.count()
    else if (reader.field === Entry.value) names.set(id, reader.bytes())
    else reader.skip()
  }
}

function readName(metadata: Uint8Array): string {
  let name = ''
  const reader = new WireReader(metadata)
  while (reader.next()) {
    if (reader.field === METADATA_NAME) name = reader.string()
    else reader.skip()
  }
  return name
}

interface Execution {
  readonly operator: OperatorTime
  readonly start: number
  readonly end: number
  /** Picoseconds of operators inside of it. */
  inner: number
}

/** A line is a thread: what lies inside of something else there was called by it. */
function addLine(operators: ReadonlyMap<number, OperatorTime>, message: Uint8Array): void {
  const executions: Execution[] = []
  const reader = new WireReader(message)
  while (reader.next()) {
    if (reader.field !== LINE_EVENTS) {
      reader.skip()
      continue
    }
    let [metadata, offset, duration] = [0, 0, 0]
    const event = new WireReader(reader.bytes())
    while (event.next()) {
      if (event.field === Event.metadata) metadata = event.count()
      else if (event.field === Event.offset) offset = event.count()
      else if (event.field === Event.duration) duration = event.count()
      else event.skip()
    }
    const operator = operators.get(metadata)
    if (operator !== undefined) executions.push({ operator, start: offset, end: offset + duration, inner: 0 })
  }
  executions.sort((a, b) => a.start - b.start || b.end - a.end)
  const open: Execution[] = []
  for (const execution of executions) {
    while (open.length > 0 && (open.at(-1) as Execution).end <= execution.start) open.pop()
    const outer = open.at(-1)
    if (outer !== undefined && execution.end <= outer.end) outer.inner += execution.end - execution.start
    open.push(execution)
  }
  for (const { operator, start, end, inner } of executions) {
    const nanos = (end - start - inner) / PICOS_PER_NANO
    operator.count += 1
    operator.total += nanos
    operator.longest = Math.max(operator.longest, nanos)
  }
}
