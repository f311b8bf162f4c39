import type { Tensor } from '../operators/tensor.ts'
import type { Evaluation } from './evaluate.ts'
import { bytesOfTensor } from './measure-model.ts'

/** Largest sum of values that are needed at the same time, in the order of execution, without reusing one in place. */
export function peakOf({ steps, inputs, outputs }: Evaluation): number {
  const lastUse = new Map<Tensor, number>()
  for (const [index, { call }] of steps.entries())
    for (const input of call.inputs) if (input !== null) lastUse.set(input, index)
  for (const { tensor } of outputs) lastUse.set(tensor, steps.length)
  const live = new Map<Tensor, number>()
  let bytes = 0
  const begin = (tensor: Tensor): void => {
    if (live.has(tensor)) return
    const size = bytesOfTensor(tensor)
    live.set(tensor, size)
    bytes += size
  }
  for (const { tensor } of inputs) begin(tensor)
  let peak = bytes
  for (const [index, step] of steps.entries()) {
    for (const output of step.outputs) begin(output)
    peak = Math.max(peak, bytes)
    for (const input of new Set([...step.call.inputs, ...step.outputs])) {
      if (input === null || (lastUse.get(input) ?? index) !== index || !live.has(input)) continue
      bytes -= live.get(input) as number
      live.delete(input)
    }
  }
  return peak
}
