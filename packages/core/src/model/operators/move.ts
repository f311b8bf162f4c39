import { elementType } from '../onnx/read-tensor.ts'
import type { Call, Operation, Outcome } from './call.ts'
import { spread } from './elementwise.ts'
import { axisOf, broadcast, elementsOf, MOST_FOLDED, stride, type Shape, type Tensor } from './tensor.ts'

/** Operations that only move data: no FLOP, and of sizes that are computed with. */

function result(call: Call, shape: Shape | null, values: readonly number[] | null = null): Outcome {
  return { outputs: [{ type: call.input(0).type, shape, values }] }
}

const shape: Operation = (call) => {
  const full = call.shape(0)
  const rank = full?.length ?? 0
  const start = clamp(axisOf(call.number('start', 0), rank), 0, rank)
  const end = clamp(axisOf(call.number('end', rank), rank), 0, rank)
  const values = full?.slice(start, end) ?? null
  return { outputs: [{ type: 'INT64', shape: values === null ? [Number.NaN] : [values.length], values }] }
}

const size: Operation = (call) => {
  const count = elementsOf(call.shape(0))
  return { outputs: [{ type: 'INT64', shape: [], values: [count] }] }
}

const reshape: Operation = (call) => {
  const wanted = call.numbersOrInput('shape', 1)
  const from = call.shape(0)
  const { values = null } = call.input(0)
  if (wanted === null) {
    const rank = call.shape(1)?.[0] ?? Number.NaN
    return result(call, rank >= 0 && rank < 64 ? Array.from({ length: rank }, () => Number.NaN) : null)
  }
  const keepsZero = call.number('allowzero', 0) === 1
  const known = wanted.map((size, axis) => (size === 0 && !keepsZero ? (from?.[axis] ?? Number.NaN) : size))
  return result(call, fillOne(known, elementsOf(from)), values)
}

/** A size of −1 is what remains. */
function fillOne(wanted: Shape, elements: number): Shape {
  const open = wanted.indexOf(-1)
  if (open === -1) return wanted
  const rest = wanted.reduce((product, size, axis) => (axis === open ? product : product * size), 1)
  return wanted.map((size, axis) => (axis === open ? (rest === 0 ? 0 : elements / rest) : size))
}

const flatten: Operation = (call) => {
  const from = call.shape(0)
  if (from === null) return result(call, [Number.NaN, Number.NaN])
  const axis = axisOf(call.number('axis', 1), from.length)
  return result(call, [elementsOf(from.slice(0, axis)), elementsOf(from.slice(axis))])
}

const squeeze: Operation = (call) => {
  const from = call.shape(0)
  const axes = call.numbersOrInput('axes', 1)
  if (from === null || (axes === null && call.has(1))) return result(call, null)
  const gone = axes?.map((axis) => axisOf(axis, from.length))
  const { values = null } = call.input(0)
  return result(
    call,
    from.filter((size, axis) => !(gone?.includes(axis) ?? size === 1)),
    values,
  )
}

const unsqueeze: Operation = (call) => {
  const from = call.shape(0)
  const axes = call.numbersOrInput('axes', 1)
  if (from === null || axes === null) return result(call, null)
  const rank = from.length + axes.length
  const added = new Set(axes.map((axis) => axisOf(axis, rank)))
  const rest = [...from]
  const { values = null } = call.input(0)
  return result(
    call,
    Array.from({ length: rank }, (_, axis) => (added.has(axis) ? 1 : (rest.shift() ?? Number.NaN))),
    values,
  )
}

const transpose: Operation = (call) => {
  const from = call.shape(0)
  if (from === null) return result(call, null)
  const order = call.numbers('perm') ?? from.map((_, axis) => from.length - 1 - axis)
  return result(
    call,
    order.map((axis) => from[axis] ?? Number.NaN),
    permute(call.input(0), order),
  )
}

export function permute({ shape, values }: Tensor, order: readonly number[]): readonly number[] | null {
  if (!values || shape === null) return null
  const into = order.map((axis) => shape[axis] ?? 0)
  const steps = order.map((axis) => elementsOf(shape.slice(axis + 1)))
  return stride(values, into, steps, values.length)
}

const expand: Operation = (call) => {
  const wanted = call.values(1)
  const into = wanted === null ? null : broadcast(call.shape(0), wanted)
  const x = call.input(0)
  const isKnown = x.values && elementsOf(into) <= MOST_FOLDED && into !== null
  return result(call, into, isKnown ? spread(x, into) : null)
}

