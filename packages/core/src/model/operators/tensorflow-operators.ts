import type { ElementType } from '../datatype.ts'
import { Call, type Operation, type Outcome } from './call.ts'
import { slide } from './convolution.ts'
import { ELEMENTWISE, nary, unary } from './elementwise.ts'
import { MOVES, permute, sliceRange } from './move.ts'
import { likeInput } from './normalization.ts'
import { matrixProduct, PRODUCTS } from './product.ts'
import { reduced } from './reduction.ts'
import { axisOf, broadcast, elementsOf, MOST_FOLDED, type Shape } from './tensor.ts'

const nothing = Number.NaN

function typeOf(call: Call, name: string): ElementType | null {
  const attribute = call.attribute(name)
  return attribute?.kind === 'types' ? (attribute.value[0]?.type ?? null) : null
}

function shapeOf(call: Call, name: string): Shape | null {
  const attribute = call.attribute(name)
  const shape = attribute?.kind === 'types' ? attribute.value[0]?.shape : null
  return shape?.map((size) => (typeof size === 'number' ? size : nothing)) ?? null
}

function one(
  type: ElementType | null,
  shape: Shape | null,
  values: readonly number[] | null = null,
): Outcome {
  return { outputs: [{ type, shape, values }] }
}

function scalar(call: Call, index: number): number {
  return call.values(index)?.[0] ?? nothing
}

/** Runs ONNX's operation of the same meaning on other inputs. */
function as(operation: Operation | undefined, change: (call: Call) => Partial<Call> = () => ({})): Operation {
  return (call) => {
    const { operator = call.operator, inputs = call.inputs, attributes = call.attributes } = change(call)
    return (operation as Operation)(new Call(operator, 18, inputs, call.outputCount, attributes))
  }
}

const constant: Operation = (call) => {
  const held = call.constant('value')
  if (held === null) return one(null, null)
  return { outputs: [{ type: held.type, shape: held.shape, values: held.values, constants: [held] }] }
}

const placeholder: Operation = (call) => one(typeOf(call, 'dtype'), shapeOf(call, 'shape'))

const same: Operation = (call) => {
  const { type, shape, values = null } = call.input(0)
  return one(type, shape, values)
}

/** Where the sizes of each kind of axis are. */
interface Layout {
  readonly spatial: readonly number[]
  readonly channel: number
}

function layoutOf(call: Call, rank: number): Layout {
  const format = call.text('data_format', 'NHWC')
  const isLast = !format.startsWith('NC')
  return {
    spatial: Array.from({ length: rank - 2 }, (_, index) => index + (isLast ? 1 : 2)),
    channel: isLast ? rank - 1 : 1,
  }
}

function pick(list: readonly number[] | null, axes: readonly number[], fallback: number): Shape {
  return axes.map((axis) => list?.[axis] ?? fallback)
}

/** How often a kernel fits along each spatial axis. */
function slideOver(call: Call, from: Shape, kernel: Shape, { spatial }: Layout): Shape {
  const padding = call.text('padding', 'VALID')
  const explicit = call.numbers('explicit_paddings')
  return slide(
    spatial.map((axis) => from[axis] ?? nothing),
    {
      kernel,
      strides: pick(call.numbers('strides'), spatial, 1),
      dilations: pick(call.numbers('dilations'), spatial, 1),
      pads:
        padding === 'EXPLICIT'
          ? [
              ...spatial.map((axis) => explicit?.[2 * axis] ?? 0),
              ...spatial.map((axis) => explicit?.[2 * axis + 1] ?? 0),
            ]
          : [...kernel, ...kernel].map(() => 0),
      autoPad: padding === 'SAME' ? 'SAME_UPPER' : 'NOTSET',
      ceil: false,
    },
  )
}

function place(from: Shape, { spatial, channel }: Layout, sizes: Shape, channels: number): Shape {
  return from.map((size, axis) =>
    axis === channel ? channels : spatial.includes(axis) ? (sizes[spatial.indexOf(axis)] ?? nothing) : size,
  )
}

