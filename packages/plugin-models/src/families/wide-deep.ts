import type { Tensor } from '../graph/graph.ts'
import type { GraphBuilder } from '../graph/graph-builder.ts'
import { normal } from '../graph/spread.ts'
import { activate, sigmoid } from '../layers/activation.ts'
import { concatenate, reshape, split } from '../layers/arrange.ts'
import { dense } from '../layers/dense.ts'
import { add } from '../layers/elementwise.ts'
import { embeddingTable, idInput, lookUp } from '../layers/embedding.ts'
import { whole, wholes, type Family } from './family.ts'

/**
 * Wide & Deep (Cheng et al. 2016): the probability [N, 1] of a click from numbers `dense` [N, dense] and one id for each
 * field `ids` [N, fields]: a linear model of all of them, and a perceptron on the ids' embeddings.
 */
export interface WideDeepShape {
  readonly family: 'wide-deep'
  /** Numbers of a request. Default 13. */
  readonly dense: number
  /** Ids of a request, each with a table of its own. Default 26. */
  readonly fields: number
  /** Rows of each table: ids are below. Default 10 000. */
  readonly rows: number
  /** Width of an embedding. Default 32. */
  readonly width: number
  /** Hidden layers of the perceptron. Default [1024, 512, 256]. */
  readonly hidden: readonly number[]
}

export const wideDeep: Family<WideDeepShape> = {
  name: 'wide-deep',
  fields: {
    dense: whole(13),
    fields: whole(26, 1, 1000),
    rows: whole(10_000, 1, 100_000_000),
    width: whole(32, 1, 4096),
    hidden: wholes([1024, 512, 256]),
  },
  nameOf: ({ fields, rows, width }) => `wide-deep-${fields}x${rows}x${width}`,
  build(graph, { dense: numbers, fields, rows, width, hidden }) {
    const given = graph.input('dense', ['N', numbers])
    const ids = splitIds(graph, idInput(graph, 'ids', ['N', fields], rows), fields)
    const look = (kind: string, size: number): Tensor[] =>
      ids.map((id, index) => {
        const name = `${kind}${index + 1}`
        const found = lookUp(graph, `${name}.row`, embeddingTable(graph, name, rows, size), id)
        return reshape(graph, `${name}.flat`, found, ['N', size])
      })

    let x = concatenate(graph, 'deep.input', [...look('deep.table', width), given], 1)
    hidden.forEach((units, index) => {
      const layer = `deep.layer${index + 1}`
      x = activate(graph, 'relu', layer, dense(graph, layer, x, units))
    })
    const deep = dense(graph, 'deep.head', x, 1)
    // The wide part: every id adds the number in its row.
    const terms = concatenate(graph, 'wide.terms', look('wide.table', 1), 1)
    const sum = graph.node(
      'ReduceSum',
      'wide.sum',
      [terms, graph.list([1])],
      { shape: ['N', 1], spread: normal(fields) },
      { keepdims: { int: 1 } },
    )
    const wide = add(graph, 'wide', sum, dense(graph, 'wide.numbers', given, 1, { bias: null }))
    return graph.finish({ output: sigmoid(graph, 'click', add(graph, 'sum', deep, wide)) })
  },
}

/** One column [N, 1] for each field. */
function splitIds(graph: GraphBuilder, ids: Tensor, fields: number): Tensor[] {
  return fields === 1 ? [ids] : split(graph, 'ids.fields', ids, Array<number>(fields).fill(1), 1)
}
