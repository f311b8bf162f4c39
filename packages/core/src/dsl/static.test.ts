import { describe, expect, it } from 'vitest'
import { Problems } from './problems.ts'
import { readStatic } from './static.ts'

const read = (value: unknown) => {
  const problems = new Problems()
  return { plan: readStatic(problems, 'static', value), errors: problems.errors.map(({ path }) => path) }
}

describe('readStatic', () => {
  it('takes what is known of a model', () => {
    const options = {
      task: 'text',
      model: 'bert.onnx',
      sizes: { sequence: 128 },
      flops: 2.2e10,
      device: 'NVIDIA T4',
    }
    expect(read(options)).toEqual({ plan: options, errors: [] })
    expect(read({})).toEqual({ plan: {}, errors: [] })
  })

  it('refuses the rest, all at once', () => {
    const wrong = {
      task: 7,
      model: '',
      sizes: { sequence: 0, width: 'x' },
      parameters: 1.5,
      flops: -1,
      bytes: '4 GB',
      weights: 1,
    }
    expect(read(wrong).errors.sort()).toEqual([
      'static.bytes',
      'static.flops',
      'static.model',
      'static.parameters',
      'static.sizes.sequence',
      'static.sizes.width',
      'static.task',
      'static.weights',
    ])
    expect(read('bert').errors).toEqual(['static'])
    expect(read({ sizes: null }).errors).toEqual(['static.sizes'])
  })
})
