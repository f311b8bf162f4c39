import type { Operator, Values } from '../evaluate.ts'

const sigmoid = (value: number): number => 1 / (1 + Math.exp(-value))

/** The inputs' and the state's share of every gate, [gate][unit], each with its bias. */
interface Shares {
  readonly fromInput: number[][]
  readonly fromState: number[][]
}
/** One step of one sequence: the new hidden state; `cell` may be changed in place. */
type Step = (shares: Shares, state: readonly number[], cell: number[]) => number[]

export const rnn: Operator = recurrent(1, ({ fromInput, fromState }, state) =>
  state.map((_, unit) => Math.tanh(at(fromInput, 0, unit) + at(fromState, 0, unit))),
)

/** Gates in the order of ONNX: input, output, forget, cell. */
export const lstm: Operator = recurrent(4, ({ fromInput, fromState }, state, cell) =>
  state.map((_, unit) => {
    const gate = (index: number): number => at(fromInput, index, unit) + at(fromState, index, unit)
    cell[unit] = sigmoid(gate(2)) * (cell[unit] as number) + sigmoid(gate(0)) * Math.tanh(gate(3))
    return sigmoid(gate(1)) * Math.tanh(cell[unit] as number)
  }),
)

/** Update, reset, hidden; the reset gate applies after the product with the state. */
export const gru: Operator = recurrent(3, ({ fromInput, fromState }, state) =>
  state.map((before, unit) => {
    const gate = (index: number): number => sigmoid(at(fromInput, index, unit) + at(fromState, index, unit))
    const update = gate(0)
    const hidden = Math.tanh(at(fromInput, 2, unit) + gate(1) * at(fromState, 2, unit))
    return (1 - update) * hidden + update * before
  }),
)

function at(shares: number[][], gate: number, unit: number): number {
  return shares[gate]?.[unit] as number
}

function recurrent(gates: number, step: Step): Operator {
  return ([x, w, r, b], _node, [stateShape = [], endShape = []]) => {
    const [steps, directions, batch, hidden] = stateShape as [number, number, number, number]
    const inputs = (x as Values).shape[2] as number
    const states = new Float64Array(steps * directions * batch * hidden)
    const ends = new Float64Array(directions * batch * hidden)
    for (let direction = 0; direction < directions; direction++) {
      const share = (matrix: Values, width: number, values: readonly number[], bias: number): number[][] =>
        Array.from({ length: gates }, (_, gate) =>
          Array.from({ length: hidden }, (_unit, unit) => {
            const row = (direction * gates + gate) * hidden + unit
            const offset = direction * 2 * gates * hidden + bias * gates * hidden + gate * hidden + unit
            return values.reduce(
              (sum, value, index) => sum + value * (matrix.data[row * width + index] as number),
              (b as Values).data[offset] as number,
            )
          }),
        )
      for (let item = 0; item < batch; item++) {
        let state = Array<number>(hidden).fill(0)
        const cell = Array<number>(hidden).fill(0)
        for (let index = 0; index < steps; index++) {
          const time = direction === 0 ? index : steps - 1 - index
          const offset = (time * batch + item) * inputs
          const input = [...(x as Values).data.subarray(offset, offset + inputs)]
          const shares = {
            fromInput: share(w as Values, inputs, input, 0),
            fromState: share(r as Values, hidden, state, 1),
          }
          state = step(shares, state, cell)
          states.set(state, ((time * directions + direction) * batch + item) * hidden)
        }
        ends.set(state, (direction * batch + item) * hidden)
      }
    }
    return [
      { shape: stateShape, data: states },
      { shape: endShape, data: ends },
    ]
  }
}
