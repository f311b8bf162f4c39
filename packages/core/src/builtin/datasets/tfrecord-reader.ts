import { maskedCrc32c } from '../../plugin.ts'
import { ByteReader } from './byte-reader.ts'
import { readExample } from './example-message.ts'
import { fileBytes } from './file-bytes.ts'
import { datasetError, type RowReader } from './row-reader.ts'

const HEADER_BYTES = 12
const CRC_BYTES = 4

/** Records: length, its checksum, data, their checksum. A damaged length is the end of what can be read. */
export function openTfrecord(path: string, shown: string, maxRow: number): RowReader {
  return {
    columns: null,
    async *rows() {
      await using reader = new ByteReader(fileBytes(path))
      for (let number = 1; ; number++) {
        const place = `record ${number}`
        const start = reader.position
        const header = await reader.read(HEADER_BYTES)
        if (header.length === 0) return
        if (header.length < HEADER_BYTES) {
          yield { place, bad: `is torn at byte ${start}` }
          return
        }
        if (maskedCrc32c(header.subarray(0, 8)) !== header.readUInt32LE(8)) {
          if (number === 1) throw datasetError(`'${shown}' is no TFRecord file.`)
          yield { place, bad: `has a damaged length at byte ${start}: nothing behind it can be read` }
          return
        }
        const length = Number(header.readBigUInt64LE())
        if (length > maxRow) {
          yield { place, bad: `has ${length} bytes, and maxRow is ${maxRow}` }
          if (!(await skip(reader, length + CRC_BYTES))) return
          continue
        }
        const data = await reader.read(length + CRC_BYTES)
        if (data.length < length + CRC_BYTES) {
          yield { place, bad: `is torn at byte ${start}` }
          return
        }
        const content = data.subarray(0, length)
        if (maskedCrc32c(content) !== data.readUInt32LE(length)) {
          yield { place, bad: 'is damaged: its checksum is wrong' }
          continue
        }
        const row = readExample(content)
        yield row === null ? { place, bad: 'is no tf.train.Example' } : { place, row }
      }
    },
  }
}

const SKIP = 1_048_576

async function skip(reader: ByteReader, length: number): Promise<boolean> {
  for (let rest = length; rest > 0; rest -= SKIP) {
    const wanted = Math.min(rest, SKIP)
    if ((await reader.read(wanted)).length < wanted) return false
  }
  return true
}
