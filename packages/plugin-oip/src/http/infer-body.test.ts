import { applyPatches } from 'servebench/session'
import { describe, expect, it } from 'vitest'
import { bound } from '../../test/support/models.ts'
import type { UniqueFields } from '../mapping/unique-fields.ts'
import type { OipRequest } from '../request.ts'
import { writeBinaryBody, writeJsonBody } from './infer-body.ts'

const TWO: OipRequest = {
  inputs: {
    x: { datatype: 'FP32', shape: [1, 2], data: Float32Array.of(1, -0.5) },
    t: { datatype: 'BYTES', shape: [1], data: ['hi'] },
  },
}

// Written by hand from the protocol's text (open-inference-protocol: "HTTP/REST" and "Binary Tensor Data Extension").
describe('writeJsonBody', () => {
  it('writes flat lists in the order of the inputs', () => {
    const { parts, headerLength, patches } = writeJsonBody(bound(TWO))
    expect(Buffer.concat(parts).toString()).toBe(
      '{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,-0.5]},' +
        '{"name":"t","shape":[1],"datatype":"BYTES","data":["hi"]}]}',
    )
    expect([headerLength, patches]).toEqual([null, []])
  })

  it('writes id, parameters and requested outputs', () => {
    const request: OipRequest = {
      id: 'a"b',
      parameters: { priority: 1, sequence_id: 18446744073709551615n, name: 'é', flag: true, share: 0.5 },
      inputs: {
        x: { datatype: 'INT64', shape: [1], data: [9007199254740993n], parameters: { content_type: 'np' } },
      },
      outputs: ['y', { name: 'z', parameters: { classification: 3 } }],
    }
    expect(Buffer.concat(writeJsonBody(bound(request)).parts).toString()).toBe(
      '{"id":"a\\"b","parameters":{"priority":1,"sequence_id":18446744073709551615,"name":"é","flag":true,"share":0.5},' +
        '"inputs":[{"name":"x","shape":[1],"datatype":"INT64","parameters":{"content_type":"np"},"data":[9007199254740993]}],' +
        '"outputs":[{"name":"y"},{"name":"z","parameters":{"classification":3}}]}',
    )
  })

  it('leaves room for an id', () => {
    const { parts, patches } = writeJsonBody(bound(TWO), { id: 'unit' })
    expect(Buffer.concat(parts).toString()).toMatch(/^\{"id":"0000000000000000","inputs":/)
    expect(patches).toEqual([{ offset: 7, length: 16, field: 'unit', encoding: 'hex' }])
    expect(writeJsonBody(bound({ ...TWO, id: 'own' }), { id: 'unit' }).patches).toEqual([])
  })

  it('says which inputs JSON cannot express', () => {
    const inputs: OipRequest['inputs'] = {
      a: { datatype: 'FP16', shape: [1], data: [1] },
      b: { datatype: 'FP32', shape: [1], data: [NaN] },
      c: { datatype: 'BF16', shape: [1], data: [1] },
    }
    expect(() => writeJsonBody(bound({ inputs }))).toThrow(
      'The input has 3 problems:\n' +
        '  inputs.a: is FP16, which has no JSON form.\n' +
        '  inputs.b: has NaN at 0, which JSON cannot express.\n' +
        '  inputs.c: is BF16, which has no JSON form.',
    )
    expect(() => writeJsonBody(bound({ inputs }))).toThrow(
      expect.objectContaining({ advice: expect.stringContaining("protocol 'http' or 'grpc'") }),
    )
  })
})

describe('writeBinaryBody', () => {
  it('writes JSON, then the tensors', () => {
    const { parts, headerLength, patches } = writeBinaryBody(bound(TWO))
    const head =
      '{"parameters":{"binary_data_output":true},"inputs":[' +
      '{"name":"x","shape":[1,2],"datatype":"FP32","parameters":{"binary_data_size":8}},' +
      '{"name":"t","shape":[1],"datatype":"BYTES","parameters":{"binary_data_size":6}}]}'
    const body = Buffer.concat(parts)
    expect(body.toString('utf8', 0, head.length)).toBe(head)
    expect(headerLength).toBe(head.length)
    expect(body.toString('hex', head.length)).toBe('0000803f000000bf020000006869')
    expect(patches).toEqual([])
  })

  it('counts bytes, not characters, and lets a request choose JSON outputs', () => {
    const { parts, headerLength } = writeBinaryBody(
      bound({
        parameters: { binary_data_output: false },
        inputs: { é: { datatype: 'UINT8', shape: [1], data: [7] } },
      }),
      { id: 'random' },
    )
    const body = Buffer.concat(parts)
    expect(body.length).toBe((headerLength as number) + 1)
    expect(JSON.parse(body.toString('utf8', 0, headerLength as number))).toEqual({
      id: '0000000000000000',
      parameters: { binary_data_output: false },
      inputs: [{ name: 'é', shape: [1], datatype: 'UINT8', parameters: { binary_data_size: 1 } }],
    })
  })
})

describe.each([
  ['JSON', writeJsonBody],
  ['binary tensors', writeBinaryBody],
])('sequences in %s', (_name, write) => {
  const patch = { unit: 9, saltLow: 1, saltHigh: 2, sequence: 4503599627370496, start: true, end: false }

  /** What a server reads once the fields are filled in. */
  function filled(request: OipRequest, unique: UniqueFields): Record<string, unknown> {
    const { parts, headerLength, patches } = write(bound(request), unique)
    const body = Buffer.concat(parts)
    applyPatches(body, 0, patches, patch)
    return JSON.parse(body.toString('utf8', 0, headerLength ?? body.length)) as Record<string, unknown>
  }

  it('leave room for numbers', () => {
    const { parameters } = filled(TWO, { sequence: { id: 'integer', first: 1 } })
    expect(parameters).toMatchObject({
      sequence_id: 4503599627370496,
      sequence_start: true,
      sequence_end: false,
    })
  })

  it('leave room for text, beside an id and parameters', () => {
    const request = { ...TWO, parameters: { prïority: 1 } }
    expect(filled(request, { id: 'unit', sequence: { id: 'text', prefix: 'a1b2-' } })).toMatchObject({
      id: '0000000000000009',
      parameters: {
        sequence_id: 'a1b2-0010000000000000',
        sequence_start: true,
        sequence_end: false,
        prïority: 1,
      },
    })
  })

  it('are left to requests that name theirs', () => {
    const request = { ...TWO, parameters: { sequence_id: 7, sequence_start: true } }
    const { parameters } = filled(request, { sequence: { id: 'integer', first: 1 } })
    expect(parameters).toMatchObject({ sequence_id: 7, sequence_start: true })
    expect(parameters).not.toHaveProperty('sequence_end')
  })
})
