import { describe, expect, it } from 'vitest'
import {
  alexNet,
  bert,
  dcgan,
  dlrm,
  gpt2,
  llama,
  lstm,
  mlp,
  mobileNetV1,
  mobileNetV2,
  resNet,
  vgg16,
} from '../../../test/support/architectures.ts'
import { readOnnx } from '../onnx/read-onnx.ts'
import { MemorySource } from '../wire/byte-source.ts'
import { measureModel, type LayerMetrics, type MeasuredModel } from './measure-model.ts'

function measure(bytes: Buffer, named: Record<string, number> = {}, batch = 1): MeasuredModel {
  const content = readOnnx(new MemorySource(bytes))
  return measureModel({ format: 'onnx', ...content, bytes: bytes.length, missing: [] }, { batch, named })
}

const macsOf = (layers: readonly LayerMetrics[], isWanted: (name: string) => boolean): number =>
  layers.filter(({ name }) => isWanted(name)).reduce((sum, { macs }) => sum + macs, 0)

describe('published totals', () => {
  it.each([
    ['AlexNet', alexNet(), 61_100_840, 714_188_480],
    ['VGG-16', vgg16(), 138_357_544, 15_470_264_320],
    ['ResNet-18', resNet([2, 2, 2, 2], false), 11_689_512, 1_814_073_344],
    ['ResNet-34', resNet([3, 4, 6, 3], false), 21_797_672, 3_663_761_408],
    ['ResNet-50 v1.5', resNet([3, 4, 6, 3], true), 25_557_032, 4_089_184_256],
    ['ResNet-50 v1', resNet([3, 4, 6, 3], true, true), 25_557_032, 3_857_973_248],
    ['ResNet-101', resNet([3, 4, 23, 3], true), 44_549_160, 7_801_405_440],
    ['ResNet-152', resNet([3, 8, 36, 3], true), 60_192_808, 11_513_626_624],
    ['MobileNetV1', mobileNetV1(), 4_231_976, 568_740_352],
    ['MobileNetV2', mobileNetV2(), 3_504_872, 300_774_272],
    ['DCGAN generator', dcgan(), 3_576_704, 104_628_224],
    ['MLP 784-[1024x8]-10', mlp([784, ...Array.from({ length: 8 }, () => 1024), 10]), 8_161_290, 8_153_088],
  ])('%s', (_, bytes, parameters, macs) => {
    const { metrics } = measure(bytes)
    expect(metrics).toMatchObject({ parameters, macs, flops: 2 * macs, isLowerBound: false, notes: [] })
  })

  it('of the convolutions of VGG-16 alone', () => {
    const { layers } = measure(vgg16())
    expect(macsOf(layers, (name) => name.startsWith('Conv'))).toBe(15_346_630_656)
  })

  it('of an LSTM over 100 steps', () => {
    expect(measure(lstm(2, 256, 512), { time: 100 }).metrics).toMatchObject({
      parameters: 3_678_208,
      macs: 367_001_600,
    })
  })

  it('of DLRM: its layers, and the interaction as it is executed', () => {
    const { metrics, layers } = measure(dlrm(1000))
    expect(macsOf(layers, (name) => name.startsWith('Gemm'))).toBe(2_365_184)
    expect(macsOf(layers, (name) => name.startsWith('MatMul'))).toBe(93_312)
    expect(metrics.parameters).toBe(2_368_897 + 26 * 1000 * 128)
    // Of each table one row is read.
    expect(metrics.weightBytes - metrics.touchedWeightBytes).toBe(26 * 999 * 128 * 4)
  })

  const BASE = { layers: 12, width: 768, heads: 12, inner: 3072, vocabulary: 30_522 }
  const LARGE = { layers: 24, width: 1024, heads: 16, inner: 4096, vocabulary: 30_522 }
  it.each([
    ['BERT-base', BASE, 109_482_240, 128, 11_173_625_856],
    ['BERT-base', BASE, 109_482_240, 384, 35_332_816_896],
    ['BERT-base', BASE, 109_482_240, 512, 48_318_382_080],
    ['BERT-large', LARGE, 335_141_888, 384, 123_211_874_304],
  ])('%s at %#', (_, shape, parameters, sequence, macs) => {
    const { metrics, layers } = measure(bert(shape), { sequence })
    expect(metrics).toMatchObject({ parameters, isLowerBound: false, cache: null })
    expect(macsOf(layers, (name) => name.startsWith('block'))).toBe(macs)
    expect(metrics.macs).toBe(macs + shape.width * shape.width)
  })

  const VOCABULARY = 50_257
  it.each([
    ['S', { layers: 12, width: 768, heads: 12, inner: 3072, vocabulary: VOCABULARY }, 124_439_808],
    ['M', { layers: 24, width: 1024, heads: 16, inner: 4096, vocabulary: VOCABULARY }, 354_823_168],
    ['L', { layers: 36, width: 1280, heads: 20, inner: 5120, vocabulary: VOCABULARY }, 774_030_080],
    ['XL', { layers: 48, width: 1600, heads: 25, inner: 6400, vocabulary: VOCABULARY }, 1_557_611_200],
  ])('GPT-2 %s', (_, shape, parameters) => {
    const { metrics, layers } = measure(gpt2(shape), { sequence: 1, past: 127 })
    expect(metrics).toMatchObject({ parameters, isLowerBound: false })
    const { layers: count, width } = shape
    const core = macsOf(layers, (name) => /scores|mixed/.test(name))
    expect(core).toBe(2 * count * 128 * width)
    expect(metrics.macs - core).toBe(count * 12 * width * width + width * VOCABULARY)
    if (width === 768) expect(metrics.macs - core).toBe(123_532_032)
  })

  it('of the cache of GPT-2 S in float16', () => {
    const shape = { layers: 12, width: 768, heads: 12, inner: 3072, vocabulary: VOCABULARY }
    const { metrics } = measure(gpt2(shape, 'FP16'), { sequence: 1, past: 127 }, 2)
    expect(metrics.cache).toEqual({ bytes: 2 * 128 * 36_864, bytesPerToken: 36_864, tensors: 24 })
    expect(metrics.macsByType).toEqual({ FP16: metrics.macs })
  })

  it.each([
    [
      'Llama-2-7B',
      { layers: 32, width: 4096, heads: 32, inner: 11_008, vocabulary: 32_000 },
      6_738_415_616,
      524_288,
    ],
    [
      'Llama-3-8B',
      { layers: 32, width: 4096, heads: 32, keyHeads: 8, inner: 14_336, vocabulary: 128_256 },
      8_030_261_248,
      131_072,
    ],
  ])('%s', (_, shape, parameters, bytesPerToken) => {
    const { metrics, layers } = measure(llama(shape), { sequence: 1, past: 9 })
    expect(metrics).toMatchObject({ parameters, isLowerBound: false })
    expect(metrics.cache).toMatchObject({ bytesPerToken, bytes: 10 * bytesPerToken })
    // Each weight is multiplied once for a token, but for those of the norms, and the table, of which one row is read.
    const linear = metrics.macs - macsOf(layers, (name) => /scores|mixed/.test(name))
    const norms = (2 * shape.layers + 1) * shape.width
    expect(linear).toBe(parameters - norms - shape.vocabulary * shape.width)
  })
})

describe('batches', () => {
  it('multiply work and activations, not weights', () => {
    const [one, eight] = [
      measure(resNet([2, 2, 2, 2], false)).metrics,
      measure(resNet([2, 2, 2, 2], false), {}, 8).metrics,
    ]
    for (const key of [
      'macs',
      'elementwiseFlops',
      'activationBytes',
      'peakActivationBytes',
      'inputBytes',
      'outputBytes',
    ] as const)
      expect(eight[key], key).toBe(8 * one[key])
    expect(eight).toMatchObject({ batch: 8, parameters: one.parameters, weightBytes: one.weightBytes })
  })
})