/** Filters are [kernel…, in ÷ groups, out]. */
const convolution: Operation = (call) => {
  const { type, shape: from } = call.input(0)
  const filters = call.shape(1)
  if (from === null || filters === null) return { outputs: [{ type, shape: null }], macs: nothing }
  const layout = layoutOf(call, from.length)
  const kernel = filters.slice(0, -2)
  const shape = place(from, layout, slideOver(call, from, kernel, layout), filters.at(-1) ?? nothing)
  const outputs = elementsOf(shape)
  return {
    outputs: [{ type, shape }],
    macs: outputs * elementsOf(filters.slice(0, -1)),
    flops: Math.max(0, call.inputs.length - 2) * outputs,
  }
}

/** Filters are [height, width, in, multiplier]. */
const depthwise: Operation = (call) => {
  const { type, shape: from } = call.input(0)
  const filters = call.shape(1)
  if (from === null || filters === null) return { outputs: [{ type, shape: null }], macs: nothing }
  const layout = layoutOf(call, from.length)
  const kernel = filters.slice(0, 2)
  const channels = elementsOf(filters.slice(2))
  const shape = place(from, layout, slideOver(call, from, kernel, layout), channels)
  return { outputs: [{ type, shape }], macs: elementsOf(shape) * elementsOf(kernel) }
}

/** The transposed convolution: (output sizes, filters [kernel…, out, in], input). */
const convolutionBack: Operation = (call) => {
  const { type, shape: from } = call.input(2)
  const filters = call.shape(1)
  if (from === null || filters === null) return { outputs: [{ type, shape: null }], macs: nothing }
  const layout = layoutOf(call, from.length)
  const strides = pick(call.numbers('strides'), layout.spatial, 1)
  const isSame = call.text('padding', 'VALID') === 'SAME'
  const sizes = layout.spatial.map((axis, index) => {
    const stride = strides[index] as number
    return isSame
      ? (from[axis] ?? nothing) * stride
      : ((from[axis] ?? nothing) - 1) * stride + (filters[index] ?? nothing)
  })
  const given = call.values(0)
  const computed = place(from, layout, sizes, filters.at(-2) ?? nothing)
  const shape = computed.map((size, axis) =>
    Number.isNaN(given?.[axis] ?? nothing) ? size : (given?.[axis] as number),
  )
  return { outputs: [{ type, shape }], macs: elementsOf(from) * elementsOf(filters.slice(0, -1)) }
}

const pool: Operation = (call) => {
  const { type, shape: from } = call.input(0)
  if (from === null) return { outputs: [{ type, shape: null }], flops: nothing }
  const layout = layoutOf(call, from.length)
  const kernel = pick(call.numbers('ksize'), layout.spatial, 1)
  const shape = place(from, layout, slideOver(call, from, kernel, layout), from[layout.channel] ?? nothing)
  return { outputs: [{ type, shape }], flops: elementsOf(shape) * elementsOf(kernel) }
}

const batchNormalization: Operation = (call) => {
  const { type, shape } = call.input(0)
  const channels = { type: 'FP32' as const, shape: call.shape(1) }
  return {
    outputs: [{ type, shape }, ...Array.from({ length: call.outputCount - 1 }, () => channels)],
    flops: 2 * elementsOf(shape),
  }
}

const product: Operation = (call) =>
  matrixProduct(call.input(0), call.input(1), call.input(0).type, {
    a: call.number('transpose_a', 0) === 1 || call.number('adj_x', 0) === 1,
    b: call.number('transpose_b', 0) === 1 || call.number('adj_y', 0) === 1,
  })

const fusedProduct: Operation = (call) => {
  const outcome = product(call)
  return { ...outcome, flops: Math.max(0, call.inputs.length - 2) * elementsOf(outcome.outputs[0]?.shape) }
}

function reduce(fold?: (values: readonly number[]) => number): Operation {
  return (call) => {
    const { type, shape: from, values } = call.input(0)
    const axes = call.values(1)
    const keep = call.number('keep_dims', call.number('keepdims', 0)) === 1
    if (from === null || axes === null)
      return {
        outputs: [{ type, shape: keep ? (from?.map(() => nothing) ?? null) : null }],
        flops: elementsOf(from),
      }
    const isWhole = fold !== undefined && values && axes.length === from.length
    return {
      outputs: [{ type, shape: reduced(from, axes, keep), values: isWhole ? [fold(values)] : null }],
      flops: elementsOf(from),
    }
  }
}

