import { sizeOf, type Tensor } from '../graph/graph.ts'
import type { GraphBuilder } from '../graph/graph-builder.ts'
import { normal, withVariance } from '../graph/spread.ts'
import { add } from './elementwise.ts'

export interface DenseOptions {
  /** Mean square of the outputs without bias. Default 1. */
  readonly meanSquare?: number
  /** Variance of the bias; `null`: there is none. Default 0.01. */
  readonly bias?: number | null
}

/** Fully connected over the last dimension: [..., inputs] to [..., outputs]. */
export function dense(
  graph: GraphBuilder,
  layer: string,
  x: Tensor,
  outputs: number,
  options: DenseOptions = {},
): Tensor {
  const { meanSquare = 1, bias = 0.01 } = options
  const inputs = sizeOf(x, -1)
  const variance = meanSquare / (inputs * x.spread.meanSquare)
  const weight = graph.weight(`${layer}.weight`, [inputs, outputs], withVariance(variance))
  const shape = [...x.shape.slice(0, -1), outputs]
  const declareBias = (): Tensor => graph.weight(`${layer}.bias`, [outputs], withVariance(bias as number))
  if (x.shape.length === 2 && bias !== null) {
    return graph.node('Gemm', layer, [x, weight, declareBias()], { shape, spread: normal(meanSquare + bias) })
  }
  if (bias === null) return graph.node('MatMul', layer, [x, weight], { shape, spread: normal(meanSquare) })
  const product = graph.node('MatMul', `${layer}.product`, [x, weight], { shape, spread: normal(meanSquare) })
  return add(graph, layer, product, declareBias())
}
