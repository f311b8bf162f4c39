import { describe, expect, it } from 'vitest'
import { writeWarmupFile } from '../src/control.ts'
import { crc32c, maskedCrc32c } from 'servebench/plugin'
import { writeRecordFile } from '../src/warmup/record-file.ts'
import { golden, GOLDEN } from './support/golden.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

describe('CRC-32C', () => {
  // RFC 3720 §B.4.
  it.each([
    ['00'.repeat(32), 0x8a9136aa],
    ['ff'.repeat(32), 0x62a8ab43],
    [Array.from({ length: 32 }, (_, index) => index.toString(16).padStart(2, '0')).join(''), 0x46dd794e],
    ['', 0],
    [Buffer.from('123456789').toString('hex'), 0xe3069283],
  ])('%s', (bytes, crc) => {
    expect(crc32c(Buffer.from(bytes, 'hex'))).toBe(crc)
  })

  it('is turned and shifted for record files', () => {
    const crc = 0x8a9136aa
    const turned = Number(((BigInt(crc) >> 15n) | (BigInt(crc) << 17n)) & 0xffffffffn)
    expect(maskedCrc32c(new Uint8Array(32))).toBe(Number((BigInt(turned) + 0xa282ead8n) & 0xffffffffn))
  })
})

it('a file of no records is empty', () => {
  expect(writeRecordFile([])).toHaveLength(0)
})

describe('a warm-up file', () => {
  const [float] = GOLDEN.tensors

  it('is that of TensorFlow', () => {
    const shape = float?.shape ?? []
    const data = (float?.values ?? []).map(Number)
    const examples = [{ a: [1, 2.5] }, { a: -3, b: [7n, -1n], c: ['hi', Uint8Array.of(255)] }] as never
    const file = writeWarmupFile('m', [
      { inputs: { x: { datatype: 'FP32', shape, data } } },
      { signature: 's', method: 'classify', examples },
      { signature: 's', method: 'regress', examples, context: { d: { int64: 9 } } },
    ])
    // TensorFlow's first request also names a version and an output: records are compared from the second one on.
    const theirs = Buffer.from(golden('warm-up file'), 'hex')
    const second = (bytes: Uint8Array): number =>
      16 + Number(Buffer.from(bytes.buffer, bytes.byteOffset).readBigUInt64LE(0))
    expect(hex(file.subarray(second(file)))).toBe(hex(theirs.subarray(second(theirs))))
    // And of the first one the frame, around its own data.
    const end = second(theirs)
    expect(hex(writeRecordFile([theirs.subarray(12, end - 4)]))).toBe(hex(theirs.subarray(0, end)))
    expect(hex(file.subarray(12))).toContain(hex(Buffer.from(Float32Array.from(data).buffer)))
  })

  it('has no more requests than servers take, and whole ones', () => {
    const inputs = { x: { datatype: 'FP32', shape: [1], data: [1] } } as const
    expect(
      writeWarmupFile(
        'm',
        Array.from({ length: 1000 }, () => ({ inputs })),
      ).length,
    ).toBeGreaterThan(1000)
    expect(() =>
      writeWarmupFile(
        'm',
        Array.from({ length: 1001 }, () => ({ inputs })),
      ),
    ).toThrow('1000 at most')
    expect(() => writeWarmupFile('m', [{ inputs: { x: { ...inputs.x, shape: [2] } } }])).toThrow('needs 2')
    expect(() => writeWarmupFile('m', [{ inputs: { x: { data: [1] } as never } }])).toThrow(
      'needs a datatype',
    )
  })
})
