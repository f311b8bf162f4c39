import { ServebenchError } from 'servebench/plugin'
import type { Datatype, TensorData } from 'servebench/plugin'
import { describe, expect, it } from 'vitest'
import { oracle } from '../../test/support/oracle.ts'
import { encodeTensor } from '../tensor/encode-tensor.ts'
import { readInferAnswer } from './infer-answer.ts'

const { writeAnswer } = oracle('ModelInfer')

/** For each datatype: elements, and the typed contents that carry them. */
const EXAMPLES: readonly (readonly [Datatype, TensorData, Record<string, unknown>])[] = [
  ['BOOL', Uint8Array.of(1, 0, 1), { bool_contents: [true, false, true] }],
  ['UINT8', Uint8Array.of(0, 7, 255), { uint_contents: [0, 7, 255] }],
  ['UINT16', Uint16Array.of(0, 7, 65_535), { uint_contents: [0, 7, 65_535] }],
  ['UINT32', Uint32Array.of(0, 7, 4_294_967_295), { uint_contents: [0, 7, 4_294_967_295] }],
  [
    'UINT64',
    BigUint64Array.of(0n, 7n, 18446744073709551615n),
    { uint64_contents: ['0', '7', '18446744073709551615'] },
  ],
  ['INT8', Int8Array.of(-128, 0, 127), { int_contents: [-128, 0, 127] }],
  ['INT16', Int16Array.of(-32_768, 0, 7), { int_contents: [-32_768, 0, 7] }],
  ['INT32', Int32Array.of(-2_147_483_648, 0, 7), { int_contents: [-2_147_483_648, 0, 7] }],
  [
    'INT64',
    BigInt64Array.of(-9223372036854775808n, 0n, 7n),
    { int64_contents: ['-9223372036854775808', '0', '7'] },
  ],
  ['FP16', Float32Array.of(-2, 0.5, 65_504), { fp32_contents: [-2, 0.5, 65_504] }],
  ['BF16', Float32Array.of(-2, 0.5, 3), { fp32_contents: [-2, 0.5, 3] }],
  ['FP32', Float32Array.of(-2, 0.5, NaN), { fp32_contents: [-2, 0.5, NaN] }],
  ['FP64', Float64Array.of(-2, 0.1, Infinity), { fp64_contents: [-2, 0.1, Infinity] }],
  [
    'BYTES',
    [Buffer.from('a'), Buffer.alloc(0), Buffer.from([0, 255])],
    { bytes_contents: [Buffer.from('a'), Buffer.alloc(0), Buffer.from([0, 255])] },
  ],
]

describe.each(EXAMPLES)('%s', (datatype, data, contents) => {
  it('is read from raw and from typed contents', () => {
    const output = { name: 'y', datatype, shape: ['3'] }
    const raw = writeAnswer({
      outputs: [output],
      raw_output_contents: [Buffer.from(encodeTensor(datatype, data))],
    })
    const typed = writeAnswer({ outputs: [{ ...output, contents }] })
    for (const message of [raw, typed]) {
      const { outputs } = readInferAnswer(message)
      expect(outputs).toHaveLength(1)
      expect(outputs[0]).toMatchObject({ name: 'y', datatype, shape: [3] })
      expect(same(outputs[0]?.data)).toStrictEqual(same(data))
    }
  })
})

