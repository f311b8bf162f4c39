import { countElements, sizeOf } from '../graph/graph.ts'
import { clip } from '../layers/activation.ts'
import { reshape, transpose } from '../layers/arrange.ts'
import { convolutionBlock } from '../layers/convolution-block.ts'
import { dense } from '../layers/dense.ts'
import { recurrent } from '../layers/recurrent.ts'
import { logSoftmax } from '../layers/softmax.ts'
import { flag, oneOf, whole, type Family } from './family.ts'

/**
 * Speech recognition as in Deep Speech 2 (Amodei et al. 2015): two convolutions, recurrent layers, and for each step
 * the logarithms of the labels' probabilities [N, steps, labels]. Input: spectrograms [N, frames, bins].
 */
export interface SpeechShape {
  readonly family: 'speech'
  /** Of the input, 10 ms each; every second one becomes a step. Default 200. */
  readonly frames: number
  /** Frequency bins of a frame. Default 161. */
  readonly bins: number
  /** Default `lstm`. */
  readonly cell: 'rnn' | 'lstm' | 'gru'
  /** Channels of the convolutions. Default 32. */
  readonly channels: number
  /** Units of a recurrent layer, in each direction. Default 512. */
  readonly width: number
  /** Recurrent layers. Default 5. */
  readonly layers: number
  /** Default `true`. */
  readonly bidirectional: boolean
  /** Letters, with the blank. Default 29. */
  readonly labels: number
}

export const speech: Family<SpeechShape> = {
  name: 'speech',
  fields: {
    frames: whole(200, 1, 100_000),
    bins: whole(161, 1, 10_000),
    cell: oneOf('lstm', ['rnn', 'lstm', 'gru']),
    channels: whole(32),
    width: whole(512),
    layers: whole(5, 1, 64),
    bidirectional: flag(true),
    labels: whole(29),
  },
  nameOf: ({ layers, width, frames }) => `speech-${layers}x${width}-${frames}`,
  build(graph, { frames, bins, cell, channels, width, layers, bidirectional, labels }) {
    let x = reshape(graph, 'image', graph.input('input', ['N', frames, bins]), ['N', 1, frames, bins])
    const convolutions = [
      { kernel: [11, 41], stride: [2, 2] },
      { kernel: [11, 21], stride: [1, 2] },
    ] as const
    convolutions.forEach((options, index) => {
      const layer = `conv${index + 1}`
      x = clip(graph, `${layer}.clip`, convolutionBlock(graph, layer, x, channels, options), 0, 20)
    })
    const steps = transpose(graph, 'steps', x, [2, 0, 1, 3])
    const features = countElements(steps.shape.slice(2))
    x = reshape(graph, 'features', steps, [sizeOf(steps, 0), 'N', features])
    for (let layer = 1; layer <= layers; layer++) {
      x = recurrent(graph, `layer${layer}`, x, { cell, hidden: width, bidirectional }).sequence()
    }
    // Turned at the end: ONNX Runtime 1.30 crashes where it moves that past a product of 16 bits.
    const scores = logSoftmax(graph, 'labels', dense(graph, 'head', x, labels))
    return graph.finish({ output: transpose(graph, 'batch', scores, [1, 0, 2]) })
  },
}
