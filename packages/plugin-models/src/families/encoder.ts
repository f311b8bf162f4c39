import type { Tensor } from '../graph/graph.ts'
import type { GraphBuilder } from '../graph/graph-builder.ts'
import { normal, uniform } from '../graph/spread.ts'
import { activate } from '../layers/activation.ts'
import { attend, toHeads } from '../layers/attention.ts'
import { dense } from '../layers/dense.ts'
import { add } from '../layers/elementwise.ts'
import { embeddingTable, idInput, lookUp } from '../layers/embedding.ts'
import { layerNormalization } from '../layers/normalization.ts'
import { softmax } from '../layers/softmax.ts'
import { MASKED } from '../layers/mask.ts'
import { flag, oneOf, whole, type Family } from './family.ts'

/**
 * A transformer encoder as in BERT (Devlin et al. 2018). Inputs, all int64 [N, S]: `input_ids`; `attention_mask` with
 * `mask`; `token_type_ids` with `types`.
 */
export interface EncoderShape {
  readonly family: 'encoder'
  /** Default 12. */
  readonly layers: number
  /** Default 768. */
  readonly width: number
  /** Divide the width. Default 12. */
  readonly heads: number
  /** Units between the two dense layers of a block. Default 3072. */
  readonly hidden: number
  /** Default 30522. */
  readonly vocabulary: number
  /** Longest sequence. Default 512. */
  readonly positions: number
  /** Kinds of tokens; 0: the model does not tell any apart. Default 2. */
  readonly types: number
  /** Whether requests say which tokens are padding. Default `true`. */
  readonly mask: boolean
  /** Tokens that static metrics are counted for; requests may have up to `positions`. Default 128. */
  readonly sequence: number
  /**
   * What the answer is: `states` of all tokens [N, S, width], the `pooler`'s [N, width], or a `classifier`'s
   * probabilities [N, outputs]. Default `pooler`.
   */
  readonly head: 'states' | 'pooler' | 'classifier'
  /** Of a classifier. Default 2. */
  readonly outputs: number
}

export const encoder: Family<EncoderShape> = {
  name: 'encoder',
  fields: {
    layers: whole(12, 1, 512),
    width: whole(768, 1, 65_536),
    heads: whole(12, 1, 1024),
    hidden: whole(3072),
    vocabulary: whole(30_522, 1, 10_000_000),
    positions: whole(512),
    types: whole(2, 0, 1000),
    mask: flag(true),
    sequence: whole(128),
    head: oneOf('pooler', ['states', 'pooler', 'classifier']),
    outputs: whole(2),
  },
  check({ width, heads, sequence, positions }) {
    const problems = []
    if (width % heads !== 0)
      problems.push({ path: 'heads', message: `must divide the width of ${width}, not ${heads}.` })
    if (sequence > positions) {
      problems.push({
        path: 'sequence',
        message: `must be at most the ${positions} positions, not ${sequence}.`,
      })
    }
    return problems
  },
  nameOf: ({ layers, width, heads }) => `encoder-${layers}x${width}x${heads}`,
  build(graph, shape) {
    const { layers, width, heads, hidden, sequence, head, outputs } = shape
    graph.size('S', sequence)
    const ids = idInput(graph, 'input_ids', ['N', 'S'], shape.vocabulary)
    const mask = shape.mask ? paddingMask(graph) : null
    let x = layerNormalization(graph, 'embeddings', embed(graph, ids, shape), EPSILON)
    for (let index = 1; index <= layers; index++) {
      const layer = `layer${index}`
      const part = (name: string): Tensor => dense(graph, `${layer}.${name}`, x, width)
      const [q, k, v] = ['query', 'key', 'value'].map((name) =>
        toHeads(graph, `${layer}.${name}.heads`, part(name), heads),
      ) as [Tensor, Tensor, Tensor]
      const context = attend(graph, `${layer}.attention`, { q, k, v, mask })
      const attended = dense(graph, `${layer}.projection`, context, width)
      x = layerNormalization(graph, `${layer}.norm1`, add(graph, `${layer}.sum1`, x, attended), EPSILON)
      const inner = activate(graph, 'gelu', `${layer}.hidden`, dense(graph, `${layer}.hidden`, x, hidden))
      const outer = dense(graph, `${layer}.output`, inner, width)
      x = layerNormalization(graph, `${layer}.norm2`, add(graph, `${layer}.sum2`, x, outer), EPSILON)
    }
    if (head === 'states') return graph.finish({ output: x })
    const first = graph.node(
      'Gather',
      'first',
      [x, graph.scalar(0, 'int64')],
      { shape: ['N', width], spread: x.spread },
      {
        axis: { int: 1 },
      },
    )
    const pooled = activate(graph, 'tanh', 'pooler', dense(graph, 'pooler', first, width))
    if (head === 'pooler') return graph.finish({ output: pooled })
    return graph.finish({ output: softmax(graph, 'softmax', dense(graph, 'classifier', pooled, outputs)) })
  },
}

const EPSILON = 1e-12

function embed(
  graph: GraphBuilder,
  ids: Tensor,
  { vocabulary, positions, types, width }: EncoderShape,
): Tensor {
  const words = lookUp(graph, 'words', embeddingTable(graph, 'words.table', vocabulary, width), ids)
  const table = embeddingTable(graph, 'positions.table', positions, width)
  const length = graph.node(
    'Shape',
    'length',
    [ids],
    { shape: [1], type: 'int64', spread: normal(1) },
    {
      start: { int: 1 },
      end: { int: 2 },
    },
  )
  const bounds = [graph.list([0]), length, graph.list([0])]
  const placed = graph.node('Slice', 'positions', [table, ...bounds], {
    shape: ['S', width],
    spread: table.spread,
  })
  const sum = add(graph, 'words.placed', words, placed)
  if (types === 0) return sum
  const kinds = idInput(graph, 'token_type_ids', ['N', 'S'], types)
  return add(
    graph,
    'words.typed',
    sum,
    lookUp(graph, 'types', embeddingTable(graph, 'types.table', types, width), kinds),
  )
}

/** 0 for tokens, a large negative number for padding: [N, 1, 1, S]. */
function paddingMask(graph: GraphBuilder): Tensor {
  const spread = uniform(0, 1)
  const given = graph.input('attention_mask', ['N', 'S'], 'int64', spread)
  const cast = graph.node('Cast', 'mask.given', [given], { shape: ['N', 'S'], spread }, { to: { int: 1 } })
  const padding = graph.node('Sub', 'mask.padding', [graph.scalar(1), cast], { shape: ['N', 'S'], spread })
  const scaled = graph.node('Mul', 'mask.scaled', [padding, graph.scalar(MASKED)], {
    shape: ['N', 'S'],
    spread: uniform(MASKED, 0),
  })
  const shape = ['N', 1, 1, 'S']
  return graph.node('Unsqueeze', 'mask', [scaled, graph.list([1, 2])], { shape, spread: scaled.spread })
}
