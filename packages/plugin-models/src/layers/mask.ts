import type { Tensor } from '../graph/graph.ts'
import type { GraphBuilder } from '../graph/graph-builder.ts'
import { normal, uniform } from '../graph/spread.ts'

/** What is added to scores that must not count: its exponential is 0, and half precision has it. */
export const MASKED = -10_000

/** The lengths of what came before and of what is asked now. */
export interface Lengths {
  /** Positions of the asked tokens [S]. */
  readonly positions: Tensor
  /** 0 where a token may look at another [S, T], else a large negative number. */
  readonly mask: Tensor
}

/** Tokens see themselves and what stands before them. `past` [N, heads, P, size] is there when keys are kept. */
export function causalMask(graph: GraphBuilder, ids: Tensor, past: Tensor | null): Lengths {
  const whole = { type: 'int64', spread: normal(1) } as const
  const length = sizeAt(graph, 'length', ids, 1)
  const zero = graph.scalar(0, 'int64')
  const one = graph.scalar(1, 'int64')
  const before = past === null ? zero : sizeAt(graph, 'length.past', past, 2)
  const total =
    past === null ? length : graph.node('Add', 'length.total', [before, length], { shape: [], ...whole })
  const positions = graph.node('Range', 'positions', [before, total, one], { shape: ['S'], ...whole })
  const everyone = past === null ? 'S' : 'P+S'
  const keys =
    past === null
      ? positions
      : graph.node('Range', 'positions.all', [zero, total, one], { shape: [everyone], ...whole })
  const rows = graph.node('Unsqueeze', 'mask.rows', [positions, graph.list([1])], {
    shape: ['S', 1],
    ...whole,
  })
  const visible = graph.node('LessOrEqual', 'mask.visible', [keys, rows], {
    shape: ['S', everyone],
    type: 'bool',
    spread: uniform(0, 1),
  })
  const mask = graph.node('Where', 'mask', [visible, graph.scalar(0), graph.scalar(MASKED)], {
    shape: ['S', everyone],
    spread: uniform(MASKED, 0),
  })
  return { positions, mask }
}

/** One size of a tensor's shape, as a number in the graph. */
function sizeAt(graph: GraphBuilder, name: string, x: Tensor, axis: number): Tensor {
  const whole = { type: 'int64', spread: normal(1) } as const
  const sizes = graph.node(
    'Shape',
    `${name}.shape`,
    [x],
    { shape: [1], ...whole },
    {
      start: { int: axis },
      end: { int: axis + 1 },
    },
  )
  return graph.node('Squeeze', name, [sizes, graph.list([0])], { shape: [], ...whole })
}