const arg: Operation = (call) => {
  const from = call.shape(0)
  const axis = scalar(call, 1)
  return {
    outputs: [
      {
        type: typeOf(call, 'output_type') ?? 'INT64',
        shape: from === null ? null : reduced(from, [axis], false),
      },
    ],
    flops: elementsOf(from),
  }
}

const expandDims: Operation = (call) => {
  const { type, shape, values = null } = call.input(0)
  const axis = scalar(call, 1)
  if (shape === null || Number.isNaN(axis)) return one(type, null)
  return one(type, shape.toSpliced(axisOf(axis, shape.length + 1), 0, 1), values)
}

const squeeze: Operation = (call) => {
  const { type, shape, values = null } = call.input(0)
  const axes = call.numbers('squeeze_dims')
  const gone = axes?.length ? axes.map((axis) => axisOf(axis, shape?.length ?? 0)) : null
  return one(type, shape?.filter((size, axis) => !(gone?.includes(axis) ?? size === 1)) ?? null, values)
}

const transpose: Operation = (call) => {
  const { type, shape } = call.input(0)
  const order = call.values(1)
  if (shape === null || order === null) return one(type, shape?.map(() => nothing) ?? null)
  return one(
    type,
    order.map((axis) => shape[axis] ?? nothing),
    permute(call.input(0), order),
  )
}

const concat: Operation = (call) => {
  const axis = scalar(call, call.inputs.length - 1)
  return as(MOVES['Concat'], () => ({
    inputs: call.inputs.slice(0, -1),
    attributes: new Map([['axis', { kind: 'number', value: axis }]]),
  }))(call)
}

const pack: Operation = (call) => {
  const { type, shape } = call.input(0)
  if (shape === null) return one(type, null)
  const axis = axisOf(call.number('axis', 0), shape.length + 1)
  const lists = call.inputs.map((tensor) =>
    tensor?.shape?.length === 0 ? (tensor.values ?? [nothing]) : null,
  )
  const isList = shape.length === 0 && lists.every((list) => list !== null)
  return one(type, shape.toSpliced(axis, 0, call.inputs.length), isList ? lists.flat() : null)
}

const unpack: Operation = (call) => {
  const { type, shape, values } = call.input(0)
  const axis = axisOf(call.number('axis', 0), shape?.length ?? 0)
  return {
    outputs: Array.from({ length: call.outputCount }, (_, index) => ({
      type,
      shape: shape?.toSpliced(axis, 1) ?? null,
      values: values && shape?.length === 1 ? [values[index] ?? nothing] : null,
    })),
  }
}

const split: Operation = (call) => {
  const { type, shape } = call.input(1)
  const axis = axisOf(scalar(call, 0), shape?.length ?? 0)
  const count = call.number('num_split', call.outputCount)
  return {
    outputs: Array.from({ length: call.outputCount }, () => ({
      type,
      shape: shape?.map((size, at) => (at === axis ? size / count : size)) ?? null,
    })),
  }
}

const splitV: Operation = (call) => {
  const { type, shape } = call.input(0)
  const axis = axisOf(scalar(call, 2), shape?.length ?? 0)
  const sizes = call.values(1)
  const rest =
    (shape?.[axis] ?? nothing) - (sizes?.reduce((sum, size) => sum + Math.max(0, size), 0) ?? nothing)
  return {
    outputs: Array.from({ length: call.outputCount }, (_, index) => {
      const size = sizes?.[index] ?? nothing
      return {
        type,
        shape: shape?.map((own, at) => (at === axis ? (size === -1 ? rest : size) : own)) ?? null,
      }
    }),
  }
}

const slice: Operation = (call) => {
  const { type, shape, values } = call.input(0)
  const [begin, size] = [call.values(1), call.values(2)]
  if (shape === null || size === null) return one(type, shape?.map(() => nothing) ?? null)
  const into = shape.map((own, axis) =>
    size[axis] === -1 ? own - (begin?.[axis] ?? nothing) : (size[axis] ?? nothing),
  )
  const start = begin?.[0] ?? nothing
  return one(
    type,
    into,
    values && shape.length === 1 ? values.slice(start, start + (into[0] as number)) : null,
  )
}

