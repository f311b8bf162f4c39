import { Tensor } from 'onnxruntime-node'
import { fromHalf, Random, toHalf } from 'servebench/plugin'
import type { Graph, Shape, Tensor as GraphTensor } from '../src/graph/graph.ts'
import type { Values } from './evaluate.ts'

// The binding of ONNX Runtime reads nothing from arrays of that type; without it, its library takes the bits.
Reflect.deleteProperty(globalThis, 'Float16Array')

/** What is asked of small models: two at once, four tokens or steps, three tokens in the cache. */
export const SIZES: Readonly<Record<string, number>> = { N: 2, S: 4, P: 3, 'P+S': 7 }

export function concrete(shape: Shape, sizes: Readonly<Record<string, number>>): number[] {
  return shape.map((size) => (typeof size === 'string' ? (sizes[size] as number) : size))
}

/** Values for every input, as their spread says: normal, uniform, or ids. */
export function feedsFor(
  graph: Graph,
  sizes: Readonly<Record<string, number>> = SIZES,
  seed = 1,
): Record<string, Values> {
  const random = new Random([seed, 2, 3, 4])
  return Object.fromEntries(
    graph.inputs.map((input) => {
      const shape = concrete(input.shape, sizes)
      const length = shape.reduce((product, size) => product * size, 1)
      return [input.name, { shape, data: Float64Array.from({ length }, () => drawFor(input, random)) }]
    }),
  )
}

function drawFor({ type, spread }: GraphTensor, random: Random): number {
  const { low, high } = spread
  if (type === 'int64') return random.int(high + 1)
  if (low >= 0) return Math.fround(low + (high - low) * random.next())
  // The sum of twelve uniform numbers is close to normal, and ends at ±6.
  return Math.fround(Array.from({ length: 12 }, () => random.next()).reduce((sum, value) => sum + value, -6))
}

export function toTensors(feeds: Readonly<Record<string, Values>>, graph: Graph): Record<string, Tensor> {
  return Object.fromEntries(
    graph.inputs.map(({ name, type }) => {
      const { shape, data } = feeds[name] as Values
      const tensor =
        type === 'int64'
          ? new Tensor('int64', BigInt64Array.from([...data].map(BigInt)), shape)
          : type === 'float16'
            ? new Tensor('float16', Uint16Array.from(data, toHalf), shape)
            : new Tensor('float32', Float32Array.from(data), shape)
      return [name, tensor]
    }),
  )
}

export function valuesOf({ type, dims, data }: Tensor): Values {
  const read = type === 'float16' ? fromHalf : Number
  return { shape: dims, data: Float64Array.from(data as unknown as ArrayLike<number>, read) }
}

/** Root mean square of the differences, in relation to how much the expected values vary. */
export function errorOf(actual: Values, expected: Values): number {
  const mean = expected.data.reduce((sum, value) => sum + value, 0) / expected.data.length
  let error = 0
  let variation = 0
  expected.data.forEach((value, index) => {
    error += ((actual.data[index] as number) - value) ** 2
    variation += (value - mean) ** 2
  })
  return Math.sqrt(error / variation)
}
