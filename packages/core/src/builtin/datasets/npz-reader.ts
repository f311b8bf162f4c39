import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { basename } from 'node:path'
import { elementCount } from '../../plugin.ts'
import { ByteReader } from './byte-reader.ts'
import { npyElements, readNpyHeader, type NpyHeader } from './npy.ts'
import { datasetError, type Reading, type RowReader } from './row-reader.ts'
import { readZipEntries, zipEntryBytes } from './zip.ts'

/** One array of a file. */
interface ArrayFile {
  readonly name: string
  open(): AsyncIterable<Buffer>
}

const MOST_ARRAY = 1_073_741_824
/** The only array of an `.npy` file has no name of its own: that of the file. */
const NPY = /\.npy$/
const ZIP_MAGIC = 0x04034b50

/** @param axis whether the first axis counts samples, or the file is one */
export async function openNpz(path: string, shown: string, axis: 'rows' | 'whole'): Promise<RowReader> {
  const arrays = await arraysOf(path, shown)
  return {
    columns: arrays.map(({ name }) => name),
    async *rows() {
      if (axis === 'whole') yield await readWhole(arrays, shown)
      else yield* readRows(arrays, shown)
    },
  }
}

async function arraysOf(file: string, shown: string): Promise<readonly ArrayFile[]> {
  if (!(await isZip(file)))
    return [
      { name: basename(file).replace(NPY, ''), open: () => createReadStream(file) as AsyncIterable<Buffer> },
    ]
  const entries = await readZipEntries(file, shown)
  const arrays = entries.filter(({ name }) => NPY.test(name))
  if (arrays.length === 0) throw datasetError(`'${shown}' has no arrays.`)
  return arrays.map((entry) => ({
    name: entry.name.replace(NPY, ''),
    open: () => zipEntryBytes(file, entry),
  }))
}

async function isZip(path: string): Promise<boolean> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0)
    return bytesRead === 4 && buffer.readUInt32LE() === ZIP_MAGIC
  } finally {
    await file.close()
  }
}

async function readWhole(arrays: readonly ArrayFile[], shown: string): Promise<Reading> {
  const row: Record<string, unknown> = {}
  for (const array of arrays) {
    await using reader = new ByteReader(array.open())
    const header = await readNpyHeader(reader, `The array '${array.name}' of '${shown}'`)
    const size = checkSize(header, header.shape, array.name)
    const bytes = await reader.read(size)
    if (bytes.length < size) return { place: 'row 1', bad: `has a torn array '${array.name}'` }
    row[array.name] = npyElements(header, header.shape, bytes)
  }
  return { place: 'row 1', row }
}

async function* readRows(arrays: readonly ArrayFile[], shown: string): AsyncGenerator<Reading> {
  const readers = arrays.map((array) => new ByteReader(array.open()))
  try {
    const headers: NpyHeader[] = []
    for (const [index, reader] of readers.entries()) {
      const { name } = arrays[index] as ArrayFile
      headers.push(await readNpyHeader(reader, `The array '${name}' of '${shown}'`))
    }
    const counts = headers.map(({ shape }) => shape[0])
    const [count] = counts
    if (count === undefined || counts.some((other) => other !== count)) {
      const list = arrays.map(({ name }, index) => `${name} [${headers[index]?.shape.join(', ')}]`).join(', ')
      throw datasetError(
        `The arrays of '${shown}' do not have the same number of rows: ${list}.`,
        "Save one row for each sample, or say axis: 'whole' where each file is one sample.",
      )
    }
    for (let number = 0; number < count; number++) {
      const row: Record<string, unknown> = {}
      let torn: string | null = null
      for (const [index, reader] of readers.entries()) {
        const header = headers[index] as NpyHeader
        const { name } = arrays[index] as ArrayFile
        const shape = header.shape.slice(1)
        const size = checkSize(header, shape, name)
        const bytes = await reader.read(size)
        if (bytes.length < size) torn = name
        else row[name] = npyElements(header, shape, bytes)
      }
      const at = `row ${number + 1}`
      if (torn === null) yield { place: at, row }
      else {
        yield { place: at, bad: `is missing: the array '${torn}' is torn` }
        return
      }
    }
  } finally {
    for (const reader of readers) await reader[Symbol.asyncDispose]()
  }
}

function checkSize({ width }: NpyHeader, shape: readonly number[], name: string): number {
  const size = elementCount(shape) * width
  if (size <= MOST_ARRAY) return size
  throw datasetError(
    `The array '${name}' has ${size} bytes for one sample.`,
    "Is its first axis that of samples (axis: 'rows')?",
  )
}
