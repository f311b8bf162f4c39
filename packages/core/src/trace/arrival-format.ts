import { endianness } from 'node:os'
import type { TraceFacts } from '../arrival/process.ts'
import { ServebenchError } from '../errors/servebench-error.ts'
import type { Nanos } from '../units/nanos.ts'

/*
 * A file of arrivals: a JSON object in one line, padded with blanks to 4096 bytes, then doubles, little-endian, as many
 * as the object says: instants in nanoseconds from the start, never decreasing, or counts of arrivals per `every`.
 */

export const HEADER_BYTES = 4096
export const ARRIVAL_FORMAT = 'servebench-arrivals/1'

/** What the object at the start of a file of arrivals says. */
export interface ArrivalFileHeader extends TraceFacts {
  readonly kind: 'instants' | 'counts'
  /** Doubles that follow. */
  readonly values: number
  /** Of those doubles, hexadecimal. */
  readonly sha256: string
  /** Only for counts. */
  readonly every?: Nanos
  /** What it was made of, for people. */
  readonly made?: string
}

/** Doubles are read and written as they lie in memory. */
export function requireLittleEndian(): void {
  if (endianness() === 'LE') return
  throw new ServebenchError('SERVEBENCH_TRACE', 'Files of arrivals are little-endian; this machine is not.')
}
