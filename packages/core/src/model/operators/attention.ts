import type { Call, Operation } from './call.ts'
import { elementsOf, type Shape, type Tensor } from './tensor.ts'

const nothing = Number.NaN

/** Work of softmax(Q Kᵀ) V for `heads` heads, as runtimes do it: the whole square, 5 FLOP for each softmax element. */
function core(batch: number, heads: number, queries: number, keys: number, size: number, valueSize: number) {
  const scores = batch * heads * queries * keys
  return { macs: scores * (size + valueSize), flops: scores * 6 }
}

/** Attention of operator set 23: [B, heads, S, size] or [B, S, heads × size]. */
const attention: Operation = (call) => {
  const [q, k, v] = [call.shape(0), call.shape(1), call.shape(2)]
  const type = call.input(0).type
  if (q === null || k === null || v === null) return unknown(call)
  const isFlat = q.length === 3
  const heads = isFlat ? call.number('q_num_heads', nothing) : (q[1] ?? nothing)
  const keyHeads = isFlat ? call.number('kv_num_heads', nothing) : (k[1] ?? nothing)
  const [batch, queries] = [q[0] ?? nothing, q.at(-2) ?? nothing]
  const size = isFlat ? (q[2] ?? nothing) / heads : (q[3] ?? nothing)
  const valueSize = isFlat ? (v[2] ?? nothing) / keyHeads : (v[3] ?? nothing)
  const past = call.has(4) ? (call.shape(4)?.[2] ?? nothing) : 0
  const keys = (k.at(-2) ?? nothing) + past
  const output = isFlat ? [batch, queries, heads * valueSize] : [batch, heads, queries, valueSize]
  const cache = (width: number): Tensor => ({
    type,
    shape: [batch, keyHeads, keys, width],
    ...(call.has(4) ? { grownAlong: 2 } : {}),
  })
  return {
    outputs: [
      { type, shape: output },
      cache(size),
      cache(valueSize),
      { type, shape: [batch, heads, queries, keys] },
    ].slice(0, Math.max(1, call.outputCount)),
    ...core(batch, heads, queries, keys, size, valueSize),
  }
}

/** ONNX Runtime's fused self-attention: the projection of X [B, S, D] to Q, K and V is part of it. */
const fusedAttention: Operation = (call) => {
  const [x, weights] = [call.shape(0), call.shape(1)]
  const type = call.input(0).type
  if (x === null || weights === null) return unknown(call)
  const [batch, queries, width] = x as [number, number, number]
  const columns = weights[1] ?? nothing
  const sizes = call.numbers('qkv_hidden_sizes') ?? [columns / 3, columns / 3, columns / 3]
  const heads = call.number('num_heads', nothing)
  const pastIndex = call.operator === 'QAttention' ? 8 : 4
  const past = call.has(pastIndex) ? (call.shape(pastIndex)?.[3] ?? nothing) : 0
  const [size, valueSize] = [(sizes[0] ?? nothing) / heads, (sizes[2] ?? nothing) / heads]
  const inner = core(batch, heads, queries, queries + past, size, valueSize)
  return {
    outputs: [
      { type, shape: [batch, queries, sizes[2] ?? nothing] },
      {
        type,
        shape: [2, batch, heads, queries + past, size],
        ...(call.has(pastIndex) ? { grownAlong: 3 } : {}),
      },
    ].slice(0, Math.max(1, call.outputCount)),
    macs: inner.macs + batch * queries * width * columns,
    flops: inner.flops + (call.has(2) ? batch * queries * columns : 0),
  }
}

/** MultiHeadAttention and GroupQueryAttention of ONNX Runtime: Q [B, S, heads × size] with keys and values apart. */
const groupedAttention: Operation = (call) => {
  const q = call.shape(0)
  const type = call.input(0).type
  if (q === null) return unknown(call)
  const isGrouped = call.operator === 'GroupQueryAttention'
  const heads = call.number('num_heads', nothing)
  const keyHeads = isGrouped ? call.number('kv_num_heads', nothing) : heads
  const k = call.shape(1)
  const isPacked = k === null && !call.has(1)
  const [batch, queries] = [q[0] ?? nothing, q[1] ?? nothing]
  const size = isPacked ? (q[2] ?? nothing) / (heads + 2 * keyHeads) : (q[2] ?? nothing) / heads
  const v = call.shape(2)
  const valueSize = v?.length === 3 ? (v[2] ?? nothing) / keyHeads : size
  const pastIndex = isGrouped ? 3 : 6
  const past = call.has(pastIndex) ? (call.shape(pastIndex)?.[2] ?? nothing) : 0
  const keys = (isPacked ? queries : ((k?.length === 4 ? k[2] : k?.[1]) ?? nothing)) + past
  const cache: Tensor = {
    type,
    shape: [batch, keyHeads, keys, size],
    ...(call.has(pastIndex) ? { grownAlong: 2 } : {}),
  }
  return {
    outputs: [{ type, shape: [batch, queries, heads * valueSize] }, cache, cache].slice(
      0,
      Math.max(1, call.outputCount),
    ),
    ...core(batch, heads, queries, keys, size, valueSize),
  }
}

function unknown(call: Call) {
  const outputs: Tensor[] = Array.from({ length: Math.max(1, call.outputCount) }, () => ({
    type: call.input(0).type,
    shape: null,
  }))
  return { outputs, macs: nothing }
}

/** Two multiplications and an addition for each element. */
const rotaryEmbedding: Operation = (call) => {
  const { type, shape } = call.input(0)
  return { outputs: [{ type, shape }], flops: 3 * elementsOf(shape) }
}

const embedLayerNormalization: Operation = (call) => {
  const ids = call.shape(0)
  const { type, shape: table } = call.input(2)
  const shape: Shape | null = ids === null ? null : [...ids, table?.[1] ?? nothing]
  return {
    outputs: [
      { type, shape },
      { type: 'INT32' as const, shape: [ids?.[0] ?? nothing] },
      { type, shape },
    ].slice(0, Math.max(1, call.outputCount)),
    flops: (8 + 2) * elementsOf(shape),
  }
}

export const ATTENTION: Readonly<Record<string, Operation>> = {
  Attention: (call) => (call.attributes.has('num_heads') ? fusedAttention(call) : attention(call)),
  QAttention: fusedAttention,
  MultiHeadAttention: groupedAttention,
  GroupQueryAttention: groupedAttention,
  RotaryEmbedding: rotaryEmbedding,
  EmbedLayerNormalization: embedLayerNormalization,
}
