import { randomUUID } from 'node:crypto'
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { operatorTables } from 'servebench/plugin'
import type { ServerProfile, ServerProfileOptions, ServerProfiler } from 'servebench/plugin'
import type { ProfileAnswer } from '../grpc/profile-messages.ts'
import type { GrpcClient } from '../server/grpc-client.ts'
import { ServingCallError } from '../server/serving-client.ts'
import { readOperators } from './read-xspace.ts'

/** Where TensorBoard looks for profiles, below the folder that it is given. */
const REPOSITORY = 'plugins/profile'
const HOST = 'server'
const ENDING = '.xplane.pb'
/** Ten minutes: until it is stopped, but not for ever when nobody does. */
const LONGEST = 600e9
const UNIMPLEMENTED = 12
/** A larger file is kept, but not read. */
const LARGEST_READ = 256 * 1024 * 1024

interface Parts {
  readonly client: GrpcClient
  /** Whether the server shares this machine, and may write to it. */
  readonly local: boolean
}

/**
 * Switches TensorFlow's profiler on, by the server's own `ProfilerService`.
 * @throws {Error} with why there is none
 */
export async function startOperatorProfile(
  { client, local }: Parts,
  { directory }: ServerProfileOptions,
): Promise<ServerProfiler> {
  const session = `servebench-${randomUUID()}`
  // Whether there is such a service is seen before the load: the call that profiles answers only at its end.
  await client.stopProfile(`${session}-none`).catch((error: unknown) => {
    throw error instanceof ServingCallError && error.status === UNIMPLEMENTED
      ? new Error('the server has no profiler service (it was started with --enable_profiler=false)')
      : error
  })
  const repository = join(directory, REPOSITORY)
  if (local) await mkdir(repository, { recursive: true })
  const answer = client.profile({ duration: LONGEST, repository, session, host: HOST }).then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  )
  return {
    async stop() {
      await client.stopProfile(session)
      const outcome = await answer
      if ('error' in outcome) throw outcome.error
      return collect(outcome.value, directory, `${REPOSITORY}/${session}/${HOST}${ENDING}`)
    },
  }
}

/** @param written where the server has put its file, unless the answer has it */
async function collect(answer: ProfileAnswer, directory: string, written: string): Promise<ServerProfile> {
  const sent = answer.files.find(({ name, data }) => name.endsWith('xplane.pb') && data.length > 0)
  const path = join(directory, written)
  if (sent !== undefined) {
    await mkdir(join(path, '..'), { recursive: true })
    await writeFile(path, sent.data)
  }
  const found = await stat(path).catch(() => null)
  if (found === null) {
    const why = answer.isEmpty
      ? 'The server has seen nothing to profile.'
      : 'The server writes its profile on its own machine, and not here.'
    return { name: 'TensorFlow', tables: [], files: [], notes: [why] }
  }
  if (found.size > LARGEST_READ)
    return {
      name: 'TensorFlow',
      tables: [],
      files: [written],
      notes: [`${written} is too large to be read.`],
    }
  const tables = operatorTables(readOperators(await readFile(path)), {
    profiler: 'TensorFlow',
    model: null,
    place: 'device',
    notes: ['Operators of all models of the server. One that calls others has the time that was its own.'],
  })
  return {
    name: 'TensorFlow',
    tables,
    files: [written],
    notes: tables.length === 0 ? ['No operator was executed meanwhile.'] : [],
  }
}