const bit = (mask: number, index: number): boolean => Math.floor(mask / 2 ** index) % 2 === 1

/** Python's slices; each mask has a bit per place of the slice. */
const stridedSlice: Operation = (call) => {
  const { type, shape, values } = call.input(0)
  const [begins, ends, strides] = [1, 2, 3].map((index) => call.values(index))
  if (shape === null || !strides) return one(type, null)
  const mask = (name: string): number => call.number(name, 0)
  const into: number[] = []
  let picked: readonly number[] | null = values && shape.length === 1 ? values : null
  let axis = 0
  const fill =
    shape.length -
    strides.filter((_, index) => !bit(mask('new_axis_mask'), index) && !bit(mask('ellipsis_mask'), index))
      .length
  for (const [index, stride] of strides.entries()) {
    if (bit(mask('ellipsis_mask'), index)) {
      into.push(...shape.slice(axis, axis + fill))
      axis += fill
      continue
    }
    if (bit(mask('new_axis_mask'), index)) {
      into.push(1)
      continue
    }
    const length = shape[axis] ?? nothing
    const start = bit(mask('begin_mask'), index)
      ? stride > 0
        ? 0
        : length - 1
      : (begins?.[index] ?? nothing)
    const end = bit(mask('end_mask'), index)
      ? stride > 0
        ? length
        : -length - 1
      : (ends?.[index] ?? nothing)
    const isOne = bit(mask('shrink_axis_mask'), index)
    const range = sliceRange(length, start, end, stride)
    if (picked !== null)
      picked = isOne
        ? [picked[axisOf(start, length)] ?? nothing]
        : range.count <= MOST_FOLDED
          ? Array.from({ length: range.count }, (_, at) => picked?.[range.from + at * range.step] ?? nothing)
          : null
    if (!isOne) into.push(range.count)
    axis += 1
  }
  into.push(...shape.slice(axis))
  return one(type, into, picked)
}

const gather: Operation = (call) => {
  const axis = call.operator === 'GatherV2' ? scalar(call, 2) : 0
  const batch = call.number('batch_dims', 0)
  const [from, indices] = [call.shape(0), call.shape(1)]
  const type = call.input(0).type
  if (from === null || indices === null || Number.isNaN(axis)) return one(type, null)
  const at = axisOf(axis, from.length)
  const { values } = call.input(0)
  const wanted = call.values(1)
  return one(
    type,
    [...from.slice(0, at), ...indices.slice(batch), ...from.slice(at + 1)],
    from.length === 1 && values && wanted ? wanted.map((index) => values[index] ?? nothing) : null,
  )
}

const pad: Operation = (call) => {
  const { type, shape } = call.input(0)
  const pads = call.values(1)
  return one(
    type,
    shape?.map((size, axis) => size + (pads?.[2 * axis] ?? nothing) + (pads?.[2 * axis + 1] ?? nothing)) ??
      null,
  )
}

const fill: Operation = (call) => {
  const shape = call.values(0)
  const elements = elementsOf(shape)
  const value = scalar(call, 1)
  return one(
    call.input(1).type,
    shape,
    elements <= MOST_FOLDED ? Array.from({ length: elements }, () => value) : null,
  )
}

const shape: Operation = (call) => {
  const type = typeOf(call, 'out_type') ?? 'INT32'
  return {
    outputs: Array.from({ length: Math.max(1, call.outputCount) }, (_, index) => {
      const own = call.shape(index)
      return { type, shape: [own?.length ?? nothing], values: own }
    }),
  }
}

const cast: Operation = (call) => {
  const { shape, values = null } = call.input(0)
  const type = typeOf(call, 'DstT')
  const isInteger = type !== null && /INT/.test(type)
  return one(type, shape, isInteger ? (values?.map(Math.trunc) ?? null) : values)
}

const oneHot: Operation = (call) => {
  const indices = call.shape(0)
  if (indices === null) return one(call.input(2).type, null)
  const axis = axisOf(call.number('axis', -1), indices.length + 1)
  return one(call.input(2).type, indices.toSpliced(axis, 0, scalar(call, 1)))
}

