import type { Operation } from '../src/graph/graph.ts'
import type { Operator, Values } from './evaluate.ts'
import { convolve, convolveTransposed } from './operations/convolution.ts'
import { gru, lstm, rnn } from './operations/recurrent.ts'
import { suppress } from './operations/suppression.ts'

/** Operations by their definition in ONNX's documentation. */
export const OPERATIONS: Readonly<Record<Operation, Operator>> = {
  Add: binary((a, b) => a + b),
  Sub: binary((a, b) => a - b),
  Mul: binary((a, b) => a * b),
  Div: binary((a, b) => a / b),
  Pow: binary((a, b) => a ** b),
  LessOrEqual: binary((a, b) => Number(a <= b)),
  Neg: unary((value) => -value),
  Sqrt: unary(Math.sqrt),
  Erf: unary(erf),
  Relu: unary((value) => Math.max(0, value)),
  Sigmoid: unary((value) => 1 / (1 + Math.exp(-value))),
  Tanh: unary(Math.tanh),
  Cast: unary((value) => value),
  Clip: ([x, low, high]) => map(x, (value) => Math.min(scalar(high), Math.max(scalar(low), value))),
  Flatten: rearranged,
  Reshape: rearranged,
  Squeeze: rearranged,
  Unsqueeze: rearranged,
  Where: ([condition, yes, no], _node, [shape = []]) => [
    generate(shape, (at) => (pick(condition, at) === 0 ? pick(no, at) : pick(yes, at))),
  ],
  Shape: ([x], { attributes }) => {
    const { start, end } = attributes as Record<'start' | 'end', { int: number }>
    const sizes = (x as Values).shape.slice(start.int, end.int)
    return [{ shape: [sizes.length], data: Float64Array.from(sizes) }]
  },
  Range: ([start, limit, step]) => {
    const length = (scalar(limit) - scalar(start)) / scalar(step)
    return [
      {
        shape: [length],
        data: Float64Array.from({ length }, (_, index) => scalar(start) + index * scalar(step)),
      },
    ]
  },
  Transpose: ([x], { attributes }, [shape = []]) => {
    const order = (attributes['perm'] as { ints: readonly number[] }).ints
    return [
      generate(shape, (at) => {
        const from: number[] = []
        order.forEach((axis, index) => (from[axis] = at[index] as number))
        return pick(x, from)
      }),
    ]
  },
  Concat: (inputs, { attributes }, [shape = []]) => {
    const axis = axisOf(attributes, shape.length)
    return [
      generate(shape, (at) => {
        let position = at[axis] as number
        const part = inputs.find(({ shape: sizes }) => {
          if (position < (sizes[axis] as number)) return true
          position -= sizes[axis] as number
          return false
        })
        return pick(part, at.with(axis, position))
      }),
    ]
  },
  Split: ([x], { attributes }, shapes) => {
    const axis = axisOf(attributes, (x as Values).shape.length)
    let start = 0
    return shapes.map((shape) => {
      const first = start
      start += shape[axis] as number
      return generate(shape, (at) => pick(x, at.with(axis, first + (at[axis] as number))))
    })
  },
  Slice: ([x, starts, ends, axes]) => {
    const { shape } = x as Values
    const axis = (scalar(axes) + shape.length) % shape.length
    const size = Math.min(scalar(ends), shape[axis] as number) - scalar(starts)
    return [
      generate(shape.with(axis, size), (at) => pick(x, at.with(axis, scalar(starts) + (at[axis] as number)))),
    ]
  },
  Gather: ([x, indices], { attributes }, [shape = []]) => {
    const { shape: sizes } = x as Values
    const axis = axisOf(attributes, sizes.length)
    const rank = (indices as Values).shape.length
    return [
      generate(shape, (at) => {
        const index = pick(indices, at.slice(axis, axis + rank))
        const row = index < 0 ? index + (sizes[axis] as number) : index
        return pick(x, [...at.slice(0, axis), row, ...at.slice(axis + rank)])
      }),
    ]
  },
  Resize: ([x, , scales], _node, [shape = []]) => [
    generate(shape, (at) =>
      pick(
        x,
        at.map((one, axis) => Math.floor(one / ((scales as Values).data[axis] as number))),
      ),
    ),
  ],
  ReduceSum: ([x, axes], { attributes }, [shape = []]) => [reduce(x, scalar(axes), attributes, shape)],
  ReduceMean: ([x, axes], { attributes }, [shape = []]) => {
    const axis = axes === undefined ? (attributes['axes'] as { ints: [number] }).ints[0] : scalar(axes)
    const size = (x as Values).shape.at(axis) as number
    return map(reduce(x, axis, attributes, shape), (sum) => sum / size)
  },
  GlobalAveragePool: ([x], _node, [shape = []]) => {
    const pixels = count((x as Values).shape.slice(2))
    return [
      generate(
        shape,
        ([item, channel]) =>
          sumOver((x as Values).shape.slice(2), (at) => pick(x, [item as number, channel as number, ...at])) /
          pixels,
      ),
    ]
  },
  MaxPool: ([x], { attributes }, [shape = []]) => {
    const { kernel_shape, pads, strides } = attributes as Record<string, { ints: readonly number[] }>
    const kernel = kernel_shape?.ints as readonly number[]
    const sizes = (x as Values).shape
    return [
      generate(shape, ([item, channel, row, column]) => {
        let largest = -Infinity
        for (let ky = 0; ky < (kernel[0] as number); ky++) {
          for (let kx = 0; kx < (kernel[1] as number); kx++) {
            const y = (row as number) * (strides?.ints[0] as number) - (pads?.ints[0] as number) + ky
            const across = (column as number) * (strides?.ints[1] as number) - (pads?.ints[1] as number) + kx
            if (y < 0 || across < 0 || y >= (sizes[2] as number) || across >= (sizes[3] as number)) continue
            largest = Math.max(largest, pick(x, [item as number, channel as number, y, across]))
          }
        }
        return largest
      }),
    ]
  },
  Gemm: ([x, weight, bias], _node, [shape = []]) => {
    const depth = (weight as Values).shape[0] as number
    return [
      generate(shape, ([row, column]) => {
        let sum = pick(bias, [column as number])
        for (let k = 0; k < depth; k++)
          sum += pick(x, [row as number, k]) * pick(weight, [k, column as number])
        return sum
      }),
    ]
  },
  MatMul: ([a, b], _node, [shape = []]) => {
    const depth = (a as Values).shape.at(-1) as number
    return [
      generate(shape, (at) => {
        const [row, column] = at.slice(-2) as [number, number]
        const front = at.slice(0, -2)
        let sum = 0
        for (let k = 0; k < depth; k++) sum += pick(a, [...front, row, k]) * pick(b, [...front, k, column])
        return sum
      }),
    ]
  },
  Softmax: ([x], { attributes }) => [softmax(x, axisOf(attributes, (x as Values).shape.length))],
  LogSoftmax: ([x], { attributes }) =>
    map(softmax(x, axisOf(attributes, (x as Values).shape.length)), Math.log),
  LayerNormalization: ([x, scale, shift], { attributes }) => {
    const { shape, data } = x as Values
    const width = shape.at(-1) as number
    const { float: epsilon } = attributes['epsilon'] as { float: number }
    const result = new Float64Array(data.length)
    for (let row = 0; row < data.length; row += width) {
      const slice = data.subarray(row, row + width)
      const mean = slice.reduce((sum, value) => sum + value, 0) / width
      const variance = slice.reduce((sum, value) => sum + (value - mean) ** 2, 0) / width
      slice.forEach((value, column) => {
        const normalized = (value - mean) / Math.sqrt(variance + epsilon)
        result[row + column] = normalized * pick(scale, [column]) + pick(shift, [column])
      })
    }
    return [{ shape, data: result }]
  },
  BatchNormalization: ([x, scale, shift, mean, variance], { attributes }, [shape = []]) => {
    const { float: epsilon } = attributes['epsilon'] as { float: number }
    return [
      generate(shape, (at) => {
        const channel = [at[1] as number]
        const normalized = (pick(x, at) - pick(mean, channel)) / Math.sqrt(pick(variance, channel) + epsilon)
        return normalized * pick(scale, channel) + pick(shift, channel)
      }),
    ]
  },
  QuantizeLinear: ([x, step, zero]) =>
    map(x, (value) => Math.max(-128, Math.min(127, roundToEven(value / scalar(step)) + scalar(zero)))),
  DequantizeLinear: ([x, steps, zero], { attributes }, [shape = []]) => {
    const axis = axisOf(attributes, shape.length)
    const isSingle = (steps as Values).data.length === 1
    return [
      generate(shape, (at) => {
        const channel = isSingle ? 0 : (at[axis] as number)
        const { data } = steps as Values
        return (pick(x, at) - ((zero as Values).data[channel] as number)) * (data[channel] as number)
      }),
    ]
  },
  Conv: convolve,
  ConvTranspose: convolveTransposed,
  RNN: rnn,
  GRU: gru,
  LSTM: lstm,
  NonMaxSuppression: suppress,
}

