import { describe, expect, it } from 'vitest'
import { buildGraph } from '../model-file.ts'
import { onnxModel, type OnnxModelOptions } from '../onnx-model.ts'
import { measureGraph, measureLayers } from './static-metrics.ts'

const measure = (options: OnnxModelOptions) => measureGraph(buildGraph(onnxModel(options).options.shape))

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
      buildGraph(
        onnxModel({ family: 'cnn', block: 'depthwise', size: 8, width: 4, stages: 2, blocks: 1 }).options
          .shape,
      ),
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
    const graph = buildGraph(onnxModel({ family: 'cnn', block: 'residual' }).options.shape)
    const layers = measureLayers(graph)
    const total = measureGraph(graph)
    for (const key of ['parameters', 'macs', 'elementwiseFlops', 'activationBytes'] as const) {
      expect(layers.reduce((sum, layer) => sum + layer[key], 0)).toBe(total[key])
    }
  })
})
