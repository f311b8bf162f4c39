import { createReadStream } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { joinRequests } from 'servebench/plugin'
import type { AnalysisContext, AnalysisTable, ServedRequest } from 'servebench/plugin'
import { KIND } from '../kind.ts'
import { SERVED_FILE } from './handler-profiler.ts'
import { IDS_FILE } from './ids-file.ts'
import type { LoggedRequest } from './request-log.ts'

/** Where the time of single requests went: what the client has recorded, and what the server has logged, by request id. */
export function joinHandlers(context: AnalysisContext): Promise<AnalysisTable | null> {
  return joinRequests(context, {
    kind: KIND,
    file: SERVED_FILE,
    read: readServed,
    parts: ['queue', 'backend', 'prediction', 'handler', 'preprocess', 'inference', 'postprocess'],
    name: 'torchserve-requests',
    title: 'TorchServe: where the time of single requests went, client and server joined by request id',
    notes: ['The server stops its clock when it has sent the answer, which the client may have by then.'],
  })
}

async function* readServed(path: string): AsyncGenerator<ServedRequest> {
  const units = await readIds(dirname(path))
  for await (const line of createInterface({ input: createReadStream(path, 'utf8') })) {
    const { id, model: _model, batch: _batch, ...parts } = JSON.parse(line) as LoggedRequest
    const { queue, backend } = parts
    const total = queue === null || backend === null ? null : queue + backend
    yield { id, unit: units.get(id) ?? null, total, parts }
  }
}

/** The unit of each id that an answer had. */
async function readIds(folder: string): Promise<ReadonlyMap<string, number>> {
  const units = new Map<string, number>()
  for (const name of await readdir(folder)) {
    if (!name.startsWith(IDS_FILE)) continue
    for await (const line of createInterface({ input: createReadStream(join(folder, name), 'latin1') })) {
      const [unit, id] = line.split(' ')
      if (id !== undefined) units.set(id, Number(unit))
    }
  }
  return units
}
