import { WireReader, WireWriter } from '@servebench/plugin-oip/protocol'
import type { BoundRequest } from '@servebench/plugin-oip/protocol'
import type { Datatype, ServebenchError, TensorData } from 'servebench/plugin'
import { describe, expect, it } from 'vitest'
import { readExamplesAnswer } from '../src/grpc/examples-answer.ts'
import { writeExamplesMessage } from '../src/grpc/examples-message.ts'
import { readPredictAnswer } from '../src/grpc/predict-answer.ts'
import { writePredictMessage } from '../src/grpc/predict-message.ts'
import { writeReloadRequest } from '../src/grpc/reload-message.ts'
import { writeTensorProto } from '../src/grpc/tensor-proto.ts'
import { bindExamples } from '../src/mapping/bind-examples.ts'
import { dataOf, datatypeOf, golden, GOLDEN } from './support/golden.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const bytes = (text: string): Uint8Array => Buffer.from(text, 'hex')
const CHOICE = { name: 'm', version: '3', versionLabel: '' }

function request(name: string, datatype: Datatype, shape: readonly number[], data: TensorData): BoundRequest {
  const inputs = [{ name, datatype, shape, data, parameters: {} }]
  return { id: undefined, inputs, outputs: [{ name: 'y' }], parameters: {}, items: 1, label: undefined }
}

describe('messages are those of protobuf', () => {
  it.each(GOLDEN.tensors)('$name, $form: written', (vector) => {
    const bound = request('x', datatypeOf(vector), vector.shape, dataOf(vector))
    expect(hex(writePredictMessage(bound, CHOICE, 'serving_default', vector.form))).toBe(vector.request)
  })

  it.each(GOLDEN.tensors)('$name, $form: read', (vector) => {
    const response = readPredictAnswer(bytes(vector.response))
    expect(response).toMatchObject({ modelName: 'm', modelVersion: '3', signature: 'serving_default' })
    const { datatype, shape, data } = response.output('y')
    expect([datatype, shape]).toEqual([datatypeOf(vector), vector.shape])
    if (datatype === 'BYTES') expect((data as Uint8Array[]).map(hex)).toEqual(vector.values)
    else expect(Array.from(data as Float64Array, Number)).toEqual(vector.values.map(Number))
    if (datatype === 'INT64' || datatype === 'UINT64')
      expect(Array.from(data as BigInt64Array, String)).toEqual(vector.values)
  })

  it('a label, and several inputs', () => {
    const tensors = ['float32 [2, 3]', 'string [2, 2]'].map(
      (name) => GOLDEN.tensors.find((vector) => vector.name === name) as (typeof GOLDEN.tensors)[number],
    )
    const bound: BoundRequest = {
      ...request('', 'FP32', [], []),
      outputs: [],
      inputs: tensors.map((vector, index) => ({
        name: 'ab'.charAt(index),
        datatype: datatypeOf(vector),
        shape: vector.shape,
        data: dataOf(vector),
        parameters: {},
      })),
    }
    const choice = { name: 'm', version: '', versionLabel: 'stable' }
    // protobuf keeps the order of the fields' numbers: the label stands behind the signature.
    expect(hex(writePredictMessage(bound, choice, 'serving_default', 'typed'))).toBe(
      golden('request with a label and two inputs, typed'),
    )
  })

  it('examples, with and without a context', () => {
    const examples = [{ a: [1, 2.5] }, { a: -3, b: [7n, -1n], c: ['hi', Uint8Array.of(255)] }] as never
    const choice = { name: 'm', version: '', versionLabel: '' }
    expect(hex(writeExamplesMessage(bindExamples({ examples }), choice, 's'))).toBe(golden('classify'))
    expect(
      hex(writeExamplesMessage(bindExamples({ examples, context: { d: { int64: 9 } } }), choice, 's')),
    ).toBe(golden('regress with a context'))
  })

  it('answers to examples', () => {
    const classified = readExamplesAnswer(bytes(golden('classify answer')), 'classify')
    expect(classified).toMatchObject({ modelName: 'm', modelVersion: '2', signature: 's' })
    expect(classified.classifications).toEqual([
      [
        { label: 'cat', score: 0.75 },
        { label: '', score: 0.25 },
      ],
      [],
    ])
    expect(readExamplesAnswer(bytes(golden('regress answer')), 'regress').regressions).toEqual([1.5, 0])
  })

  it('a configuration to reload', () => {
    const config = { versions: null, labels: {} }
    const written = writeReloadRequest([
      {
        name: 'm',
        basePath: '/models/m',
        versions: { specific: ['1', '2'] },
        labels: { canary: '2', stable: '1' },
      },
      { ...config, name: 'n', basePath: '/models/n', versions: { all: true } },
      { ...config, name: 'o', basePath: '/models/o', versions: { latest: 3 } },
    ])
    expect(hex(written.finish())).toBe(golden('reload request'))
  })
})

