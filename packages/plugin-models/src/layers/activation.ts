import type { Spread, Tensor } from '../graph/graph.ts'
import type { GraphBuilder } from '../graph/graph-builder.ts'
import { bounded, rectified, uniform } from '../graph/spread.ts'
import { multiply } from './elementwise.ts'

export type Activation = 'relu' | 'relu6' | 'sigmoid' | 'tanh' | 'gelu' | 'silu'

/** The activation's node has the layer's name with the activation behind it. */
export function activate(graph: GraphBuilder, kind: Activation, layer: string, x: Tensor): Tensor {
  return ACTIVATIONS[kind](graph, `${layer}.${kind}`, x)
}

const ACTIVATIONS: Readonly<Record<Activation, (graph: GraphBuilder, name: string, x: Tensor) => Tensor>> = {
  relu: (graph, name, x) => graph.node('Relu', name, [x], { shape: x.shape, spread: rectified(x.spread) }),
  relu6: (graph, name, x) => clip(graph, name, x, 0, 6),
  sigmoid,
  tanh: (graph, name, x) => graph.node('Tanh', name, [x], { shape: x.shape, spread: squashed(x.spread) }),
  gelu,
  silu: (graph, name, x) =>
    withSpread(multiply(graph, name, x, sigmoid(graph, `${name}.gate`, x)), gated(x.spread)),
}

export function sigmoid(graph: GraphBuilder, name: string, x: Tensor): Tensor {
  const { meanSquare } = x.spread
  // Around 1/2 with the slope 1/4: for a standard normal x this gives 0.294, and the true value is 0.293.
  const spread = { mean: 0.5, meanSquare: 0.25 + meanSquare / (16 + 7 * meanSquare), low: 0, high: 1 }
  return graph.node('Sigmoid', name, [x], { shape: x.shape, spread })
}

export function clip(graph: GraphBuilder, name: string, x: Tensor, low: number, high: number): Tensor {
  const positive = low === 0 ? rectified(x.spread) : x.spread
  const spread = bounded({
    ...positive,
    low: Math.max(low, positive.low),
    high: Math.min(high, positive.high),
  })
  return graph.node('Clip', name, [x, graph.scalar(low), graph.scalar(high)], { shape: x.shape, spread })
}

/** x · Φ(x) by its definition with erf, as exported transformers have it. */
function gelu(graph: GraphBuilder, name: string, x: Tensor): Tensor {
  const { shape, spread } = x
  const scaled = graph.node('Div', `${name}.scaled`, [x, graph.scalar(Math.SQRT2)], { shape, spread })
  const erf = graph.node('Erf', `${name}.erf`, [scaled], { shape, spread: uniform(-1, 1) })
  const shifted = graph.node('Add', `${name}.shifted`, [erf, graph.scalar(1)], {
    shape,
    spread: uniform(0, 2),
  })
  const product = multiply(graph, `${name}.product`, x, shifted)
  return graph.node('Mul', name, [product, graph.scalar(0.5)], { shape, spread: gated(spread) })
}

/** For a standard normal x: 0.39. */
function squashed({ meanSquare }: Spread): Spread {
  return { mean: 0, meanSquare: meanSquare / (1 + 1.54 * meanSquare), low: -1, high: 1 }
}

/** x times a gate that opens where x is positive: about as large as a rectified x, and a little below 0. */
function gated({ meanSquare, high }: Spread): Spread {
  return { mean: 0.25 * Math.sqrt(meanSquare), meanSquare: 0.4 * meanSquare, low: -0.3, high }
}

function withSpread(tensor: Tensor, spread: Spread): Tensor {
  return { ...tensor, spread }
}
