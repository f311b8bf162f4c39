import type { Operation } from './call.ts'
import { axisOf, elementsOf, type Tensor } from './tensor.ts'

/** Outputs like the first input, at a cost per element. */
export function likeInput(flopsPerElement: number): Operation {
  return (call) => {
    const { type, shape } = call.input(0)
    return {
      outputs: Array.from({ length: Math.max(1, call.outputCount) }, () => ({ type, shape })),
      flops: flopsPerElement * elementsOf(shape),
    }
  }
}

/** The second and third output are statistics of each group. */
const layerNormalization: Operation = (call) => {
  const { type, shape } = call.input(0)
  const axis = axisOf(call.number('axis', -1), shape?.length ?? 0)
  const statistics: Tensor = { type, shape: shape?.map((size, index) => (index < axis ? size : 1)) ?? null }
  return {
    outputs: [{ type, shape }, statistics, statistics].slice(0, Math.max(1, call.outputCount)),
    flops:
      (call.operator.includes('LayerNorm') && !call.operator.includes('Simplified') ? 8 : 5) *
      elementsOf(shape),
  }
}

/** Adds two tensors (and a bias), normalises the sum, and may give the sum as well. */
const skipNormalization: Operation = (call) => {
  const { type, shape } = call.input(0)
  const isRoot = call.operator.includes('Simplified')
  const hasBias = call.has(isRoot ? 3 : 4)
  return {
    outputs: [0, 1, 2, 3].slice(0, Math.max(1, call.outputCount)).map((index) => ({
      type,
      shape: index === 0 || index === 3 ? shape : (shape?.with(-1, 1) ?? null),
    })),
    flops: ((isRoot ? 5 : 8) + 1 + (hasBias ? 1 : 0)) * elementsOf(shape),
  }
}

/** At run time only scale and shift are left. */
const batchNormalization: Operation = (call) => {
  const { type, shape } = call.input(0)
  const channels: Tensor = { type, shape: [shape?.[1] ?? Number.NaN] }
  return {
    outputs: [{ type, shape }, channels, channels, channels, channels].slice(
      0,
      Math.max(1, call.outputCount),
    ),
    flops: 2 * elementsOf(shape),
  }
}

export const NORMALIZATIONS: Readonly<Record<string, Operation>> = {
  BatchNormalization: batchNormalization,
  InstanceNormalization: likeInput(8),
  GroupNormalization: likeInput(8),
  GroupNorm: likeInput(8),
  LayerNormalization: layerNormalization,
  RMSNormalization: layerNormalization,
  SimplifiedLayerNormalization: layerNormalization,
  SkipLayerNormalization: skipNormalization,
  SkipSimplifiedLayerNormalization: skipNormalization,
  MeanVarianceNormalization: likeInput(7),
  LpNormalization: likeInput(3),
  LRN: (call) => ({
    ...likeInput(call.number('size', 1) + 4)(call),
  }),
  Softmax: likeInput(5),
  LogSoftmax: likeInput(5),
}