const tile: Operation = (call) => {
  const repeats = call.values(1)
  const from = call.shape(0)
  if (repeats === null || from === null) return result(call, from?.map(() => Number.NaN) ?? null)
  const { values = null } = call.input(0)
  const isList =
    from.length === 1 && values !== null && Math.max(1, values.length) * (repeats[0] ?? 0) <= MOST_FOLDED
  return result(
    call,
    from.map((size, axis) => size * (repeats[axis] ?? 1)),
    isList ? Array.from({ length: repeats[0] as number }, () => values).flat() : null,
  )
}

const concat: Operation = (call) => {
  const shapes = call.inputs.map((tensor) => tensor?.shape ?? null)
  const known = shapes.find((shape) => shape !== null)
  if (known === undefined) return result(call, null)
  const axis = axisOf(call.number('axis', call.version < 4 ? 1 : 0), known.length)
  const along = shapes.reduce((sum, shape) => sum + (shape?.[axis] ?? Number.NaN), 0)
  const lists = call.inputs.map((tensor) => tensor?.values ?? null)
  const total = lists.reduce((sum, list) => sum + (list?.length ?? Infinity), 0)
  const into = known.map((size, index) =>
    index === axis ? along : (shapes.find((shape) => shape && !Number.isNaN(shape[index]))?.[index] ?? size),
  )
  // Only along the first axis do the elements lie one after the other.
  const values = axis === 0 && total <= MOST_FOLDED ? lists.flatMap((list) => list ?? []) : null
  return result(call, into, values)
}

const split: Operation = (call) => {
  const from = call.shape(0)
  const { type, values = null } = call.input(0)
  if (from === null)
    return { outputs: Array.from({ length: call.outputCount }, () => ({ type, shape: null })) }
  const axis = axisOf(call.number('axis', 0), from.length)
  const whole = from[axis] ?? Number.NaN
  const parts = call.number('num_outputs', call.outputCount)
  const each = Math.ceil(whole / parts)
  const given = call.numbersOrInput('split', 1)
  const sizes =
    given ??
    Array.from({ length: call.outputCount }, (_, index) =>
      call.has(1) ? Number.NaN : Math.min(each, whole - index * each),
    )
  let start = 0
  return {
    outputs: Array.from({ length: call.outputCount }, (_, index) => {
      const part = sizes[index] ?? Number.NaN
      const own = values !== null && from.length === 1 ? values.slice(start, start + part) : null
      start += part
      return { type, shape: from.map((size, at) => (at === axis ? part : size)), values: own }
    }),
  }
}

const slice: Operation = (call) => {
  const from = call.shape(0)
  if (from === null) return result(call, null)
  const starts = call.numbersOrInput('starts', 1)
  const ends = call.numbersOrInput('ends', 2)
  const given = call.numbersOrInput('axes', 3)
  const steps = call.values(4)
  if ((given === null && call.has(3)) || (steps === null && call.has(4)))
    return result(
      call,
      from.map(() => Number.NaN),
    )
  const count = starts?.length ?? ends?.length ?? call.shape(1)?.[0] ?? 0
  const axes = (
    given ?? Array.from({ length: Number.isNaN(count) ? from.length : count }, (_, index) => index)
  ).map((axis) => axisOf(axis, from.length))
  const into = [...from]
  let { values = null } = call.input(0)
  for (const [index, axis] of axes.entries()) {
    const length = from[axis] ?? Number.NaN
    const range = sliceRange(
      length,
      starts?.[index] ?? Number.NaN,
      ends?.[index] ?? Number.NaN,
      steps?.[index] ?? 1,
    )
    into[axis] = range.count
    values =
      from.length === 1 && values !== null && range.count >= 0
        ? Array.from({ length: range.count }, (_, at) => values?.[range.from + at * range.step] ?? Number.NaN)
        : null
  }
  return result(call, into, values)
}

/** As in Python: from the end where negative, and never outside. */
export function sliceRange(
  length: number,
  start: number,
  end: number,
  step: number,
): { readonly from: number; readonly count: number; readonly step: number } {
  const from = start < 0 ? start + length : start
  const until = end < 0 ? end + length : end
  const first = step > 0 ? clamp(from, 0, length) : clamp(from, 0, length - 1)
  const last = step > 0 ? clamp(until, 0, length) : clamp(until, -1, length - 1)
  return { from: first, count: Math.max(0, Math.ceil((last - first) / step)), step }
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high)
}

