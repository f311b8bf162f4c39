import { describe, expect, it } from 'vitest'
import { buildGraph } from '../build-graph.ts'
import { presets, type PresetName } from '../families/presets.ts'
import { onnxModel, type OnnxModelOptions } from '../onnx-model.ts'
import { measureGraph, measureLayers } from './static-metrics.ts'

const graphOf = (options: OnnxModelOptions) => buildGraph(onnxModel(options).options)
const measure = (options: OnnxModelOptions) => measureGraph(graphOf(options))

describe('measureGraph', () => {
  it('reproduces the published totals of the MLP 784-[1024x8]-10', () => {
    expect(measure({ family: 'mlp', inputs: 784, width: 1024, layers: 8, outputs: 10 })).toMatchObject({
      parameters: 8_161_290,
      weightBytes: 4 * 8_161_290,
      macs: 8_153_088,
      flops: 16_306_176,
    })
  })

  it.each([1, 2, 17])('follows the closed forms of an MLP with %d layers', (layers) => {
    const [i, w, o] = [12, 20, 5]
    expect(measure({ family: 'mlp', inputs: i, width: w, layers, outputs: o })).toEqual({
      parameters: i * w + w + (layers - 1) * (w * w + w) + w * o + o,
      statistics: 0,
      weightBytes: 4 * (i * w + w + (layers - 1) * (w * w + w) + w * o + o),
      macs: i * w + (layers - 1) * w * w + w * o,
      flops: 2 * (i * w + (layers - 1) * w * w + w * o),
      // Bias and Relu for each hidden unit, bias and softmax for each output.
      elementwiseFlops: layers * 2 * w + 6 * o,
      activationBytes: 4 * (2 * layers * w + 2 * o),
      // A layer's input and output together; with one layer, the widest pair is hidden and hidden.
      peakActivationBytes: 4 * 2 * w,
      inputBytes: 4 * i,
      outputBytes: 4 * o,
    })
  })

  it('follows the closed forms of a plain CNN', () => {
    const [size, channels, width, outputs] = [32, 3, 16, 10]
    const convolutions = [
      [channels, width, size],
      [width, width, size],
      [width, width, size],
      [width, 2 * width, size / 2],
      [2 * width, 2 * width, size / 2],
    ] as const
    const weights = convolutions.reduce((sum, [from, to]) => sum + 9 * from * to, 0)
    const normalized = convolutions.reduce((sum, [, to]) => sum + to, 0)
    const pixels = convolutions.reduce((sum, [, to, side]) => sum + to * side * side, 0)
    const head = 2 * width * outputs
    expect(measure({ family: 'cnn', size, channels, width, stages: 2, blocks: 2, outputs })).toMatchObject({
      parameters: weights + 2 * normalized + head + outputs,
      statistics: 2 * normalized,
      weightBytes: 4 * (weights + 4 * normalized + head + outputs),
      macs: convolutions.reduce((sum, [from, to, side]) => sum + 9 * from * to * side * side, 0) + head,
      // Normalisation 2 and Relu 1 for each pixel; pooling over the last stage; bias and softmax.
      elementwiseFlops: 3 * pixels + 2 * width * (size / 2) ** 2 + 6 * outputs,
      activationBytes: 4 * (3 * pixels + 2 * 2 * width + 2 * outputs),
      peakActivationBytes: 4 * 2 * width * size * size,
    })
  })

  it('counts depthwise and pointwise convolutions by their groups', () => {
    const layers = measureLayers(
      graphOf({ family: 'cnn', block: 'depthwise', size: 8, width: 4, stages: 2, blocks: 1 }),
    )
    const of = (name: string) => layers.find((layer) => layer.name === name)
    expect(of('stage2.block1.depthwise.conv')).toMatchObject({
      parameters: 4 * 9,
      macs: 4 * 4 * 4 * 9,
      outputShape: ['N', 4, 4, 4],
    })
    expect(of('stage2.block1.pointwise.conv')).toMatchObject({
      parameters: 4 * 8,
      macs: 8 * 4 * 4 * 4,
      outputShape: ['N', 8, 4, 4],
    })
  })

  it('keeps the shortcut alive while its block is computed', () => {
    const plain = measure({ family: 'cnn', size: 16, width: 8, stages: 1 })
    const residual = measure({ family: 'cnn', block: 'residual', size: 16, width: 8, stages: 1 })
    expect(residual.peakActivationBytes).toBe((plain.peakActivationBytes * 3) / 2)
  })

  it('sums up its own layers', () => {
    const graph = graphOf({ family: 'cnn', block: 'residual' })
    const layers = measureLayers(graph)
    const total = measureGraph(graph)
    for (const key of ['parameters', 'macs', 'elementwiseFlops', 'activationBytes'] as const) {
      expect(layers.reduce((sum, layer) => sum + layer[key], 0)).toBe(total[key])
    }
  })
})

/** Multiplications of a transformer's blocks only, as they are quoted: attention and dense layers. */
function blocksOf(options: OnnxModelOptions): number {
  return measureLayers(graphOf(options)).reduce(
    (sum, { name, macs }) => sum + (name.startsWith('layer') ? macs : 0),
    0,
  )
}

