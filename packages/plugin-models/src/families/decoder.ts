import { sizeOf, type Graph, type Tensor } from '../graph/graph.ts'
import type { GraphBuilder } from '../graph/graph-builder.ts'
import { normal } from '../graph/spread.ts'
import { activate } from '../layers/activation.ts'
import { concatenate, split, transpose } from '../layers/arrange.ts'
import { attend, toHeads } from '../layers/attention.ts'
import { dense } from '../layers/dense.ts'
import { add, multiply } from '../layers/elementwise.ts'
import { embeddingTable, idInput, lookUp } from '../layers/embedding.ts'
import { causalMask } from '../layers/mask.ts'
import { layerNormalization, rmsNormalization } from '../layers/normalization.ts'
import { rotate, rotation, type Rotation } from '../layers/rotary.ts'
import { flag, oneOf, whole, type Family } from './family.ts'

/**
 * A transformer decoder that continues text. Input `input_ids` [N, S], output `logits` [N, S, vocabulary]; with `cache`
 * also `past_key_values.<layer>.key` and `.value` [N, kvHeads, P, width / heads] in, P of them 0 at first, and
 * `present.<layer>.key` and `.value` with P + S out.
 */
export interface DecoderShape {
  readonly family: 'decoder'
  /**
   * - `gpt2` (Radford et al. 2019): learned positions, layer normalisation, GELU, biases, one table for both ends
   * - `llama` (Touvron et al. 2023): rotated positions, RMS normalisation, gated SiLU, no biases, a table for each end
   */
  readonly style: 'gpt2' | 'llama'
  /** Default 12. */
  readonly layers: number
  /** Default 768. */
  readonly width: number
  /** Divide the width. Default 12. */
  readonly heads: number
  /** Heads of keys and values, which divide the heads; 0: as many as heads. Default 0. */
  readonly kvHeads: number
  /** Units between the dense layers of a block. Default 3072. */
  readonly hidden: number
  /** Default 50257. */
  readonly vocabulary: number
  /** Longest text. Default 1024. */
  readonly positions: number
  /** Base of the rotated positions' angles. Default 10000. */
  readonly base: number
  /** Whether keys and values come in and go out. Default `true`. */
  readonly cache: boolean
  /** Tokens of a request that static metrics are counted for; requests may have any number. Default 1. */
  readonly sequence: number
  /** Tokens in the cache that static metrics are counted for. Default 128. */
  readonly past: number
  /** `last`: logits [N, 1, vocabulary] of the last token only. Default `all`. */
  readonly logits: 'all' | 'last'
}

export const decoder: Family<DecoderShape> = {
  name: 'decoder',
  fields: {
    style: oneOf('gpt2', ['gpt2', 'llama']),
    layers: whole(12, 1, 512),
    width: whole(768, 1, 65_536),
    heads: whole(12, 1, 1024),
    kvHeads: whole(0, 0, 1024),
    hidden: whole(3072),
    vocabulary: whole(50_257, 1, 10_000_000),
    positions: whole(1024),
    base: whole(10_000, 1, 100_000_000),
    cache: flag(true),
    sequence: whole(1),
    past: whole(128, 0),
    logits: oneOf('all', ['all', 'last']),
  },
  check({ style, width, heads, kvHeads }) {
    const problems = []
    if (width % heads !== 0)
      problems.push({ path: 'heads', message: `must divide the width of ${width}, not ${heads}.` })
    if (kvHeads > 0 && heads % kvHeads !== 0) {
      problems.push({ path: 'kvHeads', message: `must divide the ${heads} heads, not ${kvHeads}.` })
    }
    if (style === 'llama' && (width / heads) % 2 !== 0) {
      problems.push({ path: 'heads', message: 'must leave an even size for each: its halves are rotated.' })
    }
    return problems
  },
  nameOf: ({ style, layers, width, heads }) => `${style}-${layers}x${width}x${heads}`,
  build: (graph, shape) => new Decoder(graph, shape).build(),
}

class Decoder {
  readonly #graph: GraphBuilder
  readonly #shape: DecoderShape
  readonly #kvHeads: number
  readonly #present: Record<string, Tensor> = {}
  /** Each shortcut adds its branch to the trunk: all together double it at most. */
  readonly #branch: { readonly meanSquare: number; readonly bias: number | null }

  constructor(graph: GraphBuilder, shape: DecoderShape) {
    this.#graph = graph
    this.#shape = shape
    this.#kvHeads = shape.kvHeads === 0 ? shape.heads : shape.kvHeads
    this.#branch = { meanSquare: 1 / (2 * shape.layers), bias: shape.style === 'gpt2' ? 0.001 : null }
  }

