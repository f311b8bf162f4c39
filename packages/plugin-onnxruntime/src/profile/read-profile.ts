import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import type { OperatorTime } from 'servebench/plugin'

/** Over all sessions. */
export interface ModelProfile {
  readonly operators: Map<string, OperatorTime>
  /** Executions of the graph, and the time that they took. */
  runs: number
  runTime: number
  /** Lines that are no events, such as the end of a file that was not finished. */
  unread: number
}

const NANOS_PER_MICROSECOND = 1000
/** An event with the shapes of a thousand tensors. */
const LONGEST_LINE = 1 << 20
/** More nodes than any model's graph has. */
const MOST_OPERATORS = 100_000

export function emptyProfile(): ModelProfile {
  return { operators: new Map(), runs: 0, runTime: 0, unread: 0 }
}

/** Adds up a file that ONNX Runtime has written: an event on each line, whatever the length of the file. */
export async function addProfile(path: string, into: ModelProfile): Promise<void> {
  const lines = createInterface({ input: createReadStream(path, 'utf8'), crlfDelay: Infinity })
  for await (const line of lines) {
    const text = line.trim().replace(/,$/, '')
    if (text === '' || text === '[' || text === ']') continue
    const event = text.length > LONGEST_LINE ? null : parseEvent(text)
    if (event === null) into.unread += 1
    else add(into, event)
  }
}

interface Event {
  readonly cat?: unknown
  readonly name?: unknown
  readonly dur?: unknown
  readonly args?: { readonly op_name?: unknown; readonly provider?: unknown }
}

function parseEvent(text: string): Event | null {
  try {
    const value = JSON.parse(text) as Event | null
    return typeof value === 'object' ? value : null
  } catch {
    return null
  }
}

function add(into: ModelProfile, { cat, name, dur, args }: Event): void {
  if (typeof name !== 'string' || typeof dur !== 'number' || !(dur >= 0)) return
  const nanos = dur * NANOS_PER_MICROSECOND
  if (cat === 'Session' && name === 'model_run') {
    into.runs += 1
    into.runTime += nanos
  }
  if (cat !== 'Node' || !name.endsWith('_kernel_time')) return
  const operator = name.slice(0, -'_kernel_time'.length)
  const type = typeof args?.op_name === 'string' ? args.op_name : ''
  const provider = typeof args?.provider === 'string' ? args.provider : ''
  // `CPUExecutionProvider` is `CPU`.
  const place = provider.replace(/ExecutionProvider$/, '')
  const key = JSON.stringify([operator, type, place])
  const known = into.operators.get(key)
  if (known === undefined) {
    if (into.operators.size < MOST_OPERATORS)
      into.operators.set(key, { name: operator, type, place, count: 1, total: nanos, longest: nanos })
    return
  }
  known.count += 1
  known.total += nanos
  known.longest = Math.max(known.longest, nanos)
}
