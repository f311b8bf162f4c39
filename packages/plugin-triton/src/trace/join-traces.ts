import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { joinRequests } from 'servebench/plugin'
import type { AnalysisContext, AnalysisTable, ServedRequest } from 'servebench/plugin'
import { KIND } from '../server.ts'
import type { TracedRequest } from './read-traces.ts'
import { TRACES_FILE } from './trace-profiler.ts'

/** Ids are those of units, as 16 hexadecimal digits. */
const UNIT = /^[\da-f]{16}$/

/** Where the time of single requests went: what the client has recorded, and what the server has traced, by request id. */
export function joinTraces(context: AnalysisContext): Promise<AnalysisTable | null> {
  return joinRequests(context, {
    kind: KIND,
    file: TRACES_FILE,
    read: readServed,
    parts: ['queue', 'input', 'infer', 'output'],
    name: 'triton-requests',
    title: 'Triton: where the time of single requests went, client and server joined by request id',
  })
}

async function* readServed(path: string): AsyncGenerator<ServedRequest> {
  for await (const line of createInterface({ input: createReadStream(path, 'utf8') })) {
    const { requestId, isInner, queue, input, infer, output, total } = JSON.parse(line) as TracedRequest
    // Steps of an ensemble have the id of the request that asked for them.
    if (isInner) continue
    const unit = UNIT.test(requestId) ? Number.parseInt(requestId, 16) : null
    yield { id: requestId, unit, total, parts: { queue, input, infer, output } }
  }
}
