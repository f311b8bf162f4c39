import type { Operation } from './call.ts'

/**
 * A recurrent layer over X [T, B, I] (or [B, T, I]) with W [directions, gates × H, I] and R [directions, gates × H, H]:
 * MACs are T × B × directions × gates × (I × H + H²).
 * @param gates matrices per direction; `flops` of a unit per step, for its activations
 */
function recurrent(gates: number, flops: number): Operation {
  return (call) => {
    const { type, shape } = call.input(0)
    const weights = call.shape(1)
    const hidden = call.number('hidden_size', call.shape(2)?.[2] ?? Number.NaN)
    const isBatchFirst = call.number('layout', 0) === 1
    const [first, second, inputs] = shape ?? [Number.NaN, Number.NaN, Number.NaN]
    const [steps, batch] = (isBatchFirst ? [second, first] : [first, second]) as [number, number]
    const directions = weights?.[0] ?? (call.text('direction', 'forward') === 'bidirectional' ? 2 : 1)
    const depth = inputs ?? Number.NaN
    const last = isBatchFirst ? [batch, directions, hidden] : [directions, batch, hidden]
    const all = isBatchFirst ? [batch, steps, directions, hidden] : [steps, directions, batch, hidden]
    const cells = steps * batch * directions
    return {
      outputs: [
        { type, shape: all },
        { type, shape: last },
        { type, shape: last },
      ].slice(0, call.outputCount),
      macs: cells * gates * (depth * hidden + hidden * hidden),
      flops: cells * hidden * (flops + (call.has(3) ? 2 * gates : 0)),
    }
  }
}

export const RECURRENT: Readonly<Record<string, Operation>> = {
  RNN: recurrent(1, 5),
  GRU: recurrent(3, 19),
  LSTM: recurrent(4, 25),
  DynamicQuantizeLSTM: recurrent(4, 25),
}