/** The element at a position; an operand with fewer or smaller dimensions is broadcast. */
export function pick(x: Values | undefined, at: readonly number[]): number {
  const { shape, data } = x as Values
  let offset = 0
  for (let axis = 0; axis < shape.length; axis++) {
    const size = shape[axis] as number
    const index = size === 1 ? 0 : (at[at.length - shape.length + axis] as number)
    offset = offset * size + index
  }
  return data[offset] as number
}

/** Fills a shape position by position. */
export function generate(shape: readonly number[], of: (at: readonly number[]) => number): Values {
  const data = new Float64Array(count(shape))
  const at = shape.map(() => 0)
  for (let index = 0; index < data.length; index++) {
    data[index] = of(at)
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at[axis] = (at[axis] as number) + 1
      if ((at[axis] as number) < (shape[axis] as number)) break
      at[axis] = 0
    }
  }
  return { shape: [...shape], data }
}

export function scalar(x: Values | undefined): number {
  return (x as Values).data[0] as number
}

function count(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1)
}

function sumOver(shape: readonly number[], of: (at: readonly number[]) => number): number {
  return generate(shape, of).data.reduce((sum, value) => sum + value, 0)
}

function map(x: Values | undefined, of: (value: number) => number): Values[] {
  const { shape, data } = x as Values
  return [{ shape, data: data.map(of) }]
}