  build(): Graph {
    const { style, layers, width, heads, vocabulary, positions: rows, base } = this.#shape
    const { sequence, past: cached, cache } = this.#shape
    const graph = this.#graph
    graph.size('S', sequence)
    if (cache) {
      graph.size('P', cached)
      graph.size('P+S', cached + sequence)
    }
    const ids = idInput(graph, 'input_ids', ['N', 'S'], vocabulary)
    const caches = Array.from({ length: cache ? layers : 0 }, (_, layer) => this.#declareCache(layer))
    const { positions, mask } = causalMask(graph, ids, caches[0]?.key ?? null)
    // As in GPT-2 itself: its table is the output layer, too.
    const words = embeddingTable(graph, 'words.table', vocabulary, width, style === 'gpt2' ? 0.02 : 1)
    let x = lookUp(graph, 'words', words, ids)
    let turn: Rotation | null = null
    if (style === 'llama') turn = rotation(graph, positions, { size: width / heads, rows, base })
    else {
      const table = embeddingTable(graph, 'positions.table', rows, width, 0.002)
      x = add(graph, 'embeddings', x, lookUp(graph, 'places', table, positions))
    }
    for (let layer = 0; layer < layers; layer++) {
      x = this.#attention(layer, x, mask, turn, caches[layer] ?? null)
      x = style === 'llama' ? this.#gatedHidden(layer, x) : this.#hidden(layer, x)
    }
    x = this.#normalize('norm', this.#shape.logits === 'last' ? this.#last(x) : x)
    return graph.finish({ logits: this.#head(x, words), ...this.#present })
  }

  #declareCache(layer: number): { readonly key: Tensor; readonly value: Tensor } {
    const shape = ['N', this.#kvHeads, 'P', this.#shape.width / this.#shape.heads]
    const [key, value] = ['key', 'value'].map((part) =>
      this.#graph.input(`past_key_values.${layer}.${part}`, shape),
    )
    return { key, value } as { key: Tensor; value: Tensor }
  }

  #attention(
    index: number,
    x: Tensor,
    mask: Tensor,
    turn: Rotation | null,
    cache: { readonly key: Tensor; readonly value: Tensor } | null,
  ): Tensor {
    const graph = this.#graph
    const layer = `layer${index + 1}`
    const [query, key, value] = this.#project(layer, this.#normalize(`${layer}.norm1`, x))
    let q = toHeads(graph, `${layer}.query.heads`, query, this.#shape.heads)
    let k = toHeads(graph, `${layer}.key.heads`, key, this.#kvHeads)
    let v = toHeads(graph, `${layer}.value.heads`, value, this.#kvHeads)
    if (turn !== null) {
      q = rotate(graph, `${layer}.query.turned`, q, turn)
      k = rotate(graph, `${layer}.key.turned`, k, turn)
    }
    if (cache !== null) {
      k = concatenate(graph, `${layer}.keys`, [cache.key, k], 2, 'P+S')
      v = concatenate(graph, `${layer}.values`, [cache.value, v], 2, 'P+S')
      this.#present[`present.${index}.key`] = k
      this.#present[`present.${index}.value`] = v
    }
    const context = attend(graph, `${layer}.attention`, { q, k, v, mask })
    return add(
      graph,
      `${layer}.sum1`,
      x,
      dense(graph, `${layer}.projection`, context, this.#shape.width, this.#branch),
    )
  }

  #project(layer: string, x: Tensor): readonly [Tensor, Tensor, Tensor] {
    const { style, width, heads } = this.#shape
    const narrow = (width / heads) * this.#kvHeads
    const sizes = [width, narrow, narrow]
    if (style === 'gpt2') {
      const all = dense(this.#graph, `${layer}.qkv`, x, width + 2 * narrow)
      return split(this.#graph, `${layer}.qkv.parts`, all, sizes, -1) as [Tensor, Tensor, Tensor]
    }
    return ['query', 'key', 'value'].map((part, index) =>
      dense(this.#graph, `${layer}.${part}`, x, sizes[index] as number, { bias: null }),
    ) as [Tensor, Tensor, Tensor]
  }

  #hidden(index: number, x: Tensor): Tensor {
    const layer = `layer${index + 1}`
    const y = dense(this.#graph, `${layer}.hidden`, this.#normalize(`${layer}.norm2`, x), this.#shape.hidden)
    const inner = activate(this.#graph, 'gelu', `${layer}.hidden`, y)
    return add(
      this.#graph,
      `${layer}.sum2`,
      x,
      dense(this.#graph, `${layer}.output`, inner, this.#shape.width, this.#branch),
    )
  }

  #gatedHidden(index: number, x: Tensor): Tensor {
    const graph = this.#graph
    const layer = `layer${index + 1}`
    const y = this.#normalize(`${layer}.norm2`, x)
    const [gate, up] = ['gate', 'up'].map((part) =>
      dense(graph, `${layer}.${part}`, y, this.#shape.hidden, { bias: null }),
    ) as [Tensor, Tensor]
    const inner = multiply(graph, `${layer}.inner`, activate(graph, 'silu', `${layer}.gate`, gate), up)
    return add(
      graph,
      `${layer}.sum2`,
      x,
      dense(graph, `${layer}.down`, inner, this.#shape.width, this.#branch),
    )
  }

  #normalize(layer: string, x: Tensor): Tensor {
    return this.#shape.style === 'llama'
      ? rmsNormalization(this.#graph, layer, x)
      : layerNormalization(this.#graph, layer, x)
  }

  #last(x: Tensor): Tensor {
    const shape = ['N', 1, sizeOf(x, -1)]
    return this.#graph.node(
      'Gather',
      'last',
      [x, this.#graph.list([-1])],
      { shape, spread: x.spread },
      {
        axis: { int: 1 },
      },
    )
  }

  #head(x: Tensor, words: Tensor): Tensor {
    const { style, vocabulary } = this.#shape
    if (style === 'llama') return dense(this.#graph, 'head', x, vocabulary, { bias: null })
    const table = transpose(this.#graph, 'head.table', words, [1, 0])
    const shape = [...x.shape.slice(0, -1), vocabulary]
    const spread = normal(x.spread.meanSquare * words.spread.meanSquare * sizeOf(x, -1))
    return this.#graph.node('MatMul', 'head', [x, table], { shape, spread })
  }
}
