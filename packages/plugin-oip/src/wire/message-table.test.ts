import { describe, expect, it } from 'vitest'
import { oracle } from '../../test/support/oracle.ts'
import {
  MODEL_CONFIG_RESPONSE,
  MODEL_METADATA,
  READY,
  REPOSITORY_INDEX,
  SERVER_METADATA,
  STATISTICS,
} from './control-messages.ts'
import { readMessage } from './message-table.ts'
import { WireReader } from './wire-reader.ts'
import { WireWriter } from './wire-writer.ts'

describe('readMessage, against protobufjs', () => {
  it('reads metadata', () => {
    const server = { name: 'triton', version: '2.51.0', extensions: ['a', 'b(c)'] }
    expect(readMessage(SERVER_METADATA, oracle('ServerMetadata').writeAnswer(server))).toEqual(server)
    const model = {
      name: 'm',
      versions: ['1', '2'],
      platform: 'p',
      inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 3] }],
      outputs: [{ name: 'y', datatype: 'BYTES', shape: [] }],
    }
    expect(readMessage(MODEL_METADATA, oracle('ModelMetadata').writeAnswer(model))).toEqual(model)
    expect(readMessage(READY, oracle('ModelReady').writeAnswer({ ready: true }))).toEqual({ ready: true })
    expect(readMessage(READY, oracle('ModelReady').writeAnswer({ ready: false }))).toEqual({ ready: false })
    expect(readMessage(READY, new Uint8Array())).toEqual({})
  })

  it('reads a configuration: enumerations, nested messages, maps by text and by number, packed floats and booleans', () => {
    const answer = oracle('ModelConfig').writeAnswer({
      config: {
        name: 'm',
        backend: 'onnxruntime',
        max_batch_size: 8,
        input: [{ name: 'x', data_type: 'TYPE_STRING', dims: ['-1', '3'], optional: true }],
        dynamic_batching: {
          preferred_batch_size: [4, 8],
          max_queue_delay_microseconds: '500',
          priority_queue_policy: { 1: { default_timeout_microseconds: '7' }, 2: {} },
        },
        sequence_batching: {
          control_input: [
            { name: 'START', control: [{ fp32_false_true: [0, 1], bool_false_true: [false, true] }] },
          ],
        },
        parameters: { intra_op_thread_count: { string_value: '2' }, empty: {} },
        metric_tags: { a: 'b', c: '' },
        model_transaction_policy: { decoupled: true },
        not_known_to_the_reader: 'x',
      },
    })
    expect(readMessage(MODEL_CONFIG_RESPONSE, answer)['config']).toMatchObject({
      name: 'm',
      backend: 'onnxruntime',
      max_batch_size: 8,
      input: [{ name: 'x', data_type: 'TYPE_STRING', dims: [-1, 3], optional: true }],
      output: [],
      dynamic_batching: {
        preferred_batch_size: [4, 8],
        max_queue_delay_microseconds: 500,
        priority_queue_policy: { 1: { default_timeout_microseconds: 7 }, 2: {} },
      },
      sequence_batching: {
        control_input: [
          { name: 'START', control: [{ fp32_false_true: [0, 1], bool_false_true: [false, true] }] },
        ],
      },
      parameters: { intra_op_thread_count: { string_value: '2' }, empty: {} },
      metric_tags: { a: 'b', c: '' },
      model_transaction_policy: { decoupled: true },
    })
  })

  it('reads statistics and the index', () => {
    const statistics = {
      model_stats: [
        {
          name: 'm',
          version: '1',
          inference_count: '12',
          execution_count: '3',
          inference_stats: {
            success: { count: '4', ns: '9007199254740991' },
            queue: { count: '4', ns: '5' },
          },
          batch_stats: [{ batch_size: '4', compute_infer: { count: '3', ns: '77' } }],
        },
      ],
    }
    expect(readMessage(STATISTICS, oracle('ModelStatistics').writeAnswer(statistics))).toMatchObject({
      model_stats: [
        {
          name: 'm',
          inference_count: 12,
          inference_stats: { success: { count: 4, ns: 9007199254740991 }, queue: { count: 4, ns: 5 } },
          batch_stats: [{ batch_size: 4, compute_infer: { count: 3, ns: 77 } }],
        },
      ],
    })
    const index = {
      models: [
        { name: 'm', state: 'READY' },
        { name: 'n', version: '1', reason: 'r' },
      ],
    }
    expect(readMessage(REPOSITORY_INDEX, oracle('RepositoryIndex').writeAnswer(index))).toEqual(index)
  })
})

describe('WireWriter and WireReader', () => {
  it.each([0n, 1n, 127n, 128n, 300n, 2n ** 32n, 2n ** 53n, 2n ** 63n - 1n, 2n ** 64n - 1n])(
    '%s as a varint',
    (value) => {
      const reader = new WireReader(new WireWriter().integer(1, value).finish())
      expect([reader.next(), reader.field, reader.uint64()]).toEqual([true, 1, value])
      expect(reader.next()).toBe(false)
    },
  )

  it('writes numbers like bigints, and negative ones in ten bytes', () => {
    for (const value of [0, 1, 127, 128, 2 ** 31, 2 ** 40, Number.MAX_SAFE_INTEGER, -1, -(2 ** 40)]) {
      expect(new WireWriter().integer(3, value).finish()).toEqual(
        new WireWriter().integer(3, BigInt(value)).finish(),
      )
    }
    expect(new WireWriter().integer(1, -1).length).toBe(11)
  })

  it('grows', () => {
    const writer = new WireWriter()
    for (let index = 0; index < 100; index++) writer.bytes(2, new Uint8Array(1000)).double(536_870_911, index)
    const reader = new WireReader(writer.finish())
    let doubles = 0
    while (reader.next()) {
      if (reader.field === 2) reader.skip()
      else doubles += reader.double()
    }
    expect(doubles).toBe(4950)
  })

  it.each([
    ['00', 'a field number that does not exist'],
    ['0a05aa', 'fewer bytes than it announces'],
    ['0a', 'fewer bytes than it announces'],
    ['0affffffffff7f', 'a length that is too large'],
    ['08' + 'ff'.repeat(10) + '01', 'an integer of more than ten bytes'],
    ['0b', 'a field 1 of an unknown type'],
    ['0900', 'fewer bytes than it announces'],
  ])('refuses %s', (hex, text) => {
    const reader = new WireReader(Buffer.from(hex, 'hex'))
    expect(() => {
      while (reader.next()) reader.skip()
    }).toThrow(text)
  })

  it('refuses a field of another type', () => {
    const reader = new WireReader(new WireWriter().string(1, 'a').finish())
    reader.next()
    expect(() => reader.uint64()).toThrow('a field 1 of an unexpected type')
  })
})
