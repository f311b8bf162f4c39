import { open, readdir, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { textOf } from '@servebench/plugin-oip/control'
import type { OipClient } from '@servebench/plugin-oip/control'
import type { ServerProfile, ServerProfileOptions, ServerProfiler } from 'servebench/plugin'
import type { Reconciler } from '../control/reconciler.ts'
import { readTraces } from './read-traces.ts'
import type { TracedRequest } from './read-traces.ts'
import { traceTable } from './trace-tables.ts'

/** One line of JSON for each traced request. */
export const TRACES_FILE = 'traces.ndjson'
/** After so many the server writes a file, and forgets them. */
const TRACES_PER_FILE = 500
/** Milliseconds: between looks at the files, and for the last of them to come. */
const LOOK = 100
const LAST_FILE = 5000
const SAME_LOOKS = 5
/** About 100 MB in this process. */
const MOST_TRACES = 500_000

interface Parts {
  readonly client: OipClient
  readonly reconciler: Reconciler
  readonly local: boolean
}

/**
 * Traces every request with its timestamps, never with its tensors, until the profiler is stopped.
 * @throws {Error} with why the server's traces cannot be had
 */
export async function startTracing(
  { client, reconciler, local }: Parts,
  { directory, changing }: ServerProfileOptions,
): Promise<ServerProfiler> {
  const before = await client.traceSettings('')
  const file = textOf(before['trace_file'])
  if (before['trace_mode'] === 'opentelemetry')
    throw new Error('the server sends its traces to a collector (trace mode opentelemetry)')
  if (file === '')
    throw new Error(
      'the server was started without a file for traces (`trace: true`, --trace-config=triton,file=…)',
    )
  if (!local) throw new Error("traces are written on the server's machine, which is not this one")
  const known = await filesOf(file)
  const settings = {
    trace_level: ['TIMESTAMPS'],
    trace_rate: '1',
    trace_count: '-1',
    log_frequency: String(TRACES_PER_FILE),
  }
  await reconciler.setTrace('', settings, changing === undefined ? {} : { changing })
  return {
    async stop() {
      // What is not written yet is written now.
      await reconciler.setTrace('', { trace_level: ['OFF'] })
      const written = [...(await settledFiles(file))].filter(([path, changed]) => known.get(path) !== changed)
      try {
        return await collect(
          written.map(([path]) => path),
          directory,
        )
      } finally {
        await reconciler.restoreTrace()
      }
    },
  }
}

async function collect(paths: readonly string[], directory: string): Promise<ServerProfile> {
  const traces: TracedRequest[] = []
  const notes: string[] = []
  const kept = await open(join(directory, TRACES_FILE), 'w')
  try {
    for (const path of paths) {
      const read = await readTraces(path)
      if (read === null) {
        notes.push(`${basename(path)} is no whole file of traces.`)
        continue
      }
      if (traces.length + read.length > MOST_TRACES) {
        notes.push(`There are more traces than the first ${traces.length}, which are those of the tables.`)
        break
      }
      for (const trace of read) traces.push(trace)
      await kept.write(read.map((trace) => `${JSON.stringify(trace)}\n`).join(''))
    }
  } finally {
    await kept.close()
  }
  return { name: 'Triton traces', tables: [traceTable(traces)], files: [TRACES_FILE], notes }
}

/** A file is written when the last of its requests is done with, which may be after the settings have changed. */
async function settledFiles(file: string): Promise<Map<string, number>> {
  const deadline = performance.now() + LAST_FILE
  let found = await filesOf(file)
  let same = 0
  while (same < SAME_LOOKS && performance.now() < deadline) {
    await delay(LOOK)
    const now = await filesOf(file)
    same = JSON.stringify([...now]) === JSON.stringify([...found]) ? same + 1 : 0
    found = now
  }
  return found
}

/** The server numbers its files; by path, when they were changed. */
async function filesOf(file: string): Promise<Map<string, number>> {
  const names = await readdir(dirname(file)).catch((): string[] => [])
  const own = names
    .filter((name) => name.startsWith(`${basename(file)}.`) && /\.\d+$/.test(name))
    .sort((a, b) => numberOf(a) - numberOf(b))
  const found = new Map<string, number>()
  for (const name of own) {
    const path = join(dirname(file), name)
    const { mtimeMs } = await stat(path)
    found.set(path, mtimeMs)
  }
  return found
}

function numberOf(name: string): number {
  return Number(name.slice(name.lastIndexOf('.') + 1))
}