function unary(of: (value: number) => number): Operator {
  return ([x]) => map(x, of)
}

function binary(of: (a: number, b: number) => number): Operator {
  return ([a, b], _node, [shape = []]) => [generate(shape, (at) => of(pick(a, at), pick(b, at)))]
}

/** The same numbers in another shape. */
function rearranged(
  [x]: Parameters<Operator>[0],
  _node: Parameters<Operator>[1],
  [shape = []]: Parameters<Operator>[2],
): Values[] {
  const { data } = x as Values
  if (data.length !== count(shape))
    throw new Error(`${data.length} elements do not fill [${shape.join(', ')}].`)
  return [{ shape, data }]
}

function axisOf(attributes: Parameters<Operator>[1]['attributes'], rank: number): number {
  const { int } = (attributes['axis'] ?? { int: 0 }) as { int: number }
  return int < 0 ? int + rank : int
}

function reduce(
  x: Values | undefined,
  given: number,
  attributes: Parameters<Operator>[1]['attributes'],
  shape: readonly number[],
): Values {
  const sizes = (x as Values).shape
  const axis = given < 0 ? given + sizes.length : given
  const keeps = (attributes['keepdims'] as { int: number }).int === 1
  return generate(shape, (at) => {
    const [front, back] = [at.slice(0, axis), at.slice(keeps ? axis + 1 : axis)]
    return sumOver([sizes[axis] as number], ([index]) => pick(x, [...front, index as number, ...back]))
  })
}

function softmax(x: Values | undefined, axis: number): Values {
  const { shape } = x as Values
  const size = shape[axis] as number
  return generate(shape, (at) => {
    const row = Array.from({ length: size }, (_, index) => pick(x, at.with(axis, index)))
    const top = Math.max(...row)
    return Math.exp(pick(x, at) - top) / row.reduce((sum, value) => sum + Math.exp(value - top), 0)
  })
}

/** Ties go to the even neighbour. */
function roundToEven(value: number): number {
  const down = Math.floor(value)
  const rest = value - down
  if (rest !== 0.5) return Math.round(value)
  return down % 2 === 0 ? down : down + 1
}

/** By its series; beyond 5 the rest is below 2e-12. */
export function erf(x: number): number {
  if (Math.abs(x) > 5) return Math.sign(x)
  let term = x
  let sum = x
  for (let n = 1; n < 200; n++) {
    term *= (-x * x) / n
    sum += term / (2 * n + 1)
  }
  return (2 / Math.sqrt(Math.PI)) * sum
}
