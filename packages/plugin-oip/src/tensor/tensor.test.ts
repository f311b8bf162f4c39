import type { Datatype, TensorData } from 'servebench/plugin'
import { describe, expect, it } from 'vitest'
import { parseJson } from '../json/parse-json.ts'
import { readTensorJson, writeTensorJson } from '../json/tensor-json.ts'
import { DATATYPES } from './datatype.ts'
import { decodeTensor } from './decode-tensor.ts'
import { encodeTensor } from './encode-tensor.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

describe('encodeTensor', () => {
  // By hand, from the protocol's binary tensor data extension: little-endian, no padding, BYTES with uint32 lengths.
  it.each<[Datatype, TensorData, string]>([
    ['BOOL', [true, false, true], '010001'],
    ['BOOL', Uint8Array.of(1, 0), '0100'],
    ['UINT8', [0, 255], '00ff'],
    ['UINT16', [1, 65_535], '0100ffff'],
    ['UINT32', [1, 4_294_967_295], '01000000ffffffff'],
    ['UINT64', [1n, 18446744073709551615n], '0100000000000000ffffffffffffffff'],
    ['UINT64', [2], '0200000000000000'],
    ['INT8', [-1, 127], 'ff7f'],
    ['INT16', [-2], 'feff'],
    ['INT32', Int16Array.of(-2), 'feffffff'],
    ['INT64', BigInt64Array.of(-9223372036854775808n), '0000000000000080'],
    ['INT64', [9007199254740993n], '0100000000002000'],
    ['FP16', [1, -2, 65_504], '003c00c0ff7b'],
    ['FP16', Uint16Array.of(0x3c00), '003c'],
    ['FP16', Float32Array.of(1 / 3), '5535'],
    ['BF16', [1, -1.5], '803fc0bf'],
    ['BF16', Uint16Array.of(0x3f80), '803f'],
    ['FP32', [1, -0.5], '0000803f000000bf'],
    ['FP32', Float64Array.of(0.1), 'cdcccc3d'],
    ['FP64', [1], '000000000000f03f'],
    ['BYTES', ['ab', Uint8Array.of(0, 255), ''], '0200000061620200000000ff00000000'],
    ['BYTES', ['é'], '02000000c3a9'],
  ])('%s #%#', (datatype, data, bytes) => {
    expect(hex(encodeTensor(datatype, data))).toBe(bytes)
  })

  it('takes typed arrays of the own kind without copying, at any offset', () => {
    const memory = new ArrayBuffer(64)
    const array = new Float32Array(memory, 8, 3)
    const bytes = encodeTensor('FP32', array)
    expect([bytes.buffer, bytes.byteOffset, bytes.length]).toEqual([memory, 8, 12])
  })

  it.each<[Datatype, unknown, string]>([
    ['INT8', [1, 128], 'has 128 at 1, which is no INT8'],
    ['UINT32', [-1], 'has -1 at 0'],
    ['UINT64', [-1n], 'has -1 at 0'],
    ['INT64', [9223372036854775808n], 'has 9223372036854775808 at 0'],
    ['INT32', [1.5], 'has 1.5 at 0'],
    ['INT32', [NaN], 'has NaN at 0'],
    ['INT32', Float32Array.of(0.25), 'has 0.25 at 0'],
    ['INT32', [true], 'a value of type boolean'],
    ['INT32', ['1'], 'has "1" at 0'],
    ['INT32', [null], 'has null at 0'],
    ['BOOL', [2], 'has 2 at 0'],
    ['BOOL', Uint8Array.of(0, 3), 'has 3 at 1'],
    ['FP32', ['x'], 'has "x" at 0'],
    ['FP16', [undefined], 'a value of type undefined'],
    ['BYTES', [1], 'has 1 at 0, which is neither text nor bytes'],
  ])('refuses %s #%#', (datatype, data, message) => {
    expect(() => encodeTensor(datatype, data as TensorData)).toThrow(message)
  })
})

