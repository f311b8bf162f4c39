import { elementType } from '../onnx/read-tensor.ts'
import type { Operation } from './call.ts'
import { axisOf, elementsOf } from './tensor.ts'

/** FLOP of a fast Fourier transform of n points: 5 n log₂ n. */
function fourier(points: number): number {
  return points <= 1 ? 0 : 5 * points * Math.log2(points)
}

const dft: Operation = (call) => {
  const { type, shape: from } = call.input(0)
  if (from === null) return { outputs: [{ type, shape: null }], flops: Number.NaN }
  const axis = axisOf(call.values(2)?.[0] ?? call.number('axis', call.version >= 20 ? -2 : 1), from.length)
  const isOneSided = call.number('onesided', 0) === 1
  const isBack = call.number('inverse', 0) === 1
  const length = from[axis] ?? Number.NaN
  const natural = isOneSided && isBack ? 2 * (length - 1) : length
  const points = call.has(1) ? (call.values(1)?.[0] ?? Number.NaN) : natural
  const kept = isOneSided && !isBack ? Math.floor(points / 2) + 1 : points
  const shape = from.with(axis, kept).toSpliced(from.length - 1, 1, isOneSided && isBack ? 1 : 2)
  const transforms = elementsOf(from) / (from[axis] ?? 1) / (from.at(-1) ?? 1)
  return { outputs: [{ type, shape }], flops: transforms * fourier(points) }
}

const stft: Operation = (call) => {
  const { type, shape: from } = call.input(0)
  const step = call.values(1)?.[0] ?? Number.NaN
  const length = call.has(3) ? (call.values(3)?.[0] ?? Number.NaN) : (call.shape(2)?.[0] ?? Number.NaN)
  const frames = Math.floor(((from?.[1] ?? Number.NaN) - length) / step) + 1
  const bins = call.number('onesided', 1) === 1 ? Math.floor(length / 2) + 1 : length
  const batch = from?.[0] ?? Number.NaN
  return {
    outputs: [{ type, shape: [batch, frames, bins, 2] }],
    flops: batch * frames * (length + fourier(length)),
  }
}

const window: Operation = (call) => ({
  outputs: [
    { type: elementType(call.number('output_datatype', 1)), shape: [call.values(0)?.[0] ?? Number.NaN] },
  ],
})

const melWeightMatrix: Operation = (call) => {
  const bins = call.values(0)?.[0] ?? Number.NaN
  const length = call.values(1)?.[0] ?? Number.NaN
  return {
    outputs: [
      { type: elementType(call.number('output_datatype', 1)), shape: [Math.floor(length / 2) + 1, bins] },
    ],
  }
}

export const SIGNALS: Readonly<Record<string, Operation>> = {
  DFT: dft,
  STFT: stft,
  HannWindow: window,
  HammingWindow: window,
  BlackmanWindow: window,
  MelWeightMatrix: melWeightMatrix,
}
