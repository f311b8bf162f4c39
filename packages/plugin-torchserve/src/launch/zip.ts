import { crc32, deflateRawSync } from 'node:zlib'
import { formatBytes, ServebenchError } from 'servebench/plugin'

export interface ZipEntry {
  /** With slashes. */
  readonly name: string
  readonly content: Uint8Array
}

const LOCAL = 0x04034b50
const CENTRAL = 0x02014b50
const END = 0x06054b50
const VERSION = 20
const UTF8 = 0x0800
const DEFLATE = 8
/** 1980-01-01, the first day of the format: the same content is the same archive. */
const DATE = 0x21
const REGULAR_FILE = 0o100644 * 0x10000
/** Beyond, the format needs its 64-bit fields. */
const LARGEST = 0xffffffff

/**
 * A ZIP archive (PKWARE APPNOTE 6.3.10), deflated.
 * @throws {ServebenchError} `SERVEBENCH_TORCHSERVE_ARCHIVE` above 4 GiB
 */
export function writeZip(entries: readonly ZipEntry[]): Uint8Array {
  const parts: Uint8Array[] = []
  const directory: Uint8Array[] = []
  let offset = 0
  for (const { name, content } of entries) {
    const path = Buffer.from(name)
    const packed = deflateRawSync(content)
    const facts = Buffer.alloc(26)
    facts.writeUInt16LE(VERSION, 0)
    facts.writeUInt16LE(UTF8, 2)
    facts.writeUInt16LE(DEFLATE, 4)
    facts.writeUInt16LE(DATE, 8)
    facts.writeUInt32LE(crc32(content), 10)
    facts.writeUInt32LE(checked(packed.length), 14)
    facts.writeUInt32LE(checked(content.length), 18)
    facts.writeUInt16LE(path.length, 22)
    parts.push(signature(LOCAL), facts, path, packed)
    const place = Buffer.alloc(14)
    place.writeUInt32LE(REGULAR_FILE, 6)
    place.writeUInt32LE(checked(offset), 10)
    const made = Buffer.alloc(2)
    // Made on Unix, so that the kind of file counts.
    made.writeUInt16LE(3 * 256 + VERSION)
    directory.push(signature(CENTRAL), made, facts, place, path)
    offset += 4 + facts.length + path.length + packed.length
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0)
  const end = Buffer.alloc(18)
  end.writeUInt16LE(entries.length, 4)
  end.writeUInt16LE(entries.length, 6)
  end.writeUInt32LE(size, 8)
  end.writeUInt32LE(checked(offset), 12)
  return Buffer.concat([...parts, ...directory, signature(END), end])
}

function signature(value: number): Uint8Array {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

function checked(value: number): number {
  if (value <= LARGEST) return value
  throw new ServebenchError(
    'SERVEBENCH_TORCHSERVE_ARCHIVE',
    `The archive would exceed ${formatBytes(LARGEST)}.`,
    {
      advice: 'Make it with torch-model-archiver, and name it as an `archive`.',
    },
  )
}