describe('tensors with fewer elements than their shape', () => {
  it.each(GOLDEN.repeated)('are read as TensorFlow reads them: $values', ({ response, values }) => {
    expect([...(readPredictAnswer(bytes(response)).output('y').data as Float32Array)]).toEqual(values)
  })

  it('are never sent', () => {
    const write = (data: TensorData): unknown =>
      writeTensorProto(new WireWriter(), { datatype: 'FP32', shape: [2, 2], data }, 'typed')
    expect(() => write([1, 2, 3])).toThrow('has 3 elements; its shape [2, 2] needs 4.')
    expect(() => write([1, 2, 3, 4, 5])).toThrow('has 5 elements')
  })
})

it('text in tensor_content is read, too', () => {
  expect(readPredictAnswer(bytes(GOLDEN['text in tensor_content'])).output('y').texts()).toEqual([
    'ab',
    '',
    'xyz',
  ])
})

describe('messages that are none', () => {
  const [vector] = GOLDEN.tensors
  const whole = bytes(vector?.response ?? '')
  const codeOf = (message: Uint8Array): string => {
    try {
      readPredictAnswer(message)
      return 'read'
    } catch (error) {
      return (error as ServebenchError).code
    }
  }

  it('are refused wherever they are cut off, and never read past their end', () => {
    const seen = new Set<string>()
    for (let length = 0; length < whole.length; length++) seen.add(codeOf(whole.slice(0, length)))
    expect([...seen].sort()).toEqual(['SERVEBENCH_PROTOBUF', 'read'])
    // What is read ends between two fields: nothing, and the outputs without the model.
    const first = new WireReader(whole)
    first.next()
    const outputs = first.bytes().length + 2
    for (let length = 1; length < whole.length; length++)
      expect(codeOf(whole.slice(0, length)), String(length)).toBe(
        length === outputs ? 'read' : 'SERVEBENCH_PROTOBUF',
      )
  })

  const tensor = (write: (writer: WireWriter) => void): Uint8Array =>
    new WireWriter().message(1, (entry) => entry.string(1, 'y').message(2, write)).finish()
  const shape = (writer: WireWriter, ...sizes: readonly number[]): WireWriter =>
    writer.message(2, (inner) => {
      for (const size of sizes) inner.message(2, (dim) => void dim.integer(1, size))
    })

  it.each<[string, (writer: WireWriter) => void, string]>([
    [
      'content of another length',
      (writer) => void shape(writer.integer(1, 1), 2).bytes(4, new Uint8Array(7)),
      'SERVEBENCH_TFSERVING_ANSWER',
    ],
    [
      'a negative size',
      (writer) => void shape(writer.integer(1, 1), -1).bytes(4, new Uint8Array(4)),
      'SERVEBENCH_TFSERVING_ANSWER',
    ],
    [
      'a shape beyond all memory',
      (writer) => void shape(writer.integer(1, 1), 2 ** 40),
      'SERVEBENCH_TFSERVING_ANSWER',
    ],
    [
      'text beyond all memory',
      (writer) => void shape(writer.integer(1, 7), 2 ** 28),
      'SERVEBENCH_TFSERVING_ANSWER',
    ],
    ['complex numbers', (writer) => void shape(writer.integer(1, 8), 1), 'SERVEBENCH_TFSERVING_ANSWER'],
    ['a type that does not exist', (writer) => void writer.integer(1, 99), 'SERVEBENCH_TFSERVING_ANSWER'],
    [
      'lengths of text beyond its bytes',
      (writer) => void shape(writer.integer(1, 7), 2).bytes(4, Uint8Array.of(9, 9, 1)),
      'SERVEBENCH_TFSERVING_ANSWER',
    ],
    [
      'half an element',
      (writer) => void shape(writer.integer(1, 1), 2).bytes(5, new Uint8Array(6)),
      'SERVEBENCH_TFSERVING_ANSWER',
    ],
  ])('%s', (_name, write, code) => {
    expect(codeOf(tensor(write))).toBe(code)
  })
})
