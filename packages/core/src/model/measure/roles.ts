import { isFloat } from '../datatype.ts'
import type { Constant } from '../graph.ts'
import { ATTENTION } from '../operators/attention.ts'
import { CONVOLUTIONS } from '../operators/convolution.ts'
import { NORMALIZATIONS } from '../operators/normalization.ts'
import { PRODUCTS } from '../operators/product.ts'
import { RECURRENT } from '../operators/recurrent.ts'
import { elementsOf } from '../operators/tensor.ts'
import type { Step } from './evaluate.ts'

/**
 * What a constant is to a model: learned; a running statistic of a normalisation; or a number that belongs to an
 * operation (bounds, axes, masks, scales of quantisation).
 */
export type Role = 'parameter' | 'statistic' | 'constant'

/** Operations whose constants are weights, however few elements they have. */
const WEIGHTED: ReadonlySet<string> = new Set([
  ...Object.keys(PRODUCTS),
  ...Object.keys(CONVOLUTIONS),
  ...Object.keys(NORMALIZATIONS),
  ...Object.keys(RECURRENT),
  ...Object.keys(ATTENTION),
  'PRelu',
  'BiasAdd',
  'BiasGelu',
  'Conv2D',
  'Conv3D',
  'DepthwiseConv2dNative',
  'Conv2DBackpropInput',
  'Conv3DBackpropInputV2',
  'BatchMatMul',
  'BatchMatMulV2',
  'BatchMatMulV3',
  'FusedBatchNorm',
  'FusedBatchNormV2',
  'FusedBatchNormV3',
  'BlockLSTM',
  'BlockLSTMV2',
  'LSTMBlockCell',
  '_FusedConv2D',
  '_FusedMatMul',
])

/** Operations that compute with small integers: their weights are no floats. */
const INTEGER: ReadonlySet<string> = new Set([
  'MatMulInteger',
  'MatMulIntegerToFloat',
  'DynamicQuantizeMatMul',
  'DynamicQuantizeLSTM',
  'QLinearMatMul',
  'QGemm',
  'QLinearConv',
  'ConvInteger',
  'QAttention',
  'MatMulNBits',
])

/** Inputs that are no weights, whatever they look like. */
const NUMBERS: ReadonlyMap<string, (input: number) => boolean> = new Map(
  Object.entries<(input: number) => boolean>({
    Clip: (input) => input > 0,
    Pad: (input) => input > 0,
    PadV2: (input) => input > 0,
    Resize: (input) => input > 0,
    Upsample: (input) => input > 0,
    OneHot: () => true,
    Range: () => true,
    Where: () => true,
    SelectV2: () => true,
    QuantizeLinear: (input) => input > 0,
    DequantizeLinear: (input) => input > 0,
    QLinearConv: (input) => input !== 3 && input !== 8,
    QLinearMatMul: (input) => input !== 0 && input !== 3,
    QGemm: (input) => input !== 0 && input !== 3 && input !== 6,
    MatMulInteger: (input) => input > 1,
    ConvInteger: (input) => input > 1,
    MatMulNBits: (input) => input !== 1 && input !== 5,
    RNN: (input) => input > 3,
    GRU: (input) => input > 3,
    LSTM: (input) => input > 3 && input !== 7,
    STFT: () => true,
    NonMaxSuppression: () => true,
  }),
)

const STATISTICS: ReadonlyMap<string, readonly number[]> = new Map(
  Object.entries<readonly number[]>({
    BatchNormalization: [3, 4],
    FusedBatchNorm: [3, 4],
    FusedBatchNormV2: [3, 4],
    FusedBatchNormV3: [3, 4],
  }),
)

/** What frameworks call them, where an exporter has taken the normalisation apart. */
const RUNNING = /(moving|running)_(mean|var(iance)?)(?![a-z])/i

/** Tables of which only the rows are read that are asked for. */
const TABLES: ReadonlySet<string> = new Set([
  'Gather',
  'GatherV2',
  'ResourceGather',
  'GatherND',
  'GatherNd',
  'ResourceGatherNd',
])

/** Whether a step reads single rows of its constant. */
export function readsRows({ operator }: Step, input: number): boolean {
  return TABLES.has(operator) && input === 0
}

/** What `constant` is to the `input` of a step. */
export function roleOf(step: Step, input: number, constant: Constant): Role {
  const { operator, call } = step
  if (NUMBERS.get(operator)?.(input)) return 'constant'
  if (STATISTICS.get(operator)?.includes(input)) return 'statistic'
  if (isFloat(constant.type) && RUNNING.test(constant.name)) return 'statistic'
  const tensor = call.input(input)
  const isNumber = isFloat(constant.type) || INTEGER.has(operator) || tensor.quantized !== undefined
  if (!isNumber) return 'constant'
  if (WEIGHTED.has(operator)) return 'parameter'
  if (readsRows(step, input)) return 'parameter'
  if (operator === 'Gather' || operator === 'GatherV2') return 'constant'
  // A bias of one element stands behind a product; other single numbers are epsilons, exponents and factors.
  const isBias = operator === 'Add' || operator === 'AddV2'
  return elementsOf(constant.shape) > 1 ||
    (isBias && constant.shape.length > 0 && comesFromProduct(step, input))
    ? 'parameter'
    : 'constant'
}

function comesFromProduct({ call }: Step, input: number): boolean {
  return call.inputs.some((other, index) => index !== input && other?.isProduct === true)
}
