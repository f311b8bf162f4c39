import { describe, expect, it } from 'vitest'
import { TfServingCodec } from './codec.ts'
import { TfServingResponse } from './response.ts'
import type { TfServingSessionOptions } from './session-options.ts'

describe('outputs of answers', () => {
  const response = new TfServingResponse({ modelName: 'm', regressions: [1] })

  it('are the tensors of a prediction, and nothing else', () => {
    const codec = (method: string) => new TfServingCodec({ method } as TfServingSessionOptions)
    expect(codec('predict').outputs(response)).toBe(response.outputs)
    expect(() => codec('regress').outputs(response)).toThrow("the method 'regress' answers with")
  })
})
