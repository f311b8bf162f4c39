import { countElements, type Graph, type Node, type Shape } from '../src/graph/graph.ts'
import { generateWeight } from '../src/graph/weight-values.ts'

export interface Evaluated {
  readonly shape: readonly number[]
  readonly values: Float64Array
}

/**
 * Computes a graph by the definition of each operation, in double precision and without any trick: the reference that
 * ONNX Runtime's answers are compared with. Returns every tensor by name.
 */
export function evaluateGraph(
  graph: Graph,
  seed: number,
  batch: number,
  input: Float64Array,
): Map<string, Evaluated> {
  const concrete = (shape: Shape): number[] => shape.map((size) => (size === 'N' ? batch : size))
  const values = new Map<string, Evaluated>()
  for (const weight of graph.weights) {
    const elements = [...generateWeight(weight, seed)].flatMap((block) => [...block])
    values.set(weight.name, { shape: weight.shape, values: Float64Array.from(elements) })
  }
  const [tensor] = graph.inputs
  if (tensor === undefined) throw new Error('The graph has no input.')
  values.set(tensor.name, { shape: concrete(tensor.shape), values: input })
  for (const node of graph.nodes) {
    const shape = concrete(node.output.shape)
    const inputs = node.inputs.map((name) => values.get(name) as Evaluated)
    values.set(node.output.name, { shape, values: compute(node, inputs, shape) })
  }
  return values
}

function compute(node: Node, inputs: readonly Evaluated[], shape: readonly number[]): Float64Array {
  const [x, second] = inputs as [Evaluated, Evaluated]
  const each = (apply: (value: number, index: number) => number): Float64Array => x.values.map(apply)
  switch (node.operation) {
    case 'Relu':
      return each((value) => Math.max(0, value))
    case 'Sigmoid':
      return each((value) => 1 / (1 + Math.exp(-value)))
    case 'Tanh':
      return each(Math.tanh)
    case 'Clip': {
      const [low, high] = inputs.slice(1).map(({ values }) => values[0] as number) as [number, number]
      return each((value) => Math.min(high, Math.max(low, value)))
    }
    case 'Add':
      return each((value, index) => value + (second.values[index] as number))
    case 'Flatten':
      return x.values
    case 'Softmax':
      return softmax(x)
    case 'Gemm':
      return gemm(inputs, shape)
    case 'BatchNormalization':
      return normalize(inputs)
    case 'GlobalAveragePool': {
      const pixels = countElements(x.shape.slice(2))
      return Float64Array.from({ length: countElements(shape) }, (_, channel) => {
        let sum = 0
        for (let pixel = 0; pixel < pixels; pixel++) sum += x.values[channel * pixels + pixel] as number
        return sum / pixels
      })
    }
    case 'Conv':
      return convolve(node, inputs, shape)
  }
}

function softmax({ shape, values }: Evaluated): Float64Array {
  const width = shape.at(-1) as number
  const result = new Float64Array(values.length)
  for (let row = 0; row < values.length; row += width) {
    const slice = values.subarray(row, row + width)
    const top = Math.max(...slice)
    const total = slice.reduce((sum, value) => sum + Math.exp(value - top), 0)
    slice.forEach((value, column) => (result[row + column] = Math.exp(value - top) / total))
  }
  return result
}

function gemm([x, weight, bias]: readonly Evaluated[], [rows, columns]: readonly number[]): Float64Array {
  if (
    x === undefined ||
    weight === undefined ||
    bias === undefined ||
    rows === undefined ||
    columns === undefined
  )
    throw new Error('Gemm')
  const depth = weight.shape[0] as number
  const result = new Float64Array(rows * columns)
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      let sum = bias.values[column] as number
      for (let k = 0; k < depth; k++)
        sum += (x.values[row * depth + k] as number) * (weight.values[k * columns + column] as number)
      result[row * columns + column] = sum
    }
  }
  return result
}

function normalize([x, scale, shift, mean, variance]: readonly Evaluated[]): Float64Array {
  if (
    x === undefined ||
    scale === undefined ||
    shift === undefined ||
    mean === undefined ||
    variance === undefined
  )
    throw new Error('BatchNormalization')
  const channels = x.shape[1] as number
  const pixels = countElements(x.shape.slice(2))
  return x.values.map((value, index) => {
    const channel = Math.floor(index / pixels) % channels
    const at = ({ values }: Evaluated): number => values[channel] as number
    return ((value - at(mean)) / Math.sqrt(at(variance) + 1e-5)) * at(scale) + at(shift)
  })
}

function convolve(node: Node, [x, weight]: readonly Evaluated[], shape: readonly number[]): Float64Array {
  if (x === undefined || weight === undefined) throw new Error('Conv')
  const attributes = node.attributes as unknown as Record<'group', { int: number }> &
    Record<'pads' | 'strides', { ints: [number] }>
  const [pad, stride, groups] = [attributes.pads.ints[0], attributes.strides.ints[0], attributes.group.int]
  const [batch, outputs, height, width] = shape as [number, number, number, number]
  const [, channels, inHeight, inWidth] = x.shape as [number, number, number, number]
  const [, perGroup, kernel] = weight.shape as [number, number, number]
  const result = new Float64Array(batch * outputs * height * width)
  let position = 0
  for (let item = 0; item < batch; item++) {
    for (let output = 0; output < outputs; output++) {
      const firstChannel = Math.floor(output / (outputs / groups)) * perGroup
      for (let row = 0; row < height; row++) {
        for (let column = 0; column < width; column++) {
          let sum = 0
          for (let channel = 0; channel < perGroup; channel++) {
            for (let ky = 0; ky < kernel; ky++) {
              const y = row * stride - pad + ky
              if (y < 0 || y >= inHeight) continue
              for (let kx = 0; kx < kernel; kx++) {
                const across = column * stride - pad + kx
                if (across < 0 || across >= inWidth) continue
                const from = ((item * channels + firstChannel + channel) * inHeight + y) * inWidth + across
                sum +=
                  (x.values[from] as number) *
                  (weight.values[((output * perGroup + channel) * kernel + ky) * kernel + kx] as number)
              }
            }
          }
          result[position++] = sum
        }
      }
    }
  }
  return result
}