const EXAMPLES: Readonly<Record<Datatype, TensorData>> = {
  BOOL: Uint8Array.of(1, 0, 1),
  UINT8: Uint8Array.of(0, 1, 255),
  UINT16: Uint16Array.of(0, 1, 65_535),
  UINT32: Uint32Array.of(0, 1, 4_294_967_295),
  UINT64: BigUint64Array.of(0n, 9007199254740993n, 18446744073709551615n),
  INT8: Int8Array.of(-128, 0, 127),
  INT16: Int16Array.of(-32_768, 0, 32_767),
  INT32: Int32Array.of(-2_147_483_648, 0, 2_147_483_647),
  INT64: BigInt64Array.of(-9223372036854775808n, 9007199254740993n, 9223372036854775807n),
  FP16: Float32Array.of(-65_504, 5.9604644775390625e-8, 0.333251953125),
  BF16: Float32Array.of(-1.5, 2 ** -133, 3.3895313892515355e38),
  FP32: Float32Array.of(-0, 1 / 3, 3.4028234663852886e38),
  FP64: Float64Array.of(-0, 1 / 3, Number.MAX_VALUE),
  BYTES: [Buffer.from('text'), Buffer.from('größe 😀'), Buffer.alloc(0)],
}

describe.each(DATATYPES)('%s', (datatype) => {
  const data = EXAMPLES[datatype]

  it('comes back from its bytes, whatever their alignment', () => {
    const bytes = encodeTensor(datatype, data)
    const shifted = Buffer.concat([Buffer.from('x'), bytes]).subarray(1)
    expect(same(decodeTensor(datatype, shifted))).toStrictEqual(same(data))
    expect(encodeTensor(datatype, decodeTensor(datatype, shifted) as TensorData)).toEqual(bytes)
  })

  it('refuses bytes that are no whole number of elements', () => {
    const bytes = encodeTensor(datatype, data)
    for (let length = 1; length < bytes.length; length++) {
      const cut = decodeTensor(datatype, bytes.subarray(0, length))
      if (cut !== null) expect(encodeTensor(datatype, cut as TensorData)).toEqual(bytes.subarray(0, length))
    }
    const width = datatype === 'BYTES' ? 4 : bytes.length / data.length
    expect(decodeTensor(datatype, bytes.subarray(0, bytes.length - 1)) === null).toBe(width > 1)
  })

  it('comes back from JSON, or has no form there', () => {
    if (datatype === 'FP16' || datatype === 'BF16') {
      expect(() => writeTensorJson(datatype, data)).toThrow(`is ${datatype}, which has no JSON form`)
      return
    }
    const text = writeTensorJson(datatype, data)
    expect(same(readTensorJson(datatype, parseJson(Buffer.from(text))))).toStrictEqual(same(data))
  })
})

describe('tensors as JSON', () => {
  it.each<[Datatype, TensorData, string]>([
    ['BOOL', [true, false], '[true,false]'],
    ['INT64', [9007199254740993n, -1n], '[9007199254740993,-1]'],
    ['FP32', [0.5, -0], '[0.5,-0.0]'],
    ['FP64', Float64Array.of(1e21), '[1e+21]'],
    ['BYTES', ['a"b', Buffer.from('ü')], '["a\\"b","ü"]'],
    ['INT8', [], '[]'],
  ])('%s #%#', (datatype, data, text) => {
    expect(writeTensorJson(datatype, data)).toBe(text)
  })

  it.each<[Datatype, TensorData, string]>([
    ['FP32', [1, NaN], 'has NaN at 1, which JSON cannot express'],
    ['FP64', [-Infinity], 'has -Infinity at 0, which JSON cannot express'],
    ['BYTES', [Uint8Array.of(255)], 'not UTF-8'],
    ['INT8', [300], 'has 300 at 0'],
  ])('refuses to write %s #%#', (datatype, data, message) => {
    expect(() => writeTensorJson(datatype, data)).toThrow(message)
  })

  it('reads nested lists, bare NaN, and null as NaN', () => {
    const read = (datatype: Datatype, text: string) => readTensorJson(datatype, parseJson(Buffer.from(text)))
    expect(read('FP32', '[[1,NaN],[null,-Infinity]]')).toEqual(Float32Array.of(1, NaN, NaN, -Infinity))
    expect(read('FP64', '[100000000000000000001]')).toEqual(Float64Array.of(1e20))
    expect(read('INT64', '[[[9223372036854775807]]]')).toEqual(BigInt64Array.of(9223372036854775807n))
    expect(() => read('INT8', '[1,null]')).toThrow('has null at 1')
    expect(() => read('BYTES', '["a",1]')).toThrow('has 1 at 1')
  })
})

/** Byte arrays of any class as lists, so that only their content counts. */
function same(data: unknown): unknown {
  return Array.isArray(data) ? data.map((element: Uint8Array) => [...element]) : data
}
