import type { DlrmShape } from '../../src/families/dlrm.ts'
import { dot, each, plusRow, product, sigmoid, type Matrix } from './matrix.ts'
import type { Weights } from './weights.ts'

/** DLRM (Naumov et al. 2019) for one request: the probability of a click. */
export function dlrm(
  shape: DlrmShape,
  weights: Weights,
  request: { readonly dense: readonly number[]; readonly ids: Matrix },
): number {
  const linear = (name: string, x: Matrix): number[][] =>
    plusRow(product(x, weights.matrix(`${name}.weight`)), weights.row(`${name}.bias`))
  const perceptron = (name: string, count: number, x: readonly number[]): number[] =>
    Array.from({ length: count }).reduce<number[]>(
      (y, _, layer) =>
        each(linear(`${name}.layer${layer + 1}`, [y]), (value) => Math.max(0, value))[0] as number[],
      [...x],
    )
  const below = perceptron('bottom', shape.bottom.length, request.dense)
  const bags = request.ids.map((ids, field) => {
    const table = weights.matrix(`table${field + 1}`)
    return below.map((_, unit) => ids.reduce((sum, id) => sum + (table[id]?.[unit] as number), 0))
  })
  const vectors = [below, ...bags]
  const pairs = vectors.flatMap((one, index) => vectors.slice(0, index).map((other) => dot(one, other)))
  const above = perceptron('top', shape.top.length, [...below, ...pairs])
  return sigmoid((linear('head', [above])[0] as number[])[0] as number)
}
