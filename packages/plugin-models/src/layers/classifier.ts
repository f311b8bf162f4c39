import type { Tensor } from '../graph/graph.ts'
import type { GraphBuilder } from '../graph/graph-builder.ts'
import { flatten } from './arrange.ts'
import { dense } from './dense.ts'
import { globalAveragePool } from './pooling.ts'
import { softmax, type Head } from './softmax.ts'

/** The end of a convolutional classifier: the mean over all pixels and an output layer. */
export function classifier(graph: GraphBuilder, x: Tensor, outputs: number, head: Head): Tensor {
  const features = flatten(graph, 'flatten', globalAveragePool(graph, 'pool', x))
  const logits = dense(graph, 'head', features, outputs)
  return head === 'softmax' ? softmax(graph, 'softmax', logits) : logits
}
