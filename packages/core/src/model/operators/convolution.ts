import type { ElementType } from '../datatype.ts'
import type { Call, Operation, Outcome } from './call.ts'
import { elementsOf, type Shape, type Tensor } from './tensor.ts'

/** Sizes along the axes that a kernel moves over. */
export interface Window {
  readonly kernel: Shape
  readonly strides: Shape
  readonly dilations: Shape
  /** At the beginning of each axis, then at the end of each. */
  readonly pads: Shape
  readonly autoPad: string
  readonly ceil: boolean
}

export function windowOf(call: Call, kernel: Shape): Window {
  const ones = kernel.map(() => 1)
  return {
    kernel,
    strides: call.numbers('strides') ?? ones,
    dilations: call.numbers('dilations') ?? ones,
    pads: call.numbers('pads') ?? [...kernel, ...kernel].map(() => 0),
    autoPad: call.text('auto_pad', 'NOTSET'),
    ceil: call.number('ceil_mode', 0) === 1,
  }
}

/** How often a window fits: ⌊(size + pads − dilation × (kernel − 1) − 1) ÷ stride⌋ + 1. */
export function slide(size: Shape, window: Window): Shape {
  return size.map((length, axis) => {
    const stride = window.strides[axis] ?? 1
    if (window.autoPad.startsWith('SAME')) return Math.ceil(length / stride)
    const reach = (window.dilations[axis] ?? 1) * ((window.kernel[axis] ?? Number.NaN) - 1) + 1
    const isValid = window.autoPad === 'VALID'
    const before = isValid ? 0 : (window.pads[axis] ?? 0)
    const after = isValid ? 0 : (window.pads[axis + size.length] ?? 0)
    const steps = (length + before + after - reach) / stride
    if (!window.ceil) return Math.floor(steps) + 1
    const count = Math.ceil(steps) + 1
    // A window that would begin in the padding behind the end is left out.
    return (count - 1) * stride >= length + before ? count - 1 : count
  })
}

/** A convolution of `x` [N, C, …] with `weight` [M, C ÷ groups, …]. */
function convolve(
  call: Call,
  x: Tensor,
  weight: Tensor,
  hasBias: boolean,
  type: ElementType | null,
): Outcome {
  const [from, filters] = [x.shape, weight.shape]
  if (from === null || filters === null) return { outputs: [{ type, shape: null }], macs: Number.NaN }
  const kernel = call.numbers('kernel_shape') ?? filters.slice(2)
  const shape = [
    from[0] ?? Number.NaN,
    filters[0] ?? Number.NaN,
    ...slide(from.slice(2), windowOf(call, kernel)),
  ]
  const outputs = elementsOf(shape)
  return {
    outputs: [{ type, shape }],
    macs: outputs * elementsOf(filters.slice(1)),
    flops: hasBias ? outputs : 0,
  }
}

const conv: Operation = (call) =>
  convolve(call, call.input(0), call.input(1), call.has(2), call.input(0).type)

const qLinearConv: Operation = (call) =>
  convolve(call, call.input(0), call.input(3), call.has(8), call.input(7).type)

const convInteger: Operation = (call) => convolve(call, call.input(0), call.input(1), false, 'INT32')

const fusedConv: Operation = (call) => {
  const outcome = convolve(call, call.input(0), call.input(1), call.has(2), call.input(0).type)
  return { ...outcome, flops: (outcome.flops ?? 0) + elementsOf(outcome.outputs[0]?.shape) }
}

/** Every input element meets every kernel element of its group. */
const convTranspose: Operation = (call) => {
  const { type, shape: from } = call.input(0)
  const filters = call.shape(1)
  if (from === null || filters === null) return { outputs: [{ type, shape: null }], macs: Number.NaN }
  const window = windowOf(call, call.numbers('kernel_shape') ?? filters.slice(2))
  const given = call.numbers('output_shape')
  const extra = call.numbers('output_padding')
  const size = from.slice(2).map((length, axis) => {
    const stride = window.strides[axis] ?? 1
    if (given !== null) return given.at(axis - (from.length - 2)) as number
    if (window.autoPad.startsWith('SAME')) return length * stride
    const reach = (window.dilations[axis] ?? 1) * ((window.kernel[axis] ?? Number.NaN) - 1) + 1
    const pads =
      window.autoPad === 'VALID' ? 0 : (window.pads[axis] ?? 0) + (window.pads[axis + from.length - 2] ?? 0)
    return (length - 1) * stride + reach - pads + (extra?.[axis] ?? 0)
  })
  const shape = [from[0] ?? Number.NaN, (filters[1] ?? Number.NaN) * call.number('group', 1), ...size]
  return {
    outputs: [{ type, shape }],
    macs: elementsOf(from) * elementsOf(filters.slice(1)),
    flops: call.has(2) ? elementsOf(shape) : 0,
  }
}

/** Each sample of the input is put together from four neighbours first: 8 FLOP. */
const deformConv: Operation = (call) => {
  const outcome = convolve(call, call.input(0), call.input(1), call.has(3), call.input(0).type)
  return { ...outcome, flops: (outcome.flops ?? 0) + 4 * elementsOf(call.shape(2)) }
}

export const CONVOLUTIONS: Readonly<Record<string, Operation>> = {
  Conv: conv,
  QLinearConv: qLinearConv,
  ConvInteger: convInteger,
  FusedConv: fusedConv,
  ConvTranspose: convTranspose,
  DeformConv: deformConv,
}
