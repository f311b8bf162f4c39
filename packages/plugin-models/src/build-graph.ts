import { familyOf } from './families/families.ts'
import type { Graph } from './graph/graph.ts'
import { GraphBuilder } from './graph/graph-builder.ts'
import { nameOf, type ModelPlan } from './onnx-model.ts'
import { toHalf } from './precision/half.ts'
import { prune } from './precision/prune.ts'
import { quantize } from './precision/quantize.ts'

/** The graph of a model in its precision, without weights' values. */
export function buildGraph(plan: ModelPlan): Graph {
  const { shape, seed, precision, pruned, io = 'fp32' } = plan
  const laid = familyOf(shape).build(new GraphBuilder(nameOf(plan)), shape)
  const graph = pruned === 0 ? laid : prune(laid, pruned)
  switch (precision) {
    case 'fp32':
      return graph
    case 'fp16':
      return toHalf(graph, 'float16', io)
    case 'bf16':
      return toHalf(graph, 'bfloat16', io)
    case 'int8':
      return quantize(graph, seed)
  }
}
