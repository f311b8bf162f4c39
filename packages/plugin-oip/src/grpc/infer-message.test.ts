import type { Datatype, TensorData } from 'servebench/plugin'
import { applyPatches } from 'servebench/session'
import { describe, expect, it } from 'vitest'
import { bound } from '../../test/support/models.ts'
import { oracle } from '../../test/support/oracle.ts'
import { writeInferMessage } from './infer-message.ts'

const { readRequest } = oracle('ModelInfer')
const parameter = (kind: string, value: unknown) => ({ [kind]: value, parameter_choice: kind })
const MODEL = { name: 'm', version: '' }

describe('writeInferMessage', () => {
  // By hand: tag = field · 8 + 2 for everything length-delimited, shapes as packed varints.
  it('writes the bytes of the definition', () => {
    const request = bound({
      inputs: { x: { datatype: 'FP32', shape: [1, 300], data: new Float32Array(300) } },
    })
    const { message, patches } = writeInferMessage(request, MODEL)
    const head =
      '0a016d' + // 1: model_name "m"
      '2a0e' + // 5: inputs, 14 bytes
      '0a0178' + // 1: name "x"
      '120446503332' + // 2: datatype "FP32"
      '1a0301ac02' + // 3: shape [1, 300], packed
      '3ab009' // 7: raw_input_contents, 1200 bytes
    expect(Buffer.from(message).toString('hex')).toBe(head + '00'.repeat(1200))
    expect(patches).toEqual([])
  })

  it('writes typed contents, which protobufjs reads as the lists of the definition', () => {
    const typed = (datatype: Datatype, data: TensorData): unknown => {
      const request = bound({ inputs: { x: { datatype, shape: [data.length], data } } })
      const { inputs, raw_input_contents: raw } = readRequest(
        writeInferMessage(request, MODEL, {}, 'typed').message,
      ) as {
        readonly inputs: readonly { readonly contents: unknown }[]
        readonly raw_input_contents: unknown[]
      }
      expect(raw ?? []).toEqual([])
      return inputs[0]?.contents
    }
    expect(typed('FP32', [0.5, -2])).toMatchObject({ fp32_contents: [0.5, -2] })
    expect(typed('FP64', Float64Array.of(1 / 3))).toMatchObject({ fp64_contents: [1 / 3] })
    expect(typed('INT8', Int8Array.of(-128, 127))).toMatchObject({ int_contents: [-128, 127] })
    expect(typed('UINT16', [65_535])).toMatchObject({ uint_contents: [65_535] })
    expect(typed('INT64', [-1n, 5n])).toMatchObject({ int64_contents: ['-1', '5'] })
    expect(typed('UINT64', [18446744073709551615n])).toMatchObject({
      uint64_contents: ['18446744073709551615'],
    })
    expect(typed('BOOL', [true, false])).toMatchObject({ bool_contents: [true, false] })
    expect(typed('BYTES', ['a', ''])).toMatchObject({ bytes_contents: [Buffer.from('a'), Buffer.alloc(0)] })
  })

  it('has no typed contents for 16-bit floats', () => {
    const request = bound({ inputs: { x: { datatype: 'FP16', shape: [1], data: [1] } } })
    expect(() => writeInferMessage(request, MODEL, {}, 'typed')).toThrow('has no typed contents')
  })

  it('writes everything that a request can have, as protobufjs reads it', () => {
    const request = bound({
      id: 'é',
      parameters: {
        text: 'x',
        yes: true,
        no: false,
        one: 1,
        minus: -5,
        half: 0.5,
        wide: 9223372036854775807n,
        wider: 18446744073709551615n,
        large: 1e30,
      },
      inputs: {
        t: { datatype: 'BYTES', shape: [2], data: ['a', ''], parameters: { p: 'q' } },
        s: { datatype: 'INT64', shape: [], data: [-1n] },
      },
      outputs: ['y', { name: 'z', parameters: { classification: 3 } }],
    })
    expect(readRequest(writeInferMessage(request, { name: 'm', version: '2' }).message)).toMatchObject({
      model_name: 'm',
      model_version: '2',
      id: 'é',
      parameters: {
        text: parameter('string_param', 'x'),
        yes: parameter('bool_param', true),
        no: parameter('bool_param', false),
        one: parameter('int64_param', '1'),
        minus: parameter('int64_param', '-5'),
        half: parameter('double_param', 0.5),
        wide: parameter('int64_param', '9223372036854775807'),
        wider: parameter('uint64_param', '18446744073709551615'),
        large: parameter('double_param', 1e30),
      },
      inputs: [
        { name: 't', datatype: 'BYTES', shape: ['2'], parameters: { p: parameter('string_param', 'q') } },
        { name: 's', datatype: 'INT64' },
      ],
      outputs: [{ name: 'y' }, { name: 'z', parameters: { classification: parameter('int64_param', '3') } }],
      raw_input_contents: [Buffer.from('010000006100000000', 'hex'), Buffer.from('ffffffffffffffff', 'hex')],
    })
  })

  it.each(['unit', 'random'] as const)('leaves room for an id: %s', (id) => {
    const request = bound({ inputs: { x: { datatype: 'UINT8', shape: [1], data: [7] } } })
    const { message, patches } = writeInferMessage(request, { name: 'a longer name', version: '12' }, { id })
    expect(readRequest(message)['id']).toBe('0000000000000000')
    const copy = Buffer.from(message)
    applyPatches(copy, 0, patches, {
      unit: 0xabcdef,
      saltLow: 1,
      saltHigh: 2,
      sequence: 1,
      start: true,
      end: true,
    })
    expect(readRequest(copy)).toMatchObject({
      model_name: 'a longer name',
      model_version: '12',
      id: id === 'unit' ? '0000000000abcdef' : '0000000200000001',
      raw_input_contents: [Buffer.of(7)],
    })
  })

  it.each([
    [{ id: 'integer', first: 1 } as const, parameter('int64_param', '4503599627370496')],
    [{ id: 'text', prefix: 'a1b2-' } as const, parameter('string_param', 'a1b2-0010000000000000')],
  ])('leaves room for a sequence: %o', (sequence, id) => {
    const request = bound({
      parameters: { priority: 1 },
      inputs: { x: { datatype: 'UINT8', shape: [1], data: [7] } },
    })
    const { message, patches } = writeInferMessage(
      request,
      { name: 'm', version: '' },
      { id: 'unit', sequence },
    )
    const copy = Buffer.from(message)
    const patch = { unit: 9, saltLow: 1, saltHigh: 2, sequence: 4503599627370496, start: true, end: false }
    applyPatches(copy, 0, patches, patch)
    const { parameters, ...rest } = readRequest(copy)
    expect(rest).toMatchObject({ id: '0000000000000009', raw_input_contents: [Buffer.of(7)] })
    expect(parameters).toEqual({
      priority: parameter('int64_param', '1'),
      sequence_id: id,
      sequence_start: parameter('bool_param', true),
      sequence_end: parameter('bool_param', false),
    })
    applyPatches(copy, 0, patches, { ...patch, start: false, end: true })
    expect(readRequest(copy)['parameters']).toMatchObject({
      sequence_start: parameter('bool_param', false),
      sequence_end: parameter('bool_param', true),
    })
  })

  it('leaves sequences to requests that name theirs', () => {
    const request = bound({
      parameters: { sequence_id: 7 },
      inputs: { x: { datatype: 'UINT8', shape: [1], data: [7] } },
    })
    const { patches } = writeInferMessage(
      request,
      { name: 'm', version: '' },
      { sequence: { id: 'integer', first: 1 } },
    )
    expect(patches).toEqual([])
  })
})
