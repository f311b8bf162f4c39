import { DATATYPE_BYTES, elementCount, RAW_ARRAYS, type Datatype } from '../../plugin.ts'
import type { ByteReader } from './byte-reader.ts'
import { CellArray, datasetError } from './row-reader.ts'

/** An array of NumPy, as the header of an `.npy` file has it. */
export interface NpyHeader {
  /** `null` for text of fixed width. */
  readonly datatype: Datatype
  /** Bytes of an element. */
  readonly width: number
  readonly text: 'none' | 'bytes' | 'unicode'
  readonly isBigEndian: boolean
  readonly shape: readonly number[]
}

const MAGIC = '\x93NUMPY'
const MOST_HEADER = 1_048_576
const TYPES: Readonly<Record<string, Datatype>> = {
  b1: 'BOOL',
  u1: 'UINT8',
  u2: 'UINT16',
  u4: 'UINT32',
  u8: 'UINT64',
  i1: 'INT8',
  i2: 'INT16',
  i4: 'INT32',
  i8: 'INT64',
  f2: 'FP16',
  f4: 'FP32',
  f8: 'FP64',
  // As ml_dtypes saves bfloat16: NumPy itself has no name for it.
  V2: 'BF16',
}

/** @param shown names the file and array in messages @throws {ServebenchError} when it cannot be read row by row */
export async function readNpyHeader(reader: ByteReader, shown: string): Promise<NpyHeader> {
  const start = await reader.read(8)
  if (start.toString('latin1', 0, 6) !== MAGIC) throw datasetError(`${shown} is no NumPy array.`)
  const wide = (start[6] as number) >= 2
  const size = await reader.read(wide ? 4 : 2)
  const length = size.length < 2 ? 0 : wide ? size.readUInt32LE() : size.readUInt16LE()
  if (length > MOST_HEADER) throw datasetError(`${shown} has a header of ${length} bytes.`)
  const header = (await reader.read(length)).toString('utf8')
  const descr = /'descr':\s*'([<>|=])([a-zA-Z])(\d+)'/.exec(header)
  const order = /'fortran_order':\s*(True|False)/.exec(header)
  const dimensions = /'shape':\s*\(([\d,\sL]*)\)/.exec(header)
  if (order === null || dimensions === null) throw datasetError(`${shown} has a header that is damaged.`)
  if (descr === null) {
    throw datasetError(
      `${shown} has elements of the type ${/'descr':\s*(.+?),\s*'/.exec(header)?.[1] ?? '?'}, which is not supported.`,
      'Save arrays of numbers, booleans or text, without structures and Python objects.',
    )
  }
  const [, endian, letter, count] = descr as unknown as [string, string, string, string]
  const shape = (dimensions[1] as string)
    .split(',')
    .map((size) => size.replace('L', '').trim())
    .filter((size) => size !== '')
    .map(Number)
  if (order[1] === 'True' && shape.filter((size) => size > 1).length > 1)
    throw datasetError(`${shown} is in column-major order.`, 'Save numpy.ascontiguousarray(array).')
  const isBigEndian = endian === '>'
  if (letter === 'S' || letter === 'U') {
    const text = letter === 'S' ? 'bytes' : 'unicode'
    return { datatype: 'BYTES', width: Number(count) * (letter === 'S' ? 1 : 4), text, isBigEndian, shape }
  }
  const datatype = TYPES[letter + count]
  if (datatype === undefined) {
    throw datasetError(
      `${shown} has elements of the type '${endian}${letter}${count}', which is not supported.`,
      `Convert it: array.astype('float32').`,
    )
  }
  return { datatype, width: DATATYPE_BYTES[datatype] as number, text: 'none', isBigEndian, shape }
}

/** Elements of an array; `bytes` become theirs. */
export function npyElements(
  { datatype, width, text, isBigEndian }: NpyHeader,
  shape: readonly number[],
  bytes: Buffer,
): CellArray {
  if (datatype === 'BYTES') {
    const data = Array.from({ length: elementCount(shape) }, (_, index) => {
      const element = bytes.subarray(index * width, (index + 1) * width)
      return text === 'unicode' ? unicodeText(element, isBigEndian) : trimZeros(element)
    })
    return new CellArray(datatype, shape, data)
  }
  if (isBigEndian && width > 1) {
    if (width === 2) bytes.swap16()
    else if (width === 4) bytes.swap32()
    else bytes.swap64()
  }
  const aligned = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer
  return new CellArray(datatype, shape, new RAW_ARRAYS[datatype](aligned))
}

/** UCS-4, filled up with zeros. */
function unicodeText(element: Buffer, isBigEndian: boolean): string {
  let text = ''
  for (let at = 0; at + 4 <= element.length; at += 4) {
    const point = isBigEndian ? element.readUInt32BE(at) : element.readUInt32LE(at)
    if (point === 0) break
    text += String.fromCodePoint(point)
  }
  return text
}

function trimZeros(element: Buffer): Uint8Array {
  let end = element.length
  while (end > 0 && element[end - 1] === 0) end -= 1
  return Uint8Array.from(element.subarray(0, end))
}
