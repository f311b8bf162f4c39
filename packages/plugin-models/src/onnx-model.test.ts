import { isArtifactSpec } from 'servebench/plugin'
import { describe, expect, it } from 'vitest'
import { onnxModel, type OnnxModelOptions } from './onnx-model.ts'

describe('onnxModel', () => {
  it('is an inert specification with every default in place', () => {
    const spec = onnxModel({ family: 'mlp' })
    expect(isArtifactSpec(spec)).toBe(true)
    expect(JSON.parse(JSON.stringify(spec))).toEqual(spec)
    expect(spec).toEqual({
      artifact: 'onnx-model',
      package: '@servebench/plugin-models',
      name: 'mlp-3x256',
      options: {
        shape: {
          family: 'mlp',
          inputs: 256,
          width: 256,
          layers: 3,
          outputs: 10,
          activation: 'relu',
          head: 'softmax',
        },
        seed: 1,
      },
    })
    expect(onnxModel({ family: 'mlp', layers: 3, seed: 1 })).toEqual(spec)
  })

  it('takes a name', () => {
    expect(onnxModel({ family: 'cnn', name: 'my_model-2.1' }).name).toBe('my_model-2.1')
    expect(onnxModel({ family: 'cnn', block: 'residual' }).name).toBe('cnn-residual-3x2x16-32')
  })

  it('names every problem at once', () => {
    const attempt = (): unknown =>
      onnxModel({
        family: 'mlp',
        width: 0,
        layers: 2049,
        activation: 'gelu',
        depth: 3,
        seed: 1.5,
        name: 'a/b',
      } as unknown as OnnxModelOptions)
    expect(attempt).toThrow(
      expect.objectContaining({
        code: 'SERVEBENCH_VALIDATION',
        problems: ['width', 'layers', 'activation', 'depth', 'seed', 'name'].map((path) =>
          expect.objectContaining({ path }),
        ),
      }),
    )
  })

  it.each([
    ['an unknown family', { family: 'rnn' }, "'rnn' is not a family"],
    ['an even kernel', { family: 'cnn', kernel: 4 }, 'must be odd'],
    ['more halvings than pixels', { family: 'cnn', size: 8, stages: 5 }, 'halve the resolution'],
  ])('refuses %s', (_what, options, message) => {
    expect(() => onnxModel(options as unknown as OnnxModelOptions)).toThrow(message)
  })
})
