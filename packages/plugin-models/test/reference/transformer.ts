import type { DecoderShape } from '../../src/families/decoder.ts'
import type { EncoderShape } from '../../src/families/encoder.ts'
import { erf } from '../operations.ts'
import { columns, dot, each, plus, plusRow, product, sigmoid, softmax, type Matrix } from './matrix.ts'
import type { Weights } from './weights.ts'

/** BERT as Devlin et al. (2018) describe it, for one text: the pooler's answer. */
export function bert(
  shape: EncoderShape,
  weights: Weights,
  text: {
    readonly ids: readonly number[]
    readonly mask: readonly number[]
    readonly types: readonly number[]
  },
): number[] {
  const linear = (name: string, x: Matrix): number[][] =>
    plusRow(product(x, weights.matrix(`${name}.weight`)), weights.row(`${name}.bias`))
  const normalize = (name: string, x: Matrix): number[][] =>
    x.map((row) => standardized(row, name, weights, 1e-12))
  const [words, places, types] = ['words', 'positions', 'types'].map((name) =>
    weights.matrix(`${name}.table`),
  ) as [Matrix, Matrix, Matrix]
  const summed = text.ids.map((id, position) =>
    (words[id] as readonly number[]).map(
      (value, unit) =>
        value +
        (places[position]?.[unit] as number) +
        (types[text.types[position] as number]?.[unit] as number),
    ),
  )
  let x = normalize('embeddings', summed)
  for (let layer = 1; layer <= shape.layers; layer++) {
    const [q, k, v] = ['query', 'key', 'value'].map((name) =>
      linear(`layer${layer}.${name}`, x),
    ) as Matrix[] as [Matrix, Matrix, Matrix]
    const sees = (_from: number, to: number): boolean => text.mask[to] === 1
    const attended = linear(`layer${layer}.projection`, attention(q, k, v, shape.heads, shape.heads, sees))
    x = normalize(`layer${layer}.norm1`, plus(x, attended))
    const hidden = each(linear(`layer${layer}.hidden`, x), gelu)
    x = normalize(`layer${layer}.norm2`, plus(x, linear(`layer${layer}.output`, hidden)))
  }
  return each(linear('pooler', [x[0] as number[]]), Math.tanh)[0] as number[]
}

/** GPT-2 (Radford et al. 2019) or Llama (Touvron et al. 2023), for one text from its beginning: the logits. */
export function decode(shape: DecoderShape, weights: Weights, ids: readonly number[]): number[][] {
  const { style, heads, width, layers } = shape
  const groups = shape.kvHeads === 0 ? heads : shape.kvHeads
  const size = width / heads
  const linear = (name: string, x: Matrix): number[][] => {
    const y = product(x, weights.matrix(`${name}.weight`))
    return style === 'gpt2' ? plusRow(y, weights.row(`${name}.bias`)) : y
  }
  const normalize = (name: string, x: Matrix): number[][] =>
    x.map((row) =>
      style === 'gpt2' ? standardized(row, name, weights, 1e-5) : rooted(row, weights.row(`${name}.scale`)),
    )
  const words = weights.matrix('words.table')
  let x = ids.map((id) => [...(words[id] as readonly number[])])
  if (style === 'gpt2') x = plus(x, weights.matrix('positions.table').slice(0, ids.length))
  for (let layer = 1; layer <= layers; layer++) {
    const name = `layer${layer}`
    const y = normalize(`${name}.norm1`, x)
    let [q, k, v] = (style === 'gpt2'
      ? [0, 1, 2].map((part) => columns(linear(`${name}.qkv`, y), part * width, (part + 1) * width))
      : ['query', 'key', 'value'].map((part) => linear(`${name}.${part}`, y))) as Matrix[] as [
      Matrix,
      Matrix,
      Matrix,
    ]
    if (style === 'llama') [q, k] = [turned(q, size, shape.base), turned(k, size, shape.base)]
    const context = attention(q, k, v, heads, groups, (from, to) => to <= from)
    x = plus(x, linear(`${name}.projection`, context))
    const z = normalize(`${name}.norm2`, x)
    if (style === 'gpt2') x = plus(x, linear(`${name}.output`, each(linear(`${name}.hidden`, z), gelu)))
    else {
      const up = linear(`${name}.up`, z)
      const gate = each(linear(`${name}.gate`, z), (value) => value * sigmoid(value))
      const inner = gate.map((row, index) => row.map((value, unit) => value * (up[index]?.[unit] as number)))
      x = plus(x, linear(`${name}.down`, inner))
    }
  }
  const last = normalize('norm', x)
  return style === 'gpt2' ? last.map((row) => words.map((word) => dot(row, word))) : linear('head', last)
}

function attention(
  q: Matrix,
  k: Matrix,
  v: Matrix,
  heads: number,
  groups: number,
  sees: (from: number, to: number) => boolean,
): number[][] {
  const size = (q[0] as readonly number[]).length / heads
  const part = (x: Matrix, head: number): number[][] => columns(x, head * size, (head + 1) * size)
  const byHead = Array.from({ length: heads }, (_, head) => {
    const group = Math.floor(head / (heads / groups))
    const [queries, keys, values] = [part(q, head), part(k, group), part(v, group)]
    const shares = queries.map((query, from) =>
      softmax(keys.map((key, to) => (sees(from, to) ? dot(query, key) / Math.sqrt(size) : -Infinity))),
    )
    return product(shares, values)
  })
  return q.map((_, token) => byHead.flatMap((head) => head[token] as number[]))
}

/** Pairs (i, i + size / 2) of each head are turned by position · base^(−2i / size). */
function turned(x: Matrix, size: number, base: number): number[][] {
  return x.map((row, position) =>
    row.map((value, unit) => {
      const index = unit % size
      const half = size / 2
      const angle = position * base ** ((-2 * (index % half)) / size)
      const other = row[index < half ? unit + half : unit - half] as number
      return value * Math.cos(angle) + (index < half ? -other : other) * Math.sin(angle)
    }),
  )
}

function standardized(row: readonly number[], name: string, weights: Weights, epsilon: number): number[] {
  const [scale, shift] = [weights.row(`${name}.scale`), weights.row(`${name}.shift`)]
  const mean = row.reduce((sum, value) => sum + value, 0) / row.length
  const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / row.length
  return row.map(
    (value, unit) =>
      ((value - mean) / Math.sqrt(variance + epsilon)) * (scale[unit] as number) + (shift[unit] as number),
  )
}

function rooted(row: readonly number[], scale: readonly number[]): number[] {
  const root = Math.sqrt(dot(row, row) / row.length + 1e-5)
  return row.map((value, unit) => (value / root) * (scale[unit] as number))
}

function gelu(value: number): number {
  return 0.5 * value * (1 + erf(value / Math.SQRT2))
}
