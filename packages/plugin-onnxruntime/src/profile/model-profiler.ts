import { setTimeout as delay } from 'node:timers/promises'
import { copyFile, open, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ServebenchError, type AnalysisTable, type JsonObject, type ServerProfile } from 'servebench/plugin'
import { profileTables } from './profile-tables.ts'
import { addProfile, emptyProfile } from './read-profile.ts'

/** A larger file is read, but not kept. */
const LARGEST_KEPT = 256 * 1024 * 1024
const POLL = 20
const TIMEOUT = 30_000

/** A model that runs with its profiler on. */
export interface ProfiledModel {
  readonly name: string
  /** Without the profiler. */
  readonly config: JsonObject
  /** What the names of its files begin with. */
  readonly prefix: string
  /** Sessions, each of which writes a file. */
  readonly instances: number
}

/** The files that sessions write when they end, and what is in them. */
export async function collectProfiles(
  models: readonly ProfiledModel[],
  /** Where the server writes. */
  source: string,
  /** Where files are kept. */
  directory: string,
): Promise<ServerProfile> {
  const tables: AnalysisTable[] = []
  const files: string[] = []
  const notes: string[] = []
  for (const model of models) {
    const profile = emptyProfile()
    for (const file of await finishedFiles(model, source)) {
      const path = join(source, file)
      await addProfile(path, profile)
      if ((await stat(path)).size <= LARGEST_KEPT) {
        await copyFile(path, join(directory, file))
        files.push(file)
      } else notes.push(`${file} was too large to be kept.`)
      await rm(path)
    }
    if (profile.unread > 0)
      notes.push(`${profile.unread} lines of the profile of ${model.name} were no events.`)
    tables.push(...profileTables(model.name, profile))
  }
  return { name: 'ONNX Runtime', tables, files, notes }
}

/** Sessions end after the requests that they have taken. */
async function finishedFiles({ name, prefix, instances }: ProfiledModel, source: string): Promise<string[]> {
  const deadline = performance.now() + TIMEOUT
  for (;;) {
    const files = (await readdir(source)).filter((file) => file.startsWith(prefix)).sort()
    const finished = await Promise.all(files.map((file) => isFinished(join(source, file))))
    if (files.length >= instances && finished.every(Boolean)) return files
    if (performance.now() > deadline) {
      throw new ServebenchError(
        'SERVEBENCH_SERVER_CONTROL',
        `ONNX server: the sessions of model '${name}' have not written their profiles within 30 s.`,
        { advice: 'Look for an execution that does not end, or a full disk.' },
      )
    }
    await delay(POLL)
  }
}

/** The last character is the end of the list of events. */
async function isFinished(path: string): Promise<boolean> {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, Math.max(0, size - 2))
    return buffer.subarray(0, bytesRead).toString().trim().endsWith(']')
  } finally {
    await file.close()
  }
}