const gather: Operation = (call) => {
  const [from, indices] = [call.shape(0), call.shape(1)]
  if (from === null || indices === null) return result(call, null)
  const axis = axisOf(call.number('axis', 0), from.length)
  const into = [...from.slice(0, axis), ...indices, ...from.slice(axis + 1)]
  const { values } = call.input(0)
  const wanted = call.values(1)
  const isList = from.length === 1 && values && wanted
  return result(
    call,
    into,
    isList ? wanted.map((at) => values[axisOf(at, values.length)] ?? Number.NaN) : null,
  )
}

const gatherNd: Operation = (call) => {
  const [from, indices] = [call.shape(0), call.shape(1)]
  if (from === null || indices === null) return result(call, null)
  const batch = call.number('batch_dims', 0)
  const depth = indices.at(-1) ?? 1
  return result(call, [...indices.slice(0, -1), ...from.slice(batch + depth)])
}

const like =
  (index: number): Operation =>
  (call) =>
    result(call, call.shape(index))

const pad: Operation = (call) => {
  const from = call.shape(0)
  const pads = call.numbersOrInput('pads', 1) ?? call.numbers('paddings')
  if (from === null || pads === null) return result(call, from?.map(() => Number.NaN) ?? null)
  const axes = (call.values(3) ?? from.map((_, axis) => axis)).map((axis) => axisOf(axis, from.length))
  return result(
    call,
    from.map((size, axis) => {
      const at = axes.indexOf(axis)
      return at === -1 ? size : size + (pads[at] ?? 0) + (pads[at + axes.length] ?? 0)
    }),
  )
}

const cast: Operation = (call) => {
  const { shape, values = null } = call.input(0)
  const type = elementType(call.number('to', 0)) ?? null
  const isInteger = type !== null && !/FP|BF|BYTES/.test(type)
  const converted = isInteger
    ? values?.map((value) => (type === 'BOOL' ? toTruth(value) : Math.trunc(value)))
    : values
  return { outputs: [{ type, shape, values: converted ?? null }] }
}

function toTruth(value: number): number {
  return Number.isNaN(value) ? value : Number(value !== 0)
}

const castLike: Operation = (call) => {
  const { shape, values = null } = call.input(0)
  return { outputs: [{ type: call.input(1).type, shape, values }] }
}

const constantOfShape: Operation = (call) => {
  const into = call.values(0)
  const given = call.constant('value')
  const value = given === null ? 0 : (given.values?.[0] ?? Number.NaN)
  const elements = elementsOf(into)
  return {
    outputs: [
      {
        type: given?.type ?? 'FP32',
        shape: into ?? unknownShape(call.shape(0)?.[0]),
        values: elements <= MOST_FOLDED ? Array.from({ length: elements }, () => value) : null,
      },
    ],
  }
}

function unknownShape(rank: number | undefined): Shape | null {
  return rank !== undefined && rank >= 0 && rank < 64 ? Array.from({ length: rank }, () => Number.NaN) : null
}

const range: Operation = (call) => {
  const [start, limit, step] = [0, 1, 2].map((index) => call.values(index)?.[0] ?? Number.NaN) as [
    number,
    number,
    number,
  ]
  const count = Math.max(0, Math.ceil((limit - start) / step))
  return {
    outputs: [
      {
        type: call.input(0).type,
        shape: [count],
        values:
          count <= MOST_FOLDED ? Array.from({ length: count }, (_, index) => start + index * step) : null,
      },
    ],
  }
}

const oneHot: Operation = (call) => {
  const indices = call.shape(0)
  const depth = call.values(1)?.[0] ?? Number.NaN
  if (indices === null) return { outputs: [{ type: call.input(2).type, shape: null }] }
  const axis = axisOf(call.number('axis', -1), indices.length + 1)
  return { outputs: [{ type: call.input(2).type, shape: indices.toSpliced(axis, 0, depth) }] }
}

const depthToSpace: Operation = (call) => {
  const block = call.number('blocksize', 1)
  const [n, c, h, w] = call.shape(0) ?? []
  return result(
    call,
    [
      n,
      c === undefined ? c : c / (block * block),
      h === undefined ? h : h * block,
      w === undefined ? w : w * block,
    ].map(orUnknown),
  )
}

const spaceToDepth: Operation = (call) => {
  const block = call.number('blocksize', 1)
  const [n, c, h, w] = call.shape(0) ?? []
  return result(
    call,
    [
      n,
      c === undefined ? c : c * block * block,
      h === undefined ? h : h / block,
      w === undefined ? w : w / block,
    ].map(orUnknown),
  )
}

