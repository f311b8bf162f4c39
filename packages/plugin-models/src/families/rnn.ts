import { transpose } from '../layers/arrange.ts'
import { dense } from '../layers/dense.ts'
import { recurrent, type Cell } from '../layers/recurrent.ts'
import { softmax, type Head } from '../layers/softmax.ts'
import { flag, oneOf, whole, type Family } from './family.ts'

/** Recurrent layers over sequences [N, S, inputs] and an output layer on the last states. */
export interface RnnShape {
  readonly family: 'rnn'
  /** Default `lstm`. */
  readonly cell: Cell
  /** Features of a step. Default 64. */
  readonly inputs: number
  /** Units of a layer, in each direction. Default 128. */
  readonly width: number
  /** Default 2. */
  readonly layers: number
  /** Default `false`. */
  readonly bidirectional: boolean
  /** Steps that static metrics are counted for; requests may have any number. Default 100. */
  readonly sequence: number
  /** Units of the output layer; 0: there is none, the answer is all states of the last layer. Default 10. */
  readonly outputs: number
  /** What follows the output layer. Default `softmax`. */
  readonly head: Head
}

export const rnn: Family<RnnShape> = {
  name: 'rnn',
  fields: {
    cell: oneOf('lstm', ['rnn', 'lstm', 'gru']),
    inputs: whole(64),
    width: whole(128),
    layers: whole(2, 1, 256),
    bidirectional: flag(false),
    sequence: whole(100),
    outputs: whole(10, 0),
    head: oneOf('softmax', ['softmax', 'none']),
  },
  nameOf: ({ cell, layers, width, bidirectional }) =>
    `${bidirectional ? 'bi' : ''}${cell}-${layers}x${width}`,
  build(graph, { cell, inputs, width, layers, bidirectional, sequence, outputs, head }) {
    graph.size('S', sequence)
    let x = transpose(graph, 'steps', graph.input('input', ['N', 'S', inputs]), [1, 0, 2])
    const options = { cell, hidden: width, bidirectional }
    for (let layer = 1; layer < layers; layer++) x = recurrent(graph, `layer${layer}`, x, options).sequence()
    const top = recurrent(graph, `layer${layers}`, x, options)
    if (outputs === 0) return graph.finish({ output: transpose(graph, 'states', top.sequence(), [1, 0, 2]) })
    const logits = dense(graph, 'head', top.last(), outputs)
    return graph.finish({ output: head === 'softmax' ? softmax(graph, 'softmax', logits) : logits })
  },
}
