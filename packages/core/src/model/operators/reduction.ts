import type { ElementType } from '../datatype.ts'
import type { Call, Operation } from './call.ts'
import { axisOf, elementsOf, type Shape } from './tensor.ts'

type Fold = (values: readonly number[]) => number

/** The sizes that remain; all of them 1 with `keep`. */
export function reduced(from: Shape, axes: readonly number[], keep: boolean): Shape {
  const gone = new Set(axes.map((axis) => axisOf(axis, from.length)))
  return keep
    ? from.map((size, axis) => (gone.has(axis) ? 1 : size))
    : from.filter((_, axis) => !gone.has(axis))
}

function reduce(flopsPerElement: number, fold?: Fold): Operation {
  return (call) => {
    const { type, shape: from, values } = call.input(0)
    const given = call.numbersOrInput('axes', 1)
    const keep = call.number('keepdims', 1) === 1
    if (from === null || (given === null && call.has(1)))
      return {
        outputs: [{ type, shape: from === null ? null : unknownAxes(call, from, keep) }],
        flops: flopsPerElement * elementsOf(from),
      }
    const isNothing = (given?.length ?? 0) === 0 && call.number('noop_with_empty_axes', 0) === 1
    if (isNothing) return { outputs: [{ type, shape: from, values: values ?? null }] }
    const axes = given === null || given.length === 0 ? from.map((_, axis) => axis) : given
    const whole = axes.length === from.length && fold !== undefined && values
    return {
      outputs: [{ type, shape: reduced(from, axes, keep), values: whole ? [fold(values)] : null }],
      flops: flopsPerElement * elementsOf(from),
    }
  }
}

function unknownAxes(call: Call, from: Shape, keep: boolean): Shape | null {
  const rank = from.length - (keep ? 0 : (call.shape(1)?.[0] ?? Number.NaN))
  return rank >= 0 ? Array.from({ length: rank }, () => Number.NaN) : null
}

function arg(type: ElementType): Operation {
  return (call) => {
    const from = call.shape(0)
    const shape =
      from === null ? null : reduced(from, [call.number('axis', 0)], call.number('keepdims', 1) === 1)
    return { outputs: [{ type, shape }], flops: elementsOf(from) }
  }
}

const topK: Operation = (call) => {
  const { type, shape: from } = call.input(0)
  const count = call.number('k', call.values(1)?.[0] ?? Number.NaN)
  const shape = from?.with(axisOf(call.number('axis', -1), from.length), count) ?? null
  return {
    outputs: [
      { type, shape },
      { type: 'INT64', shape },
    ],
    flops: elementsOf(from),
  }
}

const cumSum: Operation = (call) => {
  const { type, shape, values } = call.input(0)
  const isPlain = call.number('exclusive', 0) === 0 && call.number('reverse', 0) === 0
  let sum = 0
  const sums = shape?.length === 1 && isPlain ? values?.map((value) => (sum += value)) : null
  return { outputs: [{ type, shape, values: sums ?? null }], flops: elementsOf(shape) }
}

const sum: Fold = (values) => values.reduce((total, value) => total + value, 0)

export const REDUCTIONS: Readonly<Record<string, Operation>> = {
  ReduceSum: reduce(1, sum),
  ReduceMean: reduce(1, (values) => sum(values) / values.length),
  ReduceMax: reduce(1, (values) => Math.max(...values)),
  ReduceMin: reduce(1, (values) => Math.min(...values)),
  ReduceProd: reduce(1, (values) => values.reduce((product, value) => product * value, 1)),
  ReduceSumSquare: reduce(2),
  ReduceL1: reduce(2),
  ReduceL2: reduce(2),
  ReduceLogSum: reduce(1),
  ReduceLogSumExp: reduce(5),
  ArgMax: arg('INT64'),
  ArgMin: arg('INT64'),
  TopK: topK,
  CumSum: cumSum,
  CumProd: cumSum,
}
