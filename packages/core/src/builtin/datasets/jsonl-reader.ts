import { fileBytes } from './file-bytes.ts'
import type { Reading, Row, RowReader } from './row-reader.ts'

const NEWLINE = 10
const RETURN = 13

/** Lines of JSON objects; empty lines are none. */
export function openJsonl(path: string, maxRow: number): RowReader {
  return {
    columns: null,
    async *rows() {
      let number = 0
      for await (const line of lines(fileBytes(path), maxRow)) {
        number += 1
        const place = `line ${number}`
        if (line === null) yield { place, bad: `is longer than ${maxRow} bytes` }
        else if (line.length > 0) yield parse(line, place)
      }
    },
  }
}

function parse(line: Buffer, place: string): Reading {
  let value: unknown
  try {
    value = JSON.parse(line.toString('utf8'))
  } catch (error) {
    return { place, bad: `is no JSON: ${(error as Error).message}` }
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { place, bad: 'is no JSON object' }
  return { place, row: value as Row }
}

/** Lines without their ends; `null` for those that are too long, of which no more than the limit is kept. */
async function* lines(chunks: AsyncIterable<Buffer>, most: number): AsyncGenerator<Buffer | null> {
  let parts: Buffer[] = []
  let length = 0
  const take = (): Buffer | null => {
    const line = length > most ? null : Buffer.concat(parts)
    parts = []
    length = 0
    return line?.at(-1) === RETURN ? line.subarray(0, -1) : line
  }
  for await (const chunk of chunks) {
    let from = 0
    while (from < chunk.length) {
      const end = chunk.indexOf(NEWLINE, from)
      const part = chunk.subarray(from, end === -1 ? chunk.length : end)
      length += part.length
      if (length <= most) parts.push(part)
      if (end === -1) break
      yield take()
      from = end + 1
    }
  }
  if (length > 0) yield take()
}