const resize =
  (flops: number): Operation =>
  (call) => {
    const { type, shape } = call.input(0)
    const size = call.values(1)
    const into =
      shape === null
        ? null
        : [shape[0] ?? nothing, size?.[0] ?? nothing, size?.[1] ?? nothing, shape[3] ?? nothing]
    return { outputs: [{ type: flops > 0 ? 'FP32' : type, shape: into }], flops: flops * elementsOf(into) }
  }

const topK: Operation = (call) => {
  const { type, shape } = call.input(0)
  const into = shape?.with(-1, scalar(call, 1)) ?? null
  return {
    outputs: [
      { type, shape: into },
      { type: 'INT32', shape: into },
    ],
    flops: elementsOf(shape),
  }
}

const nonMaxSuppression: Operation = (call) => ({
  outputs: ['INT32' as const, 'FP32' as const, 'INT32' as const].map((type) => ({ type, shape: [nothing] })),
  flops: elementsOf(call.shape(0)),
  isLowerBound: true,
})

const combinedSuppression: Operation = (call) => {
  const batch = call.shape(0)?.[0] ?? nothing
  const total = scalar(call, 3)
  return {
    outputs: [[batch, total, 4], [batch, total], [batch, total], [batch]].map((shape, index) => ({
      type: index === 3 ? ('INT32' as const) : ('FP32' as const),
      shape,
    })),
    flops: elementsOf(call.shape(1)),
    isLowerBound: true,
  }
}

/** (steps, x [T, B, I], c [B, H], h, W [I + H, 4 H], peepholes, bias). */
const blockLstm: Operation = (call) => {
  const isBlock = call.operator.startsWith('Block')
  const x = call.shape(isBlock ? 1 : 0)
  const weights = call.shape(isBlock ? 4 : 3)
  const type = call.input(isBlock ? 1 : 0).type
  const [steps, batch, inputs] = (isBlock ? x : x && [1, ...x]) ?? [nothing, nothing, nothing]
  const hidden = (weights?.[1] ?? nothing) / 4
  const cells = (steps ?? nothing) * (batch ?? nothing)
  const full = isBlock ? [steps ?? nothing, batch ?? nothing, hidden] : [batch ?? nothing, hidden]
  return {
    outputs: Array.from({ length: Math.max(1, call.outputCount) }, () => ({ type, shape: full })),
    macs: cells * 4 * hidden * ((inputs ?? nothing) + hidden),
    flops: cells * hidden * (25 + 4),
  }
}

/** Sums of the rows that each segment names. */
const segmentSum: Operation = (call) => {
  const { type, shape } = call.input(0)
  const rows = elementsOf(call.shape(1))
  const row = elementsOf(shape?.slice(1))
  return {
    outputs: [{ type, shape: shape?.with(0, nothing) ?? null }],
    flops: rows * row,
    isLowerBound: true,
  }
}

const where: Operation = (call) => one('INT64', [nothing, call.shape(0)?.length ?? nothing])

const broadcastTo: Operation = (call) => {
  const wanted = call.values(1)
  return one(call.input(0).type, wanted === null ? null : broadcast(call.shape(0), wanted))
}

const lookups: Operation = (call) => one(call.input(2).type, call.shape(1))

const ELEMENT_NAMES: Readonly<Record<string, string>> = {
  Relu: 'Relu',
  Elu: 'Elu',
  Selu: 'Selu',
  LeakyRelu: 'LeakyRelu',
  Sigmoid: 'Sigmoid',
  Tanh: 'Tanh',
  Softplus: 'Softplus',
  Softsign: 'Softsign',
  Exp: 'Exp',
  Log: 'Log',
  Log1p: 'Log',
  Expm1: 'Exp',
  Sqrt: 'Sqrt',
  Neg: 'Neg',
  Abs: 'Abs',
  Sign: 'Sign',
  Floor: 'Floor',
  Ceil: 'Ceil',
  Round: 'Round',
  Rint: 'Round',
  Erf: 'Erf',
  Erfc: 'Erf',
  Sin: 'Sin',
  Cos: 'Cos',
  Reciprocal: 'Reciprocal',
  Inv: 'Reciprocal',
  LogicalNot: 'Not',
  IsNan: 'IsNaN',
  IsInf: 'IsInf',
  Add: 'Add',
  AddV2: 'Add',
  AddN: 'Sum',
  Sub: 'Sub',
  Mul: 'Mul',
  Div: 'Div',
  Pow: 'Pow',
  Maximum: 'Max',
  Minimum: 'Min',
  Equal: 'Equal',
  Less: 'Less',
  LessEqual: 'LessOrEqual',
  Greater: 'Greater',
  GreaterEqual: 'GreaterOrEqual',
  LogicalAnd: 'And',
  LogicalOr: 'Or',
  SelectV2: 'Where',
  Select: 'Where',
  BiasAdd: 'BiasAdd',
}

