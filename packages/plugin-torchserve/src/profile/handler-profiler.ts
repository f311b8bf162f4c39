import { open, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { textOf } from '@servebench/plugin-oip/control'
import { partColumns, partRows } from 'servebench/plugin'
import type { AnalysisTable, ServerProfile, ServerProfileOptions, ServerProfiler } from 'servebench/plugin'
import type { Reconciler } from '../control/reconciler.ts'
import { LogTail } from '../metrics/log-tail.ts'
import { RequestLog } from './request-log.ts'
import type { LoggedRequest } from './request-log.ts'

/** One line of JSON for each request that the server's log speaks of. */
export const SERVED_FILE = 'served.ndjson'
/** Every other mode of metrics leaves it as it is. */
const LOG = 'ts_log.log'
/** Milliseconds: the log is complete when it has not grown for so many looks. */
const LOOK = 50
const SAME_LOOKS = 6
const LAST_LINE = 5000
const LINES_PER_WRITE = 1000

export interface HandlerProfilerParts {
  /** The folder of the server's logs. */
  readonly logs: string
  /** `null` where models cannot be registered anew. */
  readonly reconciler: Reconciler | null
}

/**
 * Follows what the server logs about single requests, and lets the handlers of servebench's own archives time their parts.
 */
export async function startHandlerProfile(
  { logs, reconciler }: HandlerProfilerParts,
  { directory, targets }: ServerProfileOptions,
): Promise<ServerProfiler> {
  const path = join(logs, LOG)
  const found = await stat(path).catch(() => null)
  if (found === null) throw new Error(`there is no ${path}, which the server writes about each request`)
  const models = new Set(targets.map(({ options }) => textOf(options['model'])))
  const timed = (await reconciler?.timeHandlers(models)) ?? null
  const { size } = await stat(path)
  const tail = new LogTail(path, size)
  return {
    async stop() {
      try {
        return await collect(tail, directory)
      } finally {
        await timed?.()
      }
    },
  }
}

async function collect(tail: LogTail, directory: string): Promise<ServerProfile> {
  const log = new RequestLog()
  const deadline = performance.now() + LAST_LINE
  for (let same = 0; same < SAME_LOOKS && performance.now() < deadline;) {
    const lines = await tail.read()
    for (const line of lines) log.add(line)
    same = lines.length === 0 ? same + 1 : 0
    if (same < SAME_LOOKS) await delay(LOOK)
  }
  const file = await open(join(directory, SERVED_FILE), 'w')
  try {
    const lines: string[] = []
    for (const request of log.requests) {
      lines.push(`${JSON.stringify(request)}\n`)
      if (lines.length === LINES_PER_WRITE) await file.write(lines.splice(0).join(''))
    }
    await file.write(lines.join(''))
  } finally {
    await file.close()
  }
  const requests = [...log.requests]
  const notes: string[] = []
  if (log.isFull)
    notes.push(`There were more requests than the first ${requests.length}, which are those of the tables.`)
  if (requests.length > 0 && requests.every(({ queue }) => queue === null))
    notes.push('The server does not log how long requests waited: its log level leaves DEBUG out.')
  return { name: 'TorchServe handlers', tables: [handlerTable(requests)], files: [SERVED_FILE], notes }
}

const PARTS = ['queue', 'backend', 'prediction', 'handler', 'preprocess', 'inference', 'postprocess'] as const

/** The parts of the time of each model's requests. */
export function handlerTable(requests: readonly LoggedRequest[]): AnalysisTable {
  const rows = [...Map.groupBy(requests, ({ model }) => model)].flatMap(([model, own]) => {
    const parts = new Map(PARTS.map((part) => [part, own.flatMap((request) => request[part] ?? [])]))
    return partRows(parts).map((row) => [model, ...row])
  })
  const isParted = requests.some(({ inference }) => inference !== null)
  return {
    name: 'torchserve-handlers',
    title: 'TorchServe: where the time of requests went, as the server logs it',
    columns: [
      { name: 'model', unit: null },
      ...partColumns('part').map((column) =>
        column.name === 'part'
          ? {
              ...column,
              description:
                'Queue and backend are the whole; PredictionTime and HandlerTime are in the backend, and the three parts in the handler.',
            }
          : column,
      ),
    ],
    rows,
    notes: [
      'A time of a handler is that of its batch, and counts for each request in it. The whole trial counts, with its warm-up.',
      ...(isParted
        ? []
        : [
            "The handler does not time its parts: TorchServe's BaseHandler does, with `handler: { profile: true }` in the model's YAML file.",
          ]),
    ],
  }
}
