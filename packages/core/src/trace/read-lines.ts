import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { createGunzip } from 'node:zlib'
import { messageOf } from '../errors/plugin-error.ts'
import { ServebenchError } from '../errors/servebench-error.ts'

const CHUNK = 1024 * 1024
const NEWLINE = 10
const RETURN = 13

/** More than this without a line end is no text file of rows. */
export const LONGEST_LINE: number = 4 * CHUNK

/**
 * Reads a file line by line in bounded memory, unpacking it when its name ends in `.gz`. Lines are given as they are in
 * bytes, decoded one to one (latin1), without their ends; their numbers begin at 1. An empty last line is left out.
 *
 * @returns SHA-256 of the file's bytes, and how many there were
 * @throws {ServebenchError} `SERVEBENCH_TRACE` when it cannot be read, or has a line that is too long
 */
export async function readLines(
  path: string,
  onLine: (line: string, number: number) => void,
  signal?: AbortSignal,
): Promise<{ readonly sha256: string; readonly bytes: number }> {
  const hash = createHash('sha256')
  let bytes = 0
  const file = createReadStream(path, { highWaterMark: CHUNK, ...(signal === undefined ? {} : { signal }) })
  file.on('data', (chunk) => {
    hash.update(chunk)
    bytes += chunk.length
  })
  const unpacked = path.endsWith('.gz') ? file.pipe(createGunzip({ chunkSize: CHUNK })) : file
  file.on('error', (error) => unpacked.destroy(error))
  // The rest of the last chunk, where a line has begun.
  let rest: Buffer = Buffer.alloc(0)
  let number = 0
  const tell = (buffer: Buffer, start: number, end: number): void => {
    number += 1
    const last = end > start && buffer[end - 1] === RETURN ? end - 1 : end
    onLine(buffer.toString('latin1', start, last), number)
  }
  try {
    for await (const chunk of unpacked as AsyncIterable<Buffer>) {
      let buffer = chunk
      if (rest.length > 0) buffer = Buffer.concat([rest, chunk])
      let start = 0
      // What is left over holds no line end.
      for (let end = buffer.indexOf(NEWLINE, rest.length); end >= 0; end = buffer.indexOf(NEWLINE, start)) {
        tell(buffer, start, end)
        start = end + 1
      }
      rest = buffer.subarray(start)
      if (rest.length > LONGEST_LINE) throw tooLong(path, number + 1)
    }
  } catch (error) {
    if (signal?.aborted || error instanceof ServebenchError) throw error
    throw new ServebenchError('SERVEBENCH_TRACE', `The trace ${path} cannot be read: ${messageOf(error)}.`, {
      advice: 'Check the path, which starts from the project’s folder, and that the file is whole.',
      cause: error,
    })
  }
  if (rest.length > 0) tell(rest, 0, rest.length)
  return { sha256: hash.digest('hex'), bytes }
}

function tooLong(path: string, line: number): ServebenchError {
  return new ServebenchError(
    'SERVEBENCH_TRACE',
    `Line ${line} of the trace ${path} is longer than ${LONGEST_LINE / CHUNK} MiB.`,
    { advice: 'A trace is a text file with one row per line; .gz is unpacked, other archives are not.' },
  )
}
