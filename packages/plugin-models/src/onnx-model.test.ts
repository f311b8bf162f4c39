import { isArtifactSpec } from 'servebench/plugin'
import { describe, expect, it } from 'vitest'
import { onnxModel, type OnnxModelOptions } from './onnx-model.ts'
import { savedModel } from './saved-model.ts'

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
        precision: 'fp32',
        pruned: 0,
      },
    })
    expect(onnxModel({ family: 'mlp', layers: 3, seed: 1, precision: 'fp32' })).toEqual(spec)
  })

  it('takes a name', () => {
    expect(onnxModel({ family: 'cnn', name: 'my_model-2.1' }).name).toBe('my_model-2.1')
    expect(onnxModel({ family: 'cnn', block: 'residual' }).name).toBe('cnn-residual-3x2x16-32')
    expect(onnxModel({ family: 'resnet', precision: 'int8', pruned: 0.5 }).name).toBe(
      'resnet-50-224-int8-pruned0.5',
    )
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
        precision: 'fp8',
        pruned: 1,
        name: 'a/b',
      } as unknown as OnnxModelOptions)
    expect(attempt).toThrow(
      expect.objectContaining({
        code: 'SERVEBENCH_VALIDATION',
        problems: ['width', 'layers', 'activation', 'depth', 'seed', 'precision', 'pruned', 'name'].map(
          (path) => expect.objectContaining({ path }),
        ),
      }),
    )
  })

  it.each([
    ['an unknown family', { family: 'perceptron' }, "'perceptron' is not a family; there are mlp, cnn,"],
    ['a family of every object', { family: 'toString' }, "'toString' is not a family"],
    ['an even kernel', { family: 'cnn', kernel: 4 }, 'must be odd'],
    ['heads that do not divide the width', { family: 'encoder', heads: 7 }, 'must divide the width of 768'],
    ['more tokens than positions', { family: 'encoder', sequence: 513 }, 'must be at most the 512 positions'],
    ['keys that do not divide the heads', { family: 'decoder', kvHeads: 5 }, 'must divide the 12 heads'],
    ['halves of an odd size', { family: 'decoder', style: 'llama', width: 36 }, 'its halves are rotated'],
    ['an image that does not fit', { family: 'yolo', size: 100 }, 'must be a multiple of 32'],
    ['a picture between two sizes', { family: 'gan', size: 48 }, 'must be a power of 2'],
    ['layers of no size', { family: 'dlrm', top: [8, 0] }, 'must be a list of whole numbers'],
    ['no layer at all', { family: 'dlrm', bottom: [] }, 'must have a layer'],
    ['more halvings than pixels', { family: 'cnn', size: 8, stages: 5 }, 'halve the resolution'],
  ])('refuses %s', (_what, options, message) => {
    expect(() => onnxModel(options as unknown as OnnxModelOptions)).toThrow(message)
  })

  it('is typed by its family', () => {
    // @ts-expect-error An option of another family.
    expect(() => onnxModel({ family: 'mlp', heads: 4 })).toThrow("is not an option of family 'mlp'")
    // @ts-expect-error No such ResNet.
    expect(() => onnxModel({ family: 'resnet', layers: 51 })).toThrow('must be one of 18, 34, 50, 101, 152')
    // @ts-expect-error No such precision.
    expect(() => onnxModel({ family: 'rnn', precision: 'fp64' })).toThrow(
      'must be one of fp32, fp16, bf16, int8',
    )
    // @ts-expect-error Not written for TensorFlow.
    expect(() => savedModel({ family: 'yolo' })).toThrow("is 'yolo'")
  })
})
