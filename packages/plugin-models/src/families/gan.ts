import { activate } from '../layers/activation.ts'
import { reshape } from '../layers/arrange.ts'
import { transposedConvolution } from '../layers/convolution.ts'
import { batchNormalization } from '../layers/normalization.ts'
import { whole, type Family } from './family.ts'

/** The generator of DCGAN (Radford et al. 2015): from noise [N, latent] to images [N, channels, size, size]. */
export interface GanShape {
  readonly family: 'gan'
  /** Default 100. */
  readonly latent: number
  /** Channels before the last layer. Default 64. */
  readonly width: number
  /** 8, 16, 32, …, 1024. Default 64. */
  readonly size: number
  /** Default 3. */
  readonly channels: number
}

export const gan: Family<GanShape> = {
  name: 'gan',
  fields: { latent: whole(100), width: whole(64), size: whole(64, 8, 1024), channels: whole(3) },
  check: ({ size }) =>
    Number.isInteger(Math.log2(size))
      ? []
      : [{ path: 'size', message: `must be a power of 2, not ${size}.` }],
  nameOf: ({ width, size }) => `gan-${width}-${size}`,
  build(graph, { latent, width, size, channels }) {
    const noise = graph.input('input', ['N', latent])
    let x = reshape(graph, 'noise', noise, ['N', latent, 1, 1])
    const doublings = Math.log2(size / 4)
    for (let level = doublings - 1; level >= 0; level--) {
      const first = level === doublings - 1
      const layer = `layer${doublings - level}`
      const options = { kernel: 4, stride: first ? 1 : 2, padding: first ? 0 : 1 }
      x = transposedConvolution(graph, layer, x, width * 2 ** level, options)
      x = activate(graph, 'relu', layer, batchNormalization(graph, `${layer}.norm`, x))
    }
    x = transposedConvolution(graph, 'image', x, channels, { kernel: 4, stride: 2, padding: 1 })
    return graph.finish({ output: activate(graph, 'tanh', 'image', x) })
  },
}