describe('published totals', () => {
  // Parameters and multiply-accumulates, as torchvision, the papers and the models' pages have them.
  it.each([
    ['alexnet', 61_100_840, 714_188_480],
    ['vgg-11', 132_863_336, 7_609_090_048],
    ['vgg-16', 138_357_544, 15_470_264_320],
    ['vgg-19', 143_667_240, 19_632_062_464],
    ['resnet-18', 11_689_512, 1_814_073_344],
    ['resnet-34', 21_797_672, 3_663_761_408],
    ['resnet-50', 25_557_032, 4_089_184_256],
    ['resnet-101', 44_549_160, 7_801_405_440],
    ['resnet-152', 60_192_808, 11_513_626_624],
    ['mobilenet-v1', 4_231_976, 568_740_352],
    ['mobilenet-v2', 3_504_872, 300_774_272],
    ['lstm-2x512', 3_678_208, 367_001_600],
    ['dcgan', 3_576_704, 104_628_224],
  ] as [PresetName, number, number][])('%s', (name, parameters, macs) => {
    expect(measure(presets[name] as OnnxModelOptions)).toMatchObject({ parameters, macs, flops: 2 * macs })
  })

  it.each([
    ['bert-tiny', 4_385_920],
    ['bert-mini', 11_170_560],
    ['bert-small', 28_763_648],
    ['bert-medium', 41_373_184],
    ['bert-base', 109_482_240],
    ['bert-large', 335_141_888],
    ['distilbert', 66_362_880],
    ['minilm-l6', 22_713_216],
    ['minilm-l12', 33_360_000],
    ['tinybert', 14_350_248],
    ['distilgpt2', 81_912_576],
    ['gpt2-small', 124_439_808],
    ['gpt2-medium', 354_823_168],
    ['gpt2-large', 774_030_080],
    ['gpt2-xl', 1_557_611_200],
    ['llama-2-7b', 6_738_415_616],
    ['llama-3-8b', 8_030_261_248],
    ['unet', 31_037_698],
  ] as [PresetName, number][])('%s', (name, parameters) => {
    expect(measure(presets[name] as OnnxModelOptions).parameters).toBe(parameters)
  })

  it.each([
    ['bert-base', 128, 11_173_625_856],
    ['bert-base', 384, 35_332_816_896],
    ['bert-base', 512, 48_318_382_080],
    ['bert-large', 384, 123_211_874_304],
  ] as [PresetName, number, number][])('the blocks of %s at %d tokens', (name, sequence, macs) => {
    expect(blocksOf({ ...presets[name], sequence } as OnnxModelOptions)).toBe(macs)
  })

  it('the dense layers of a token in GPT-2', () => {
    const { macs } = measure({ ...presets['gpt2-small'], past: 0 })
    // One token that attends to itself: 2 products of 64 numbers in 12 heads of 12 layers.
    expect(macs - 12 * 12 * 2 * 64).toBe(123_532_032)
  })

  it('the interaction and the perceptrons of DLRM', () => {
    const { parameters, macs } = measure(presets['dlrm-mlperf'])
    expect(parameters - 26 * 10_000 * 128).toBe(2_368_897)
    // All products of 27 vectors with each other: pairs come twice, and each with itself.
    expect(macs).toBe(2_365_184 + 93_312)
  })

  it.each([
    ['yolov8-n', 3_151_904, 4.37],
    ['yolov8-s', 11_156_544, 14.3],
    ['yolov8-m', 25_886_080, 39.47],
  ] as [PresetName, number, number][])('%s', (name, parameters, gigamacs) => {
    const metrics = measure(presets[name] as OnnxModelOptions)
    // The 16 bins' numbers are fixed, and counted by its authors.
    expect(metrics.parameters + 16).toBe(parameters)
    expect(metrics.macs / 1e9).toBeCloseTo(gigamacs, 2)
  })

  it('the version of ResNet-50 that the paper has', () => {
    expect(measure({ family: 'resnet', version: 1 })).toMatchObject({
      parameters: 25_557_032,
      macs: 3_857_973_248,
    })
  })
})

describe('variants', () => {
  const shape = { family: 'mlp', inputs: 64, width: 128, layers: 2, outputs: 10 } as const
  const parameters = 64 * 128 + 128 + 128 * 128 + 128 + 128 * 10 + 10

  it.each(['fp16', 'bf16'] as const)('halve the weights: %s', (precision) => {
    const metrics = measure({ ...shape, precision })
    expect(metrics).toMatchObject({ parameters, weightBytes: 2 * parameters, macs: measure(shape).macs })
    expect(metrics.inputBytes).toBe(4 * 64)
  })

  it('take a byte for a weight and four for a bias: int8', () => {
    const metrics = measure({ ...shape, precision: 'int8' })
    const biases = 128 + 128 + 10
    expect(metrics).toMatchObject({ parameters, macs: measure(shape).macs })
    // Steps and zero points: of three weights, three biases and three activations.
    expect(metrics.weightBytes).toBe(parameters - biases + 4 * biases + 3 * 5 + 3 * 8 + 3 * 5)
  })

  it('keep a cache of keys and values for each token', () => {
    const step = (past: number) => measure({ ...presets['gpt2-small'], past }).inputBytes
    expect(step(101) - step(100)).toBe(2 * 12 * 768 * 4)
  })
})
