import type { Tensor } from '../graph/graph.ts'
import type { GraphBuilder } from '../graph/graph-builder.ts'
import { uniform, withVariance } from '../graph/spread.ts'

/** A table of vectors. */
export function embeddingTable(
  graph: GraphBuilder,
  name: string,
  rows: number,
  width: number,
  meanSquare = 1,
): Tensor {
  return graph.weight(name, [rows, width], withVariance(meanSquare))
}

/** The rows of a table that the ids name: [...ids, width]. */
export function lookUp(graph: GraphBuilder, name: string, table: Tensor, ids: Tensor): Tensor {
  const shape = [...ids.shape, ...table.shape.slice(1)]
  return graph.node('Gather', name, [table, ids], { shape, spread: table.spread }, { axis: { int: 0 } })
}

/** An input of ids below `rows`. */
export function idInput(
  graph: GraphBuilder,
  name: string,
  shape: readonly (string | number)[],
  rows: number,
): Tensor {
  return graph.input(name, shape, 'int64', uniform(0, rows - 1))
}
