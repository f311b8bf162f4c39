import { maskedCrc32c } from 'servebench/plugin'

const LENGTH_BYTES = 8
const CRC_BYTES = 4

/** A TFRecord file: each record is its length, a checksum of that, the data, and a checksum of the data. */
export function writeRecordFile(records: readonly Uint8Array[]): Uint8Array {
  const size = records.reduce((sum, { length }) => sum + LENGTH_BYTES + length + 2 * CRC_BYTES, 0)
  const file = new Uint8Array(size)
  const view = new DataView(file.buffer)
  let at = 0
  for (const record of records) {
    view.setBigUint64(at, BigInt(record.length), true)
    view.setUint32(at + LENGTH_BYTES, maskedCrc32c(file.subarray(at, at + LENGTH_BYTES)), true)
    at += LENGTH_BYTES + CRC_BYTES
    file.set(record, at)
    at += record.length
    view.setUint32(at, maskedCrc32c(record), true)
    at += CRC_BYTES
  }
  return file
}
