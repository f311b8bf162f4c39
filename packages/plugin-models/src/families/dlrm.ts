import { countElements, sizeOf, type Tensor } from '../graph/graph.ts'
import type { GraphBuilder } from '../graph/graph-builder.ts'
import { normal } from '../graph/spread.ts'
import { activate, sigmoid, type Activation } from '../layers/activation.ts'
import { concatenate, reshape, split, transpose } from '../layers/arrange.ts'
import { dense } from '../layers/dense.ts'
import { embeddingTable, idInput, lookUp } from '../layers/embedding.ts'
import { oneOf, whole, wholes, type Family } from './family.ts'

/**
 * DLRM (Naumov et al. 2019): the probability [N, 1] of a click from numbers `dense` [N, dense] and ids
 * `ids` [N, fields, lookups]. Each field's rows are summed up; all vectors interact.
 */
export interface DlrmShape {
  readonly family: 'dlrm'
  /** Numbers of a request. Default 13. */
  readonly dense: number
  /** Fields of a request, each with a table of its own. Default 26. */
  readonly fields: number
  /** Ids of a field. Default 1. */
  readonly lookups: number
  /** Rows of each table: ids are below. Default 10 000. */
  readonly rows: number
  /** Layers below the interaction; the last one is as wide as an embedding. Default [512, 256, 128]. */
  readonly bottom: readonly number[]
  /** Hidden layers above it. Default [1024, 1024, 512, 256]. */
  readonly top: readonly number[]
  /** `dot`: the products of all pairs of vectors; `cat`: the vectors one behind the other. Default `dot`. */
  readonly interaction: 'dot' | 'cat'
}

export const dlrm: Family<DlrmShape> = {
  name: 'dlrm',
  fields: {
    dense: whole(13),
    fields: whole(26, 1, 1000),
    lookups: whole(1, 1, 10_000),
    rows: whole(10_000, 1, 100_000_000),
    bottom: wholes([512, 256, 128]),
    top: wholes([1024, 1024, 512, 256]),
    interaction: oneOf('dot', ['dot', 'cat']),
  },
  check: ({ bottom }) =>
    bottom.length === 0
      ? [{ path: 'bottom', message: 'must have a layer: it says how wide embeddings are.' }]
      : [],
  nameOf: ({ fields, rows, bottom }) => `dlrm-${fields}x${rows}x${bottom.at(-1)}`,
  build(graph, { dense: numbers, fields, lookups, rows, bottom, top, interaction }) {
    const below = perceptron(graph, 'bottom', graph.input('dense', ['N', numbers]), bottom)
    const ids = idInput(graph, 'ids', ['N', fields, lookups], rows)
    const parts = fields === 1 ? [ids] : split(graph, 'ids.fields', ids, Array<number>(fields).fill(1), 1)
    const width = sizeOf(below, -1)
    const vectors = parts.map((part, index) => {
      const table = embeddingTable(graph, `table${index + 1}`, rows, width, 0.5 / lookups)
      return bag(graph, `table${index + 1}`, table, part, lookups)
    })
    const all = concatenate(
      graph,
      'vectors',
      [reshape(graph, 'bottom.row', below, ['N', 1, width]), ...vectors],
      1,
    )
    const flat = reshape(graph, 'vectors.flat', all, ['N', countElements(all.shape.slice(1))])
    const mixed =
      interaction === 'cat' ? flat : concatenate(graph, 'mixed', [below, pairProducts(graph, all)], 1)
    const scores = dense(graph, 'head', perceptron(graph, 'top', mixed, top), 1)
    return graph.finish({ output: sigmoid(graph, 'click', scores) })
  },
}

function perceptron(
  graph: GraphBuilder,
  name: string,
  input: Tensor,
  widths: readonly number[],
  activation: Activation = 'relu',
): Tensor {
  return widths.reduce((x, width, index) => {
    const layer = `${name}.layer${index + 1}`
    return activate(graph, activation, layer, dense(graph, layer, x, width))
  }, input)
}

/** The sum of the rows that the ids [N, 1, lookups] name: [N, 1, width]. */
function bag(graph: GraphBuilder, name: string, table: Tensor, ids: Tensor, lookups: number): Tensor {
  const rows = lookUp(graph, `${name}.rows`, table, ids)
  const shape = ['N', 1, sizeOf(table, -1)]
  const spread = normal(table.spread.meanSquare * lookups)
  return graph.node(
    'ReduceSum',
    `${name}.bag`,
    [rows, graph.list([2])],
    { shape, spread },
    { keepdims: { int: 0 } },
  )
}

/** All products of two different vectors of [N, vectors, width]: [N, pairs]. */
function pairProducts(graph: GraphBuilder, vectors: Tensor): Tensor {
  const count = sizeOf(vectors, 1)
  const width = sizeOf(vectors, 2)
  const spread = normal(width * vectors.spread.meanSquare * vectors.spread.meanSquare)
  const turned = transpose(graph, 'pairs.turned', vectors, [0, 2, 1])
  const products = graph.node('MatMul', 'pairs.products', [vectors, turned], {
    shape: ['N', count, count],
    spread,
  })
  const flat = reshape(graph, 'pairs.flat', products, ['N', count * count])
  const below = Array.from({ length: count }, (_, row) =>
    Array.from({ length: row }, (_column, column) => row * count + column),
  ).flat()
  const chosen = graph.list(below, 'int64', 'pairs.chosen')
  return graph.node(
    'Gather',
    'pairs',
    [flat, chosen],
    { shape: ['N', below.length], spread },
    { axis: { int: 1 } },
  )
}
