import type { Tensor } from '../graph/graph.ts'
import type { GraphBuilder } from '../graph/graph-builder.ts'
import { activate, type Activation } from './activation.ts'
import { convolution, type ConvolutionOptions } from './convolution.ts'
import { batchNormalization } from './normalization.ts'

export interface BlockOptions extends Omit<ConvolutionOptions, 'bias'> {
  /** Default: none. */
  readonly activation?: Activation
  /** Of the normalisation. Default 1. */
  readonly gain?: number
}

/** Convolution without bias, normalisation, activation: what most convolutional nets are made of. */
export function convolutionBlock(
  graph: GraphBuilder,
  layer: string,
  x: Tensor,
  channels: number,
  { activation, gain, ...options }: BlockOptions,
): Tensor {
  const y = convolution(graph, `${layer}.conv`, x, channels, options)
  const normalized = batchNormalization(graph, `${layer}.norm`, y, gain)
  return activation === undefined ? normalized : activate(graph, activation, layer, normalized)
}

/**
 * The gain of the last normalisation in a branch. Each shortcut adds the mean square of its branch: all of `count`
 * together double it at most.
 */
export function branchGain(count: number): number {
  return Math.sqrt(1 / count)
}