const squaredDifference = nary(2, (a, b) => (a - b) * (a - b))

const OPERATORS: ReadonlyMap<string, Operation> = new Map(
  Object.entries<Operation>({
    ...Object.fromEntries(
      Object.entries(ELEMENT_NAMES).flatMap(([name, onnx]) => {
        const operation = ELEMENTWISE[onnx]
        return operation === undefined ? [] : [[name, as(operation)]]
      }),
    ),
    Const: constant,
    VarHandleOp: constant,
    VariableV2: constant,
    Variable: constant,
    ReadVariableOp: same,
    Placeholder: placeholder,
    PlaceholderWithDefault: same,
    Identity: same,
    IdentityN: (call) => ({
      outputs: call.inputs.map((tensor) => ({ ...(tensor ?? { type: null, shape: null }) })),
    }),
    StopGradient: same,
    Snapshot: same,
    PreventGradient: same,
    CheckNumerics: same,
    EnsureShape: same,
    Enter: (call) => ({ ...same(call), isLowerBound: true }),
    Exit: same,
    NextIteration: same,
    LoopCond: same,
    Switch: (call) => ({ outputs: [0, 1].map(() => ({ ...call.input(0) })) }),
    Merge: (call) => ({
      outputs: [
        { ...(call.inputs.find((tensor) => tensor?.shape) ?? call.input(0)) },
        { type: 'INT32', shape: [] },
      ],
      isLowerBound: true,
    }),
    Relu6: unary(1, (x) => Math.min(6, Math.max(0, x))),
    Rsqrt: unary(2, (x) => 1 / Math.sqrt(x)),
    Square: unary(1, (x) => x * x),
    LogSoftmax: likeInput(5),
    Softmax: likeInput(5),
    RealDiv: nary(1, (a, b) => a / b),
    FloorDiv: nary(1, (a, b) => Math.floor(a / b)),
    FloorMod: nary(1, (a, b) => a - b * Math.floor(a / b)),
    Mod: nary(1, (a, b) => a % b),
    DivNoNan: nary(1, (a, b) => (b === 0 ? 0 : a / b)),
    MulNoNan: nary(1),
    Xdivy: nary(1),
    NotEqual: nary(1, (a, b) => (Number.isNaN(a + b) ? nothing : Number(a !== b)), 'BOOL'),
    SquaredDifference: squaredDifference,
    FakeQuantWithMinMaxVars: likeInput(4),
    FakeQuantWithMinMaxVarsPerChannel: likeInput(4),
    FakeQuantWithMinMaxArgs: likeInput(4),
    LRN: (call) => likeInput(2 * call.number('depth_radius', 5) + 5)(call),
    L2Loss: reduce(),
    Cumsum: likeInput(1),
    Conv1D: convolution,
    Conv2D: convolution,
    Conv3D: convolution,
    _FusedConv2D: convolution,
    DepthwiseConv2dNative: depthwise,
    Conv2DBackpropInput: convolutionBack,
    Conv3DBackpropInputV2: convolutionBack,
    MaxPool: pool,
    AvgPool: pool,
    MaxPool3D: pool,
    AvgPool3D: pool,
    FusedBatchNorm: batchNormalization,
    FusedBatchNormV2: batchNormalization,
    FusedBatchNormV3: batchNormalization,
    _FusedBatchNormEx: batchNormalization,
    MatMul: product,
    BatchMatMul: product,
    BatchMatMulV2: product,
    BatchMatMulV3: product,
    _FusedMatMul: fusedProduct,
    Einsum: as(PRODUCTS['Einsum']),
    BlockLSTM: blockLstm,
    BlockLSTMV2: blockLstm,
    LSTMBlockCell: blockLstm,
    Sum: reduce((values) => values.reduce((sum, value) => sum + value, 0)),
    Mean: reduce(),
    Max: reduce((values) => Math.max(...values)),
    Min: reduce((values) => Math.min(...values)),
    Prod: reduce((values) => values.reduce((product, value) => product * value, 1)),
    All: reduce((values) => Number(values.every((value) => value !== 0))),
    Any: reduce((values) => Number(values.some((value) => value !== 0))),
    ArgMax: arg,
    ArgMin: arg,
    TopKV2: topK,
    Reshape: as(MOVES['Reshape'], () => ({
      attributes: new Map([['allowzero', { kind: 'number', value: 1 }]]),
    })),
    ExpandDims: expandDims,
    Squeeze: squeeze,
    Transpose: transpose,
    ConcatV2: concat,
    Pack: pack,
    Unpack: unpack,
    Split: split,
    SplitV: splitV,
    Slice: slice,
    StridedSlice: stridedSlice,
    Gather: gather,
    GatherV2: gather,
    ResourceGather: gather,
    GatherNd: as(MOVES['GatherND']),
    ResourceGatherNd: as(MOVES['GatherND']),
    Tile: as(MOVES['Tile']),
    BroadcastTo: broadcastTo,
    Pad: pad,
    PadV2: pad,
    MirrorPad: pad,
    Fill: fill,
    ZerosLike: (call) => one(call.input(0).type, call.shape(0), call.values(0)?.map(() => 0) ?? null),
    OnesLike: (call) => one(call.input(0).type, call.shape(0), call.values(0)?.map(() => 1) ?? null),
    Range: as(MOVES['Range']),
    Shape: shape,
    ShapeN: shape,
    Size: as(MOVES['Size']),
    Rank: (call) => one('INT32', [], [call.shape(0)?.length ?? nothing]),
    BroadcastArgs: (call) => {
      const [a, b] = [call.values(0), call.values(1)]
      const into = a && b ? broadcast(a, b) : null
      return one('INT32', [into?.length ?? nothing], into)
    },
    Cast: cast,
    OneHot: oneHot,
    Where: where,
    MatrixBandPart: same,
    ReverseV2: same,
    ReverseSequence: same,
    TensorScatterUpdate: same,
    // A list of tensors is followed as one tensor with another axis in front.
    TensorListFromTensor: (call) => one(call.input(0).type, call.shape(0)),
    TensorListReserve: (call) =>
      one(typeOf(call, 'element_dtype'), [
        scalar(call, 1),
        ...(call.values(0) ?? []).map((size) => (size < 0 ? nothing : size)),
      ]),
    TensorListGetItem: (call) => one(typeOf(call, 'element_dtype'), call.shape(0)?.slice(1) ?? null),
    TensorListSetItem: (call) =>
      one(call.input(0).type, call.shape(2) && [call.shape(0)?.[0] ?? nothing, ...(call.shape(2) ?? [])]),
    TensorListStack: (call) => one(typeOf(call, 'element_dtype'), call.shape(0)),
    Unique: (call) => ({
      outputs: [
        { type: call.input(0).type, shape: [nothing] },
        { type: 'INT32', shape: call.shape(0) },
      ],
    }),
    ResizeBilinear: resize(7),
    ResizeNearestNeighbor: resize(0),
    ResizeBicubic: resize(35),
    NonMaxSuppressionV3: nonMaxSuppression,
    NonMaxSuppressionV4: nonMaxSuppression,
    NonMaxSuppressionV5: nonMaxSuppression,
    CombinedNonMaxSuppression: combinedSuppression,
    SparseSegmentSum: segmentSum,
    SparseSegmentMean: segmentSum,
    LookupTableFindV2: lookups,
    RandomUniform: (call) => one(typeOf(call, 'dtype'), call.values(0)),
    RandomStandardNormal: (call) => one(typeOf(call, 'dtype'), call.values(0)),
  }),
)

export function findTensorflowOperator(_domain: string, name: string): Operation | null {
  return OPERATORS.get(name) ?? null
}