describe('readInferAnswer', () => {
  const outputs = [
    { name: 'a', datatype: 'FP32', shape: ['1', '2'] },
    { name: 'b', datatype: 'BYTES', shape: ['1'] },
  ]
  const message = writeAnswer({
    model_name: 'm',
    model_version: '1',
    id: 'é',
    parameters: {
      wide: { uint64_param: '18446744073709551615' },
      small: { int64_param: '-7' },
      text: { string_param: 'x' },
      no: { bool_param: false },
      half: { double_param: 0.5 },
      __proto__x: { bool_param: true },
    },
    outputs,
    raw_output_contents: [Buffer.from('0000803f000000bf', 'hex'), Buffer.from('020000006869', 'hex')],
  })

  it('reads all fields', () => {
    const response = readInferAnswer(message)
    expect(response).toMatchObject({
      modelName: 'm',
      modelVersion: '1',
      id: 'é',
      parameters: { wide: 18446744073709551615n, small: -7, text: 'x', no: false, half: 0.5 },
    })
    expect(response.output('a').data).toEqual(Float32Array.of(1, -0.5))
    expect(response.output('b').texts()).toEqual(['hi'])
  })

  it('reads unpacked lists too', () => {
    // shape [3] as single varints, and three uint_contents, by hand.
    const contents = Buffer.from('2001200220ff01', 'hex')
    const output = Buffer.concat([
      Buffer.from('0a0179120555494e54381803', 'hex'),
      Buffer.from([0x2a, contents.length]),
      contents,
    ])
    const answer = Buffer.concat([Buffer.from([0x2a, output.length]), output])
    expect(readInferAnswer(answer).output('y').data).toEqual(Uint8Array.of(1, 2, 255))
  })

  it('passes over fields of later versions of the protocol', () => {
    const unknown = Buffer.from(`f8ff030bf9ff03${'00'.repeat(8)}faff0302fffffdff03${'00'.repeat(4)}`, 'hex')
    expect(readInferAnswer(Buffer.concat([unknown, message])).outputs).toHaveLength(2)
  })

  it.each([
    [{ outputs, raw_output_contents: [Buffer.alloc(8)] }, 'has 2 outputs, but 1 raw_output_contents'],
    [
      { outputs: [{ ...outputs[0], shape: ['3'] }], raw_output_contents: [Buffer.alloc(8)] },
      'of shape [3] does not have 3 elements',
    ],
    [
      { outputs: [{ ...outputs[0], shape: ['-1', '-1'] }], raw_output_contents: [Buffer.alloc(4)] },
      'has the shape [-1, -1]',
    ],
    [
      { outputs: [{ ...outputs[0], datatype: 'FLOAT' }], raw_output_contents: [Buffer.alloc(8)] },
      "datatype 'FLOAT', which the protocol does not have",
    ],
    [{ outputs: [outputs[0]] }, "output 'a' has no data"],
    [
      { outputs: [{ ...outputs[0], contents: { int_contents: [1, 2] } }] },
      'has the contents of another datatype',
    ],
    [
      { outputs: [{ name: 'a', datatype: 'UINT8', shape: ['1'], contents: { uint_contents: [256] } }] },
      "output 'a' has 256 at 0",
    ],
  ])('refuses #%#', (answer, text) => {
    expect(() => readInferAnswer(writeAnswer(answer))).toThrow(text)
  })

  it('reads an output without elements', () => {
    expect(
      readInferAnswer(writeAnswer({ outputs: [{ name: 'y', datatype: 'FP32', shape: ['0'] }] })).output('y')
        .data,
    ).toHaveLength(0)
  })

  it('survives a message that is cut or damaged anywhere', () => {
    let state = 9
    const random = (bound: number): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      return Math.floor((state / 4294967296) * bound)
    }
    let refused = 0
    const attempt = (bytes: Uint8Array): void => {
      try {
        readInferAnswer(bytes)
      } catch (error) {
        if (!(error instanceof ServebenchError)) throw error
        refused += 1
      }
    }
    for (let length = 0; length < message.length; length++) attempt(message.subarray(0, length))
    for (let round = 0; round < 5000; round++) {
      const damaged = Buffer.from(message)
      for (let count = 1 + random(3); count > 0; count--) damaged[random(damaged.length)] = random(256)
      attempt(damaged)
    }
    expect(refused).toBeGreaterThan(1000)
  })
})

/** Byte arrays of any class as lists, so that only their content counts. */
function same(data: unknown): unknown {
  return Array.isArray(data) ? data.map((element: Uint8Array) => [...element]) : data
}