function orUnknown(size: number | undefined): number {
  return size ?? Number.NaN
}

/** As many as the data has. */
const nonZero: Operation = (call) => {
  const x = call.input(0)
  const rank = x.shape?.length ?? Number.NaN
  const known = x.values && !x.values.some(Number.isNaN) ? x.values : null
  if (known && x.shape?.length === 1) {
    const found = known.flatMap((value, index) => (value === 0 ? [] : [index]))
    return { outputs: [{ type: 'INT64', shape: [1, found.length], values: found }] }
  }
  const count = known?.filter((value) => value !== 0).length ?? Number.NaN
  return { outputs: [{ type: 'INT64', shape: [rank === 0 ? 1 : rank, count] }] }
}

const compress: Operation = (call) => {
  const from = call.shape(0)
  const axis = call.number('axis', Number.NaN)
  const chosen = call.values(1)?.filter((value) => value !== 0).length ?? Number.NaN
  if (from === null) return result(call, null)
  return result(call, Number.isNaN(axis) ? [chosen] : from.with(axisOf(axis, from.length), chosen))
}

const unique: Operation = (call) => {
  const from = call.shape(0)
  const given = call.number('axis', Number.NaN)
  const axis = axisOf(given, from?.length ?? 0)
  const found = Number.isNaN(given) ? [Number.NaN] : (from?.with(axis, Number.NaN) ?? null)
  const places = Number.isNaN(given) ? elementsOf(from) : (from?.[axis] ?? Number.NaN)
  const list: Tensor = { type: 'INT64', shape: [Number.NaN] }
  return {
    outputs: [
      { type: call.input(0).type, shape: found },
      list,
      { type: 'INT64' as const, shape: [places] },
      list,
    ].slice(0, Math.max(1, call.outputCount)),
  }
}

const eyeLike: Operation = (call) => ({
  outputs: [{ type: elementType(call.number('dtype', 0)) ?? call.input(0).type, shape: call.shape(0) }],
})

const randomOf: Operation = (call) => ({
  outputs: [{ type: elementType(call.number('dtype', 1)), shape: call.numbers('shape') }],
})

const randomLike: Operation = (call) => ({
  outputs: [{ type: elementType(call.number('dtype', 0)) ?? call.input(0).type, shape: call.shape(0) }],
})

const dropout: Operation = (call) => ({
  outputs: [
    { type: call.input(0).type, shape: call.shape(0) },
    { type: 'BOOL' as const, shape: call.shape(0) },
  ].slice(0, Math.max(1, call.outputCount)),
})

const constant: Operation = (call) => {
  const held = call.constant('value') ?? call.constant('sparse_value')
  if (held !== null)
    return { outputs: [{ type: held.type, shape: held.shape, values: held.values, constants: [held] }] }
  for (const [name, type] of [
    ['value_int', 'INT64'],
    ['value_float', 'FP32'],
  ] as const) {
    const value = call.number(name, Number.NaN)
    if (!Number.isNaN(value)) return { outputs: [{ type, shape: [], values: [value] }] }
  }
  const integers = call.numbers('value_ints')
  const values = integers ?? call.numbers('value_floats')
  return {
    outputs: [
      values === null
        ? { type: 'BYTES', shape: [] }
        : { type: integers === null ? 'FP32' : 'INT64', shape: [values.length], values },
    ],
  }
}

/** As the first input. */
const same = like(0)

export const MOVES: Readonly<Record<string, Operation>> = {
  Shape: shape,
  Size: size,
  Reshape: reshape,
  Flatten: flatten,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Transpose: transpose,
  Expand: expand,
  Tile: tile,
  Concat: concat,
  Split: split,
  Slice: slice,
  Gather: gather,
  GatherElements: like(1),
  GatherND: gatherNd,
  Scatter: same,
  ScatterElements: same,
  ScatterND: same,
  TensorScatter: same,
  Pad: pad,
  Cast: cast,
  CastLike: castLike,
  Constant: constant,
  ConstantOfShape: constantOfShape,
  Range: range,
  OneHot: oneHot,
  DepthToSpace: depthToSpace,
  SpaceToDepth: spaceToDepth,
  NonZero: nonZero,
  Compress: compress,
  Unique: unique,
  EyeLike: eyeLike,
  Trilu: same,
  ReverseSequence: same,
  RandomNormal: randomOf,
  RandomUniform: randomOf,
  RandomNormalLike: randomLike,
  RandomUniformLike: randomLike,
  Bernoulli: randomLike,
  Dropout: dropout,
}
