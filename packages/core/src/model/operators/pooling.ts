import type { Call, Operation } from './call.ts'
import { slide, windowOf } from './convolution.ts'
import { elementsOf, type Shape } from './tensor.ts'

function kernelOf(call: Call): Shape {
  return call.numbers('kernel_shape') ?? []
}

/** Every output looks at all elements of its window. */
const pool: Operation = (call) => {
  const { type, shape: from } = call.input(0)
  if (from === null) return { outputs: [{ type, shape: null }], flops: Number.NaN }
  const kernel = kernelOf(call)
  const shape = [...from.slice(0, 2), ...slide(from.slice(2), windowOf(call, kernel))]
  const indices = { type: 'INT64' as const, shape }
  return {
    outputs: [{ type, shape }, indices].slice(0, Math.max(1, call.outputCount)),
    flops: elementsOf(shape) * elementsOf(kernel),
  }
}

const globalPool: Operation = (call) => {
  const { type, shape } = call.input(0)
  return {
    outputs: [{ type, shape: shape?.map((size, axis) => (axis < 2 ? size : 1)) ?? null }],
    flops: elementsOf(shape),
  }
}

const unpool: Operation = (call) => {
  const { type, shape: from } = call.input(0)
  const given = call.values(2)
  const { kernel, strides, pads } = windowOf(call, kernelOf(call))
  const shape =
    given ??
    from?.map((size, axis) =>
      axis < 2
        ? size
        : (size - 1) * (strides[axis - 2] ?? 1) -
          (pads[axis - 2] ?? 0) -
          (pads[axis - 2 + kernel.length] ?? 0) +
          (kernel[axis - 2] ?? Number.NaN),
    ) ??
    null
  return { outputs: [{ type, shape }] }
}

/** Bilinear samples: 8 FLOP each, and one for the maximum or the mean. */
const roiAlign: Operation = (call) => {
  const { type, shape } = call.input(0)
  const regions = call.shape(1)?.[0] ?? Number.NaN
  const ratio = call.number('sampling_ratio', 0)
  const into = [
    regions,
    shape?.[1] ?? Number.NaN,
    call.number('output_height', 1),
    call.number('output_width', 1),
  ]
  return {
    outputs: [{ type, shape: into }],
    flops: elementsOf(into) * Math.max(1, ratio * ratio) * 9,
    isLowerBound: ratio === 0,
  }
}

export const POOLING: Readonly<Record<string, Operation>> = {
  MaxPool: pool,
  AveragePool: pool,
  LpPool: pool,
  QLinearAveragePool: pool,
  GlobalMaxPool: globalPool,
  GlobalAveragePool: globalPool,
  GlobalLpPool: globalPool,
  QLinearGlobalAveragePool: globalPool,
  MaxUnpool: unpool,
  RoiAlign: roiAlign,
}
