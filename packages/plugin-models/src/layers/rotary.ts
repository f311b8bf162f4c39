import { sizeOf, type Tensor } from '../graph/graph.ts'
import type { GraphBuilder } from '../graph/graph-builder.ts'
import { uniform } from '../graph/spread.ts'
import { concatenate, split } from './arrange.ts'
import { add, multiply } from './elementwise.ts'
import { lookUp } from './embedding.ts'

/** Cosines and sines of each position's angles, [S, size]: the first half is repeated. */
export interface Rotation {
  readonly cosines: Tensor
  readonly sines: Tensor
}

/** Rotary position embedding (Su et al. 2021): angles position · base^(−2i / size). */
export function rotation(
  graph: GraphBuilder,
  positions: Tensor,
  options: { readonly size: number; readonly rows: number; readonly base: number },
): Rotation {
  const { size, rows, base } = options
  const angle = (index: number): number =>
    Math.floor(index / size) * Math.exp((-2 * (index % (size / 2)) * Math.log(base)) / size)
  const table = (name: string, of: (angle: number) => number): Tensor => {
    const at = (index: number): number => of(angle(index))
    return lookUp(graph, name, graph.table(`${name}.table`, [rows, size], { at }, uniform(-1, 1)), positions)
  }
  return { cosines: table('rotation.cosines', Math.cos), sines: table('rotation.sines', Math.sin) }
}

/** Turns the halves of [N, heads, S, size] against each other. */
export function rotate(graph: GraphBuilder, name: string, x: Tensor, { cosines, sines }: Rotation): Tensor {
  const half = sizeOf(x, -1) / 2
  const [first, second] = split(graph, `${name}.halves`, x, [half, half], -1) as [Tensor, Tensor]
  const { shape, spread } = second
  const negative = graph.node('Neg', `${name}.negative`, [second], { shape, spread })
  const crossed = concatenate(graph, `${name}.crossed`, [negative, first], -1)
  const turned = add(
    graph,
    name,
    multiply(graph, `${name}.along`, x, cosines),
    multiply(graph, `${name}.across`, crossed, sines),
  )
  // A rotation keeps the size.
  return { ...turned, spread: x.spread }
}
