import { open } from 'node:fs/promises'
import { fieldsOf, listOf, textOf } from '@servebench/plugin-oip/control'
import type { JsonValue } from 'servebench/plugin'

/** What the server says about one request to one model. Nanoseconds; `null` where the model has no such stage. */
export interface TracedRequest {
  readonly model: string
  /** As the client has sent it; empty when it sent none. */
  readonly requestId: string
  /** Whether an ensemble has asked, and not the client. */
  readonly isInner: boolean
  readonly queue: number | null
  readonly input: number | null
  readonly infer: number | null
  readonly output: number | null
  /** From the request to the completion of its answer, inside the server. */
  readonly total: number | null
}

/** Files hold as many traces as was asked for, of about 1 KB each. */
const LARGEST_FILE = 64 * 1024 * 1024

/**
 * Reads a file of traces in Triton's own format.
 * @returns `null` when it is no such file, or one that was not finished
 */
export async function readTraces(path: string): Promise<readonly TracedRequest[] | null> {
  const file = await open(path)
  try {
    if ((await file.stat()).size > LARGEST_FILE) return null
    return parseTraces(await file.readFile('utf8'))
  } finally {
    await file.close()
  }
}

interface Trace {
  model: string
  requestId: string
  isInner: boolean
  readonly stamps: Map<string, number>
}

/** A request's events are entries of their own, in any order. */
export function parseTraces(text: string): readonly TracedRequest[] | null {
  let entries: readonly JsonValue[]
  try {
    entries = listOf(JSON.parse(text) as JsonValue)
  } catch {
    return null
  }
  const traces = new Map<number, Trace>()
  for (const entry of entries) {
    const fields = fieldsOf(entry)
    const id = Number(fields['id'])
    if (!Number.isInteger(id)) continue
    const trace = traces.get(id) ?? { model: '', requestId: '', isInner: false, stamps: new Map() }
    traces.set(id, trace)
    if (fields['model_name'] !== undefined) trace.model = textOf(fields['model_name'])
    if (fields['request_id'] !== undefined) trace.requestId = textOf(fields['request_id'])
    if (fields['parent_id'] !== undefined) trace.isInner = true
    for (const stamp of listOf(fields['timestamps'])) {
      const { name, ns } = fieldsOf(stamp)
      if (typeof ns === 'number') trace.stamps.set(textOf(name), ns)
    }
  }
  return [...traces.values()].filter(({ model }) => model !== '').map(stagesOf)
}

function stagesOf({ model, requestId, isInner, stamps }: Trace): TracedRequest {
  const between = (from: string, until: string): number | null => {
    const [start, end] = [stamps.get(from), stamps.get(until)]
    return start === undefined || end === undefined || end < start ? null : end - start
  }
  return {
    model,
    requestId,
    isInner,
    queue: between('QUEUE_START', 'COMPUTE_START'),
    input: between('COMPUTE_START', 'COMPUTE_INPUT_END'),
    infer: between('COMPUTE_INPUT_END', 'COMPUTE_OUTPUT_START'),
    output: between('COMPUTE_OUTPUT_START', 'COMPUTE_END'),
    // Some backends answer before they are done.
    total: between('REQUEST_START', 'INFER_RESPONSE_COMPLETE') ?? between('REQUEST_START', 'REQUEST_END'),
  }
}
