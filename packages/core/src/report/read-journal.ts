import { closeSync, openSync, readSync } from 'node:fs'
import { ServebenchError } from '../errors/servebench-error.ts'
import type { JournalLine } from './journal-line.ts'

/** No line that servebench writes comes near; a longer one is not a journal's. */
const LONGEST_LINE = 64 * 1024 * 1024
const CHUNK = 256 * 1024
const NEWLINE = 0x0a

/** Every type of line; the compiler sees to it that none is missing. */
const LINE_TYPES: Readonly<Record<JournalLine['type'], true>> = {
  run: true,
  plan: true,
  server: true,
  'trial-start': true,
  window: true,
  segment: true,
  event: true,
  'trial-end': true,
  search: true,
  study: true,
  'study-measurement': true,
  'study-server': true,
  'study-configurations': true,
  analysis: true,
  comparison: true,
  'run-end': true,
}

export interface JournalOptions {
  /** What {@link Journal.unsaved} still held. */
  readonly unsaved?: string
  /** Checks the content of a line: for journals that this process did not write. */
  readonly accepts?: (line: unknown) => boolean
}

export interface JournalReading {
  readonly lines: readonly JournalLine[]
  /** Numbers, from 1, of complete lines that are not journal lines. */
  readonly corrupt: readonly number[]
  /** Whether the last line was cut off by a kill; it is left out and not corrupt. */
  readonly torn: boolean
}

/**
 * Reads a journal as far as it is whole.
 * @throws {ServebenchError} `SERVEBENCH_JOURNAL` when the file cannot be read.
 */
export function readJournal(path: string, options: JournalOptions = {}): JournalReading {
  const { unsaved = '', accepts = () => true } = options
  const lines: JournalLine[] = []
  const corrupt: number[] = []
  let number = 0
  const take = (text: string): void => {
    number += 1
    if (text.trim() === '') return
    const line = parseLine(text)
    if (line === null || !accepts(line)) corrupt.push(number)
    else lines.push(line)
  }
  const rest = eachLine(path, take)
  const tail = (rest + unsaved).split('\n')
  const last = tail.pop() as string
  tail.forEach(take)
  return { lines, corrupt, torn: last !== '' }
}

function parseLine(text: string): JournalLine | null {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return null
  }
  const type = (value as { type?: unknown } | null)?.type
  return typeof type === 'string' && Object.hasOwn(LINE_TYPES, type) ? (value as JournalLine) : null
}

/** Calls `take` for every line that ends in a newline; returns what follows the last one. */
function eachLine(path: string, take: (line: string) => void): string {
  let file: number
  try {
    file = openSync(path, 'r')
  } catch (cause) {
    throw new ServebenchError('SERVEBENCH_JOURNAL', `'${path}' cannot be read.`, {
      advice: 'Give the folder of a run: it holds journal.ndjson.',
      cause,
    })
  }
  try {
    const chunk = Buffer.alloc(CHUNK)
    let parts: Buffer[] = []
    let held = 0
    for (let length = readSync(file, chunk); length > 0; length = readSync(file, chunk)) {
      let start = 0
      for (let end = chunk.indexOf(NEWLINE); end >= 0 && end < length; end = chunk.indexOf(NEWLINE, start)) {
        parts.push(chunk.subarray(start, end))
        take(Buffer.concat(parts).toString())
        parts = []
        held = 0
        start = end + 1
      }
      parts.push(Buffer.from(chunk.subarray(start, length)))
      held += length - start
      if (held > LONGEST_LINE) {
        throw new ServebenchError(
          'SERVEBENCH_JOURNAL',
          `'${path}' is not a journal: it has a line of over 64 MiB.`,
        )
      }
    }
    return Buffer.concat(parts).toString()
  } finally {
    closeSync(file)
  }
}
