import { sizeOf, type Dimension, type Tensor } from '../graph/graph.ts'
import type { GraphBuilder } from '../graph/graph-builder.ts'
import { withVariance } from '../graph/spread.ts'
import { reshape, transpose } from './arrange.ts'

export type Cell = 'rnn' | 'lstm' | 'gru'

export interface RecurrentOptions {
  readonly cell: Cell
  readonly hidden: number
  readonly bidirectional: boolean
}

/** Operation, gates, and the mean square of hidden states when the gates' inputs have a mean square of about 1. */
const CELLS = {
  rnn: { operation: 'RNN', gates: 1, meanSquare: 0.4 },
  lstm: { operation: 'LSTM', gates: 4, meanSquare: 0.1 },
  gru: { operation: 'GRU', gates: 3, meanSquare: 0.2 },
} as const

/**
 * One layer over a sequence [S, N, inputs]: hidden states of all steps [S, N, directions · hidden], and those that the
 * directions end with [N, directions · hidden]. Ask for one of them only, if that is all that is needed.
 */
export function recurrent(
  graph: GraphBuilder,
  layer: string,
  x: Tensor,
  options: RecurrentOptions,
): { sequence(): Tensor; last(): Tensor } {
  const { cell, hidden, bidirectional } = options
  const { operation, gates, meanSquare } = CELLS[cell]
  const directions = bidirectional ? 2 : 1
  const inputs = sizeOf(x, -1)
  const shape = (width: number): number[] => [directions, gates * hidden, width]
  // Half of the variance comes from the input, half from the state.
  const weights = [
    graph.weight(`${layer}.input`, shape(inputs), withVariance(0.5 / (inputs * x.spread.meanSquare))),
    graph.weight(`${layer}.recurrent`, shape(hidden), withVariance(0.5 / (hidden * meanSquare))),
    graph.weight(`${layer}.bias`, [directions, 2 * gates * hidden], withVariance(0.01)),
  ]
  const spread = { mean: 0, meanSquare, low: -1, high: 1 }
  const steps = x.shape[0] as Dimension
  const [states, ends] = graph.nodes(
    operation,
    layer,
    [x, ...weights],
    {
      [`${layer}.states`]: { shape: [steps, directions, 'N', hidden], spread },
      [`${layer}.ends`]: { shape: [directions, 'N', hidden], spread },
    },
    {
      hidden_size: { int: hidden },
      direction: { string: bidirectional ? 'bidirectional' : 'forward' },
      // Both bias vectors apply before the reset gate multiplies, as cuDNN and Keras have it.
      ...(cell === 'gru' ? { linear_before_reset: { int: 1 } } : {}),
    },
  ) as [Tensor, Tensor]
  return {
    sequence: () =>
      reshape(graph, `${layer}.sequence`, transpose(graph, `${layer}.ordered`, states, [0, 2, 1, 3]), [
        steps,
        'N',
        directions * hidden,
      ]),
    last: () =>
      reshape(graph, `${layer}.joined`, transpose(graph, `${layer}.last`, ends, [1, 0, 2]), [
        'N',
        directions * hidden,
      ]),
  }
}
