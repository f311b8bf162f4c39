import { createReadStream } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { createInflateRaw } from 'node:zlib'
import { datasetError } from './row-reader.ts'

/** A file inside a ZIP archive (APPNOTE 6.3.10, with ZIP64). */
export interface ZipEntry {
  readonly name: string
  readonly method: 'stored' | 'deflated'
  /** In the archive. */
  readonly size: number
  /** Of the local header. */
  readonly offset: number
}

const END = 0x06054b50
const END_64_LOCATOR = 0x07064b50
const CENTRAL = 0x02014b50
const LOCAL_BYTES = 30
const CENTRAL_BYTES = 46
const END_BYTES = 22
const MOST_COMMENT = 65_535
const MOST_DIRECTORY = 64 * 1024 * 1024
const WIDE = 0xffffffff
const ZIP64_FIELD = 1

/** @throws {ServebenchError} when it is no archive, or one that cannot be read */
export async function readZipEntries(path: string, shown: string): Promise<readonly ZipEntry[]> {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    const tail = await readAt(file, Math.max(0, size - END_BYTES - MOST_COMMENT), size)
    const at = tail.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]))
    if (at < 0 || tail.length - at < END_BYTES || tail.readUInt32LE(at) !== END)
      throw datasetError(`'${shown}' is no ZIP archive.`, 'An .npz file is one: numpy.savez writes it.')
    let length = tail.readUInt32LE(at + 12)
    let offset = tail.readUInt32LE(at + 16)
    if (at >= 20 && tail.readUInt32LE(at - 20) === END_64_LOCATOR) {
      const from = Number(tail.readBigUInt64LE(at - 12))
      const end = await readAt(file, from, from + 56)
      if (end.length === 56) {
        length = Number(end.readBigUInt64LE(40))
        offset = Number(end.readBigUInt64LE(48))
      }
    }
    if (length > MOST_DIRECTORY || offset + length > size)
      throw datasetError(`'${shown}' is damaged: its directory lies outside of it.`)
    return readDirectory(await readAt(file, offset, offset + length), shown)
  } finally {
    await file.close()
  }
}

function readDirectory(directory: Buffer, shown: string): readonly ZipEntry[] {
  const entries: ZipEntry[] = []
  for (let at = 0; at + CENTRAL_BYTES <= directory.length;) {
    if (directory.readUInt32LE(at) !== CENTRAL)
      throw datasetError(`'${shown}' is damaged: its directory is torn.`)
    const method = directory.readUInt16LE(at + 10)
    const nameBytes = directory.readUInt16LE(at + 28)
    const extraBytes = directory.readUInt16LE(at + 30)
    const end = at + CENTRAL_BYTES + nameBytes + extraBytes + directory.readUInt16LE(at + 32)
    if (end > directory.length) throw datasetError(`'${shown}' is damaged: its directory is torn.`)
    const name = directory.toString('utf8', at + CENTRAL_BYTES, at + CENTRAL_BYTES + nameBytes)
    if (method !== 0 && method !== 8)
      throw datasetError(`'${name}' in '${shown}' is compressed by method ${method}, which is not supported.`)
    const wide = wideFields(directory.subarray(at + CENTRAL_BYTES + nameBytes, end), [
      directory.readUInt32LE(at + 24),
      directory.readUInt32LE(at + 20),
      directory.readUInt32LE(at + 42),
    ])
    const [, size, offset] = wide as [number, number, number]
    entries.push({ name, method: method === 0 ? 'stored' : 'deflated', size, offset })
    at = end
  }
  return entries
}

/** Of unpacked size, packed size and offset, those that do not fit stand in an extra field, in this order. */
function wideFields(extra: Buffer, fields: readonly number[]): readonly number[] {
  for (let at = 0; at + 4 <= extra.length;) {
    const length = extra.readUInt16LE(at + 2)
    if (extra.readUInt16LE(at) === ZIP64_FIELD) {
      let from = at + 4
      return fields.map((value) => {
        if (value !== WIDE || from + 8 > Math.min(extra.length, at + 4 + length)) return value
        from += 8
        return Number(extra.readBigUInt64LE(from - 8))
      })
    }
    at += 4 + length
  }
  return fields
}

/** The bytes of an entry, unpacked. */
export async function* zipEntryBytes(path: string, entry: ZipEntry): AsyncGenerator<Buffer> {
  const start = await dataStart(path, entry)
  if (entry.size === 0) return
  const source = createReadStream(path, { start, end: start + entry.size - 1 })
  if (entry.method === 'stored') {
    yield* source as AsyncIterable<Buffer>
    return
  }
  const unpacked = createInflateRaw()
  source.on('error', (error) => unpacked.destroy(error))
  try {
    yield* source.pipe(unpacked) as AsyncIterable<Buffer>
  } finally {
    source.destroy()
  }
}

/** Behind the local header, whose extra fields differ from those of the directory. */
async function dataStart(path: string, { offset }: ZipEntry): Promise<number> {
  const file = await open(path)
  try {
    const header = await readAt(file, offset, offset + LOCAL_BYTES)
    if (header.length < LOCAL_BYTES) throw datasetError(`'${path}' is damaged: an entry lies outside of it.`)
    return offset + LOCAL_BYTES + header.readUInt16LE(26) + header.readUInt16LE(28)
  } finally {
    await file.close()
  }
}

async function readAt(file: FileHandle, from: number, until: number): Promise<Buffer> {
  const buffer = Buffer.alloc(until - from)
  const { bytesRead } = await file.read(buffer, 0, buffer.length, from)
  return buffer.subarray(0, bytesRead)
}
