import { describe, expect, it } from 'vitest'
import { TorchServeCodec } from './codec.ts'
import { TorchServeResponse } from './response.ts'
import type { TorchServeSessionOptions } from './session-options.ts'
import type { TorchServeApi } from './target.ts'

function outputs(api: TorchServeApi, body: unknown): unknown {
  const codec = new TorchServeCodec({ api } as TorchServeSessionOptions)
  return codec.outputs(
    new TorchServeResponse({ status: 200, headers: {}, body: Buffer.from(JSON.stringify(body)) }),
  )
}

describe('outputs of answers', () => {
  it('are lists of numbers, of a prediction', () => {
    expect(outputs('predictions', [0.25, 0.75])).toEqual([
      { name: '', datatype: null, shape: [2], data: [0.25, 0.75] },
    ])
    expect(() => outputs('predictions', { error: null })).toThrow('lists of equal length')
  })

  it('are the predictions of KServe v1, and the tensors of v2', () => {
    expect(outputs('kserve', { predictions: [[1], [2]] })).toEqual([
      { name: '', datatype: null, shape: [2, 1], data: [1, 2] },
    ])
    expect(() => outputs('kserve', { code: 503 })).toThrow('lists of equal length')
    const tensor = { name: 'y', datatype: 'FP32', shape: [1, 2], data: [0.5, 1] }
    expect(outputs('kservev2', { model_name: 'm', outputs: [tensor] })).toMatchObject([
      { ...tensor, data: Float32Array.of(0.5, 1) },
    ])
  })
})
