import { describe, expect, it } from 'vitest'
import { readHeaderLength, readInferAnswer } from './infer-answer.ts'

const json = (text: string) => readInferAnswer(Buffer.from(text), null)

function binary(head: string, ...tensors: readonly string[]): ReturnType<typeof readInferAnswer> {
  const bytes = Buffer.from(head)
  return readInferAnswer(Buffer.concat([bytes, Buffer.from(tensors.join(''), 'hex')]), bytes.length)
}

describe('readInferAnswer', () => {
  it('reads JSON with every digit, bare NaN and null', () => {
    const response = json(
      '{"model_name":"m","model_version":"1","id":"7","parameters":{"a":1,"b":18446744073709551615},"outputs":[' +
        '{"name":"i","datatype":"INT64","shape":[2],"data":[9007199254740993,-1]},' +
        '{"name":"f","datatype":"FP32","shape":[2,2],"data":[[1.5,NaN],[null,-Infinity]]},' +
        '{"name":"t","datatype":"BYTES","shape":[1],"data":["grüße"]},' +
        '{"name":"b","datatype":"BOOL","shape":[2],"data":[true,false]}]}',
    )
    expect(response).toMatchObject({
      modelName: 'm',
      modelVersion: '1',
      id: '7',
      parameters: { a: 1, b: 18446744073709551615n },
    })
    expect(response.output('i').data).toEqual(BigInt64Array.of(9007199254740993n, -1n))
    expect(response.output('f')).toMatchObject({
      shape: [2, 2],
      data: Float32Array.of(1.5, NaN, NaN, -Infinity),
    })
    expect(response.output('t').texts()).toEqual(['grüße'])
    expect(response.output('b').data).toEqual(Uint8Array.of(1, 0))
    expect(() => response.output('x')).toThrow(
      expect.objectContaining({ advice: "It has 'i', 'f', 't', 'b'." }),
    )
    expect(() => response.output('i').texts()).toThrow('is INT64 and has no text')
  })

  it('reads binary tensors in the order of the outputs, mixed with JSON ones', () => {
    const response = binary(
      '{"model_name":"m","outputs":[' +
        '{"name":"a","datatype":"FP16","shape":[2],"parameters":{"binary_data_size":4}},' +
        '{"name":"b","datatype":"INT32","shape":[1],"data":[5]},' +
        '{"name":"c","datatype":"BYTES","shape":[2],"parameters":{"binary_data_size":10}}]}',
      '003c00c0',
      '0200000000ff00000000',
    )
    expect(response.outputs.map(({ data }) => data)).toEqual([
      Float32Array.of(1, -2),
      Int32Array.of(5),
      [Buffer.from([0, 255]), Buffer.alloc(0)],
    ])
  })

  it('takes null for what is absent, as KServe writes it', () => {
    const response = json(
      '{"model_name":"m","model_version":null,"id":null,"parameters":null,"outputs":[{"name":"a","datatype":"UINT8","shape":[0],"parameters":null,"data":[]}]}',
    )
    expect(response).toMatchObject({ modelVersion: '', id: '', parameters: {} })
    expect(response.output('a').data).toEqual(new Uint8Array())
  })

  it.each([
    ['{"error":"model m is busy"}', 'The answer is an error: model m is busy'],
    ['{"outputs":3}', 'no list of outputs'],
    ['[1]', 'The answer is no JSON object'],
    ['<html>', '"<" at byte 0'],
    ['', 'ends too early'],
    ['{"outputs":[{"datatype":"FP32","shape":[1],"data":[1]}]}', 'has no name'],
    [
      '{"outputs":[{"name":"y","datatype":"FLOAT","shape":[1],"data":[1]}]}',
      "output 'y' has no datatype of the protocol",
    ],
    ['{"outputs":[{"name":"y","datatype":"FP32","shape":[-1],"data":[1]}]}', "output 'y' has no shape"],
    ['{"outputs":[{"name":"y","datatype":"FP32","shape":[1]}]}', "output 'y' has no data"],
    [
      '{"outputs":[{"name":"y","datatype":"FP32","shape":[2],"data":[1]}]}',
      'of shape [2] does not have 2 elements of FP32',
    ],
    ['{"outputs":[{"name":"y","datatype":"UINT8","shape":[1],"data":[256]}]}', "output 'y' has 256 at 0"],
    [
      '{"outputs":[{"name":"y","datatype":"FP32","shape":[1],"parameters":{"binary_data_size":4}}]}',
      'announces 4 bytes; the answer has 0 left',
    ],
  ])('refuses %s', (text, message) => {
    expect(() => json(text)).toThrow(message)
  })

  it('refuses lengths that do not add up', () => {
    const head =
      '{"outputs":[{"name":"y","datatype":"FP32","shape":[1],"parameters":{"binary_data_size":4}}]}'
    expect(() => binary(head, '0000803f00')).toThrow('1 bytes more than its outputs announce')
    expect(() => binary(head, '0000')).toThrow('announces 4 bytes; the answer has 2 left')
    expect(() => binary(head.replace('4}', '-1}'), '0000803f')).toThrow('announces -1 bytes')
    expect(() => binary(head.replace('4}', '3}'), '000080')).toThrow('does not have 1 elements of FP32')
    expect(() => readInferAnswer(Buffer.from('{}'), 3)).toThrow('announces 3 bytes of JSON, but has 2')
    expect(() => readInferAnswer(Buffer.from(head), 10)).toThrow('ends too early')
  })
})

describe('readHeaderLength', () => {
  it('reads a length, or that there is none', () => {
    expect(readHeaderLength('12')).toBe(12)
    expect(readHeaderLength(undefined)).toBeNull()
    for (const text of ['', '-1', '1e3', '12, 12', 'x', '99999999999999999999']) {
      expect(() => readHeaderLength(text)).toThrow('Inference-Header-Content-Length')
    }
  })
})
