import type { RnnShape } from '../../src/families/rnn.ts'
import { dot, sigmoid, type Matrix } from './matrix.ts'
import type { Weights } from './weights.ts'

/** LSTM (Hochreiter & Schmidhuber 1997), for one sequence in one direction: the states of the last layer. */
export function lstm(shape: RnnShape, weights: Weights, sequence: Matrix): number[][] {
  let x = sequence.map((row) => [...row])
  for (let layer = 1; layer <= shape.layers; layer++) {
    const [input, recurrent] = [
      weights.matrix(`layer${layer}.input`),
      weights.matrix(`layer${layer}.recurrent`),
    ]
    const bias = weights.row(`layer${layer}.bias`)
    const { width } = shape
    let hidden = Array<number>(width).fill(0)
    let cell = Array<number>(width).fill(0)
    x = x.map((step) => {
      const before = hidden
      // Blocks of the weights: input, output, forget, candidate.
      const [i, o, f, c] = [0, 1, 2, 3].map((block) =>
        Array.from({ length: width }, (_, unit) => {
          const row = block * width + unit
          const biases = (bias[row] as number) + (bias[4 * width + row] as number)
          return dot(input[row] as number[], step) + dot(recurrent[row] as number[], before) + biases
        }),
      ) as [number[], number[], number[], number[]]
      cell = cell.map(
        (value, unit) =>
          sigmoid(f[unit] as number) * value + sigmoid(i[unit] as number) * Math.tanh(c[unit] as number),
      )
      hidden = cell.map((value, unit) => sigmoid(o[unit] as number) * Math.tanh(value))
      return hidden
    })
  }
  return x
}
