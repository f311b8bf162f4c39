import type { Operation } from './call.ts'
import { axisOf, elementsOf } from './tensor.ts'

const FLOPS_PER_PIXEL: ReadonlyMap<string, number> = new Map([
  ['nearest', 0],
  ['linear', 7],
  ['cubic', 35],
])

/** Bilinear samples are 7 FLOP (three interpolations of two, and one for the place), bicubic ones 35. */
const resize: Operation = (call) => {
  const { type, shape: from } = call.input(0)
  if (from === null) return { outputs: [{ type, shape: null }] }
  const isOld = call.operator === 'Upsample' || call.version < 11
  const scales = call.numbers('scales') ?? call.values(isOld ? 1 : 2)
  const sizes = isOld ? null : call.values(3)
  const axes = call.numbers('axes') ?? from.map((_, axis) => axis)
  const isBySize = sizes !== null && sizes.length > 0
  const given = isBySize ? sizes : scales
  const known = given !== null && given.length === axes.length
  const policy = call.text('keep_aspect_ratio_policy', 'stretch')
  const ratios = isBySize ? sizes.map((size, index) => size / (from[axes[index] ?? 0] ?? Number.NaN)) : []
  const common =
    policy === 'not_larger' ? Math.min(...ratios) : policy === 'not_smaller' ? Math.max(...ratios) : null
  const shape = from.map((size, axis) => {
    const at = axes.indexOf(axis)
    if (at === -1) return size
    if (!known) return Number.NaN
    if (isBySize) return common === null ? (sizes[at] as number) : Math.round(size * common)
    return Math.floor(size * (given[at] as number))
  })
  return {
    outputs: [{ type, shape }],
    flops: (FLOPS_PER_PIXEL.get(call.text('mode', 'nearest')) ?? 0) * elementsOf(shape),
  }
}

const gridSample: Operation = (call) => {
  const { type, shape } = call.input(0)
  const grid = call.shape(1)
  const into = shape === null || grid === null ? null : [...shape.slice(0, 2), ...grid.slice(1, -1)]
  return { outputs: [{ type, shape: into }], flops: 8 * elementsOf(into) }
}

const affineGrid: Operation = (call) => {
  const size = call.values(1)
  const shape = size === null ? null : [size[0] ?? Number.NaN, ...size.slice(2), size.length - 2]
  return {
    outputs: [{ type: call.input(0).type, shape }],
    flops: 2 * elementsOf(shape) * (size?.length ?? 0),
  }
}

/** How many boxes remain depends on the data: one overlap per candidate is the least. */
const nonMaxSuppression: Operation = (call) => ({
  outputs: [{ type: 'INT64', shape: [Number.NaN, 3] }],
  flops: elementsOf(call.shape(1)),
  isLowerBound: true,
})

const centerCropPad: Operation = (call) => {
  const { type, shape } = call.input(0)
  const sizes = call.values(1)
  const axes = (call.numbers('axes') ?? shape?.map((_, axis) => axis) ?? []).map((axis) =>
    axisOf(axis, shape?.length ?? 0),
  )
  return {
    outputs: [
      {
        type,
        shape:
          shape?.map((size, axis) =>
            axes.includes(axis) ? (sizes?.[axes.indexOf(axis)] ?? Number.NaN) : size,
          ) ?? null,
      },
    ],
  }
}

export const IMAGES: Readonly<Record<string, Operation>> = {
  Resize: resize,
  Upsample: resize,
  GridSample: gridSample,
  AffineGrid: affineGrid,
  NonMaxSuppression: nonMaxSuppression,
  CenterCropPad: centerCropPad,
}
