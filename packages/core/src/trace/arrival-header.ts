import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { z } from 'zod'
import { messageOf } from '../errors/plugin-error.ts'
import { ServebenchError } from '../errors/servebench-error.ts'
import {
  ARRIVAL_FORMAT,
  HEADER_BYTES,
  requireLittleEndian,
  type ArrivalFileHeader,
} from './arrival-format.ts'

const headerSchema = z.looseObject({
  format: z.literal(ARRIVAL_FORMAT),
  kind: z.enum(['instants', 'counts']),
  arrivals: z.number().min(0),
  values: z.int().min(0),
  length: z.number().min(0),
  peak: z.number().min(0),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  every: z.number().gt(0).exactOptional(),
  made: z.string().exactOptional(),
})

/**
 * Reads the header of a file of arrivals.
 * @throws {ServebenchError} `SERVEBENCH_TRACE` when it is none, or not as long as it says
 */
export function readArrivalHeader(path: string): ArrivalFileHeader {
  requireLittleEndian()
  const bytes = Buffer.alloc(HEADER_BYTES)
  let size: number
  try {
    const file = openSync(path, 'r')
    try {
      size = fstatSync(file).size
      readSync(file, bytes, 0, HEADER_BYTES, 0)
    } finally {
      closeSync(file)
    }
  } catch (error) {
    throw new ServebenchError(
      'SERVEBENCH_TRACE',
      `The arrivals in ${path} cannot be read: ${messageOf(error)}.`,
      {
        advice: 'Check the path, which starts from the project’s folder.',
        cause: error,
      },
    )
  }
  const header = parseHeader(bytes)
  if (header === undefined) {
    throw new ServebenchError('SERVEBENCH_TRACE', `${path} is no file of arrivals of servebench.`, {
      advice: 'Save one with --save-plan, or use trace({ file, format }) for other files.',
    })
  }
  if (size !== HEADER_BYTES + header.values * 8) {
    throw new ServebenchError(
      'SERVEBENCH_TRACE',
      `The file of arrivals ${path} has ${size} bytes instead of ${HEADER_BYTES + header.values * 8}.`,
      { advice: 'It was cut off or changed; save it again.' },
    )
  }
  return header
}

function parseHeader(bytes: Buffer): ArrivalFileHeader | undefined {
  try {
    const parsed = headerSchema.safeParse(JSON.parse(bytes.toString('utf8')))
    return parsed.success ? parsed.data : undefined
  } catch {
    return undefined
  }
}
