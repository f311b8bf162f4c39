import { OnnxGraph } from './onnx-graph.ts'

/** Published architectures as exporters write them, without the values of their weights. */

class Net {
  readonly graph = new OnnxGraph()
  #weights = 0

  weight(...shape: number[]): string {
    return this.graph.weight(`weight${this.#weights++}`, shape)
  }

  conv(
    x: string,
    from: number,
    to: number,
    kernel: number,
    stride = 1,
    pad = 0,
    groups = 1,
    bias = false,
  ): string {
    const weights = [this.weight(to, from / groups, kernel, kernel), ...(bias ? [this.weight(to)] : [])]
    return this.graph.node('Conv', [x, ...weights], {
      kernel_shape: [kernel, kernel],
      strides: [stride, stride],
      pads: [pad, pad, pad, pad],
      group: groups,
    })
  }

  norm(x: string, channels: number): string {
    return this.graph.node('BatchNormalization', [x, ...[0, 1, 2, 3].map(() => this.weight(channels))])
  }

  relu(x: string): string {
    return this.graph.node('Relu', [x])
  }

  maxPool(x: string, kernel: number, stride: number, pad = 0): string {
    return this.graph.node('MaxPool', [x], {
      kernel_shape: [kernel, kernel],
      strides: [stride, stride],
      pads: [pad, pad, pad, pad],
    })
  }

  head(x: string, from: number, to: number): string {
    const flat = this.graph.node('Flatten', [this.graph.node('GlobalAveragePool', [x])])
    return this.linear(flat, from, to)
  }

  linear(x: string, from: number, to: number): string {
    return this.graph.node('Gemm', [x, this.weight(to, from), this.weight(to)], { transB: 1 })
  }

  image(size = 224): string {
    return this.graph.input('image', ['batch', 3, size, size])
  }

  finish(output: string): Buffer {
    this.graph.output(output)
    return this.graph.model()
  }
}

export function alexNet(): Buffer {
  const net = new Net()
  let x = net.image()
  const stages = [
    [3, 64, 11, 4, 2, true],
    [64, 192, 5, 1, 2, true],
    [192, 384, 3, 1, 1, false],
    [384, 256, 3, 1, 1, false],
    [256, 256, 3, 1, 1, true],
  ] as const
  for (const [from, to, kernel, stride, pad, pooled] of stages) {
    x = net.relu(net.conv(x, from, to, kernel, stride, pad, 1, true))
    if (pooled) x = net.maxPool(x, 3, 2)
  }
  x = net.graph.node('Flatten', [x])
  x = net.relu(net.linear(x, 9216, 4096))
  return net.finish(net.linear(net.relu(net.linear(x, 4096, 4096)), 4096, 1000))
}

export function vgg16(): Buffer {
  const net = new Net()
  let x = net.image()
  let from = 3
  for (const [to, count] of [
    [64, 2],
    [128, 2],
    [256, 3],
    [512, 3],
    [512, 3],
  ] as const) {
    for (let index = 0; index < count; index++) {
      x = net.relu(net.conv(x, from, to, 3, 1, 1, 1, true))
      from = to
    }
    x = net.maxPool(x, 2, 2)
  }
  x = net.graph.node('Flatten', [x])
  x = net.relu(net.linear(x, 25_088, 4096))
  return net.finish(net.linear(net.relu(net.linear(x, 4096, 4096)), 4096, 1000))
}

/** @param early the stride in the first convolution of a bottleneck, as in the paper, not in the second one */
export function resNet(blocks: readonly number[], bottleneck: boolean, early = false): Buffer {
  const net = new Net()
  let x = net.maxPool(net.relu(net.norm(net.conv(net.image(), 3, 64, 7, 2, 3), 64)), 3, 2, 1)
  let from = 64
  for (const [stage, count] of blocks.entries()) {
    const width = 64 * 2 ** stage
    const to = bottleneck ? 4 * width : width
    for (let block = 0; block < count; block++) {
      const stride = block === 0 && stage > 0 ? 2 : 1
      const shortcut = from === to && stride === 1 ? x : net.norm(net.conv(x, from, to, 1, stride), to)
      let y = x
      if (bottleneck) {
        y = net.relu(net.norm(net.conv(y, from, width, 1, early ? stride : 1), width))
        y = net.relu(net.norm(net.conv(y, width, width, 3, early ? 1 : stride, 1), width))
        y = net.norm(net.conv(y, width, to, 1), to)
      } else {
        y = net.relu(net.norm(net.conv(y, from, width, 3, stride, 1), width))
        y = net.norm(net.conv(y, width, width, 3, 1, 1), width)
      }
      x = net.relu(net.graph.node('Add', [y, shortcut]))
      from = to
    }
  }
  return net.finish(net.head(x, from, 1000))
}

export function mobileNetV1(): Buffer {
  const net = new Net()
  let x = net.relu(net.norm(net.conv(net.image(), 3, 32, 3, 2, 1), 32))
  let from = 32
  const layers = [
    [64, 1],
    [128, 2],
    [128, 1],
    [256, 2],
    [256, 1],
    [512, 2],
    ...Array.from({ length: 5 }, () => [512, 1]),
    [1024, 2],
    [1024, 1],
  ] as [number, number][]
  for (const [to, stride] of layers) {
    x = net.relu(net.norm(net.conv(x, from, from, 3, stride, 1, from), from))
    x = net.relu(net.norm(net.conv(x, from, to, 1), to))
    from = to
  }
  return net.finish(net.head(x, 1024, 1000))
}

export function mobileNetV2(): Buffer {
  const net = new Net()
  const clip = (x: string): string => net.graph.node('Clip', [x, net.graph.scalar(0), net.graph.scalar(6)])
  let x = clip(net.norm(net.conv(net.image(), 3, 32, 3, 2, 1), 32))
  let from = 32
  const layers = [
    [1, 16, 1, 1],
    [6, 24, 2, 2],
    [6, 32, 3, 2],
    [6, 64, 4, 2],
    [6, 96, 3, 1],
    [6, 160, 3, 2],
    [6, 320, 1, 1],
  ] as const
  for (const [expansion, to, count, first] of layers) {
    for (let index = 0; index < count; index++) {
      const stride = index === 0 ? first : 1
      const wide = from * expansion
      let y = expansion === 1 ? x : clip(net.norm(net.conv(x, from, wide, 1), wide))
      y = clip(net.norm(net.conv(y, wide, wide, 3, stride, 1, wide), wide))
      y = net.norm(net.conv(y, wide, to, 1), to)
      x = stride === 1 && from === to ? net.graph.node('Add', [x, y]) : y
      from = to
    }
  }
  return net.finish(net.head(clip(net.norm(net.conv(x, 320, 1280, 1), 1280)), 1280, 1000))
}

export function dcgan(): Buffer {
  const net = new Net()
  let x = net.graph.input('z', ['batch', 100, 1, 1])
  const layers = [
    [100, 512, 1, 0],
    [512, 256, 2, 1],
    [256, 128, 2, 1],
    [128, 64, 2, 1],
    [64, 3, 2, 1],
  ] as const
  for (const [from, to, stride, pad] of layers) {
    x = net.graph.node('ConvTranspose', [x, net.weight(from, to, 4, 4)], {
      kernel_shape: [4, 4],
      strides: [stride, stride],
      pads: [pad, pad, pad, pad],
    })
    x = to === 3 ? net.graph.node('Tanh', [x]) : net.relu(net.norm(x, to))
  }
  return net.finish(x)
}

/** @param rows of each of the 26 tables */
export function dlrm(rows: number): Buffer {
  const net = new Net()
  const { graph } = net
  let dense = graph.input('dense', ['batch', 13])
  for (const [from, to] of [
    [13, 512],
    [512, 256],
    [256, 128],
  ] as const)
    dense = net.relu(net.linear(dense, from, to))
  const axis = graph.integers([1])
  const vectors = Array.from({ length: 26 }, (_, index) => {
    const ids = graph.input(`ids${index}`, ['batch'], 'INT64')
    return graph.node('Unsqueeze', [graph.node('Gather', [net.weight(rows, 128), ids]), axis])
  })
  const all = graph.node('Concat', [graph.node('Unsqueeze', [dense, axis]), ...vectors], { axis: 1 })
  const products = graph.node('MatMul', [all, graph.node('Transpose', [all], { perm: [0, 2, 1] })])
  // 351 of the 729 products are different pairs.
  const pairs = graph.node(
    'Gather',
    [graph.node('Flatten', [products]), graph.integers(Array.from({ length: 351 }, (_, index) => index))],
    { axis: 1 },
  )
  let x = graph.node('Concat', [dense, pairs], { axis: 1 })
  const top = [
    [479, 1024],
    [1024, 1024],
    [1024, 512],
    [512, 256],
    [256, 1],
  ] as const
  for (const [from, to] of top)
    x = to === 1 ? graph.node('Sigmoid', [net.linear(x, from, to)]) : net.relu(net.linear(x, from, to))
  return net.finish(x)
}

export function lstm(layers: number, inputs: number, hidden: number): Buffer {
  const net = new Net()
  let x = net.graph.input('x', ['time', 'batch', inputs])
  let from = inputs
  for (let layer = 0; layer < layers; layer++) {
    const weights = [
      net.weight(1, 4 * hidden, from),
      net.weight(1, 4 * hidden, hidden),
      net.weight(1, 8 * hidden),
    ]
    x = net.graph.node('LSTM', [x, ...weights], { hidden_size: hidden })
    x = net.graph.node('Squeeze', [x, net.graph.integers([1])])
    from = hidden
  }
  return net.finish(x)
}

export function mlp(sizes: readonly number[]): Buffer {
  const net = new Net()
  let x = net.graph.input('x', ['batch', sizes[0] as number])
  for (let layer = 1; layer < sizes.length; layer++) {
    x = net.linear(x, sizes[layer - 1] as number, sizes[layer] as number)
    if (layer < sizes.length - 1) x = net.relu(x)
  }
  return net.finish(x)
}

export interface TransformerShape {
  readonly layers: number
  readonly width: number
  readonly heads: number
  readonly keyHeads?: number
  readonly inner: number
  readonly vocabulary: number
  readonly positions?: number
  readonly types?: number
}

/** Pieces that transformers have in common; the size of a head is fixed, everything else is open. */
class Transformer {
  readonly graph = new OnnxGraph()
  readonly type: 'FP32' | 'FP16'
  readonly shape: TransformerShape
  #weights = 0

  constructor(shape: TransformerShape, type: 'FP32' | 'FP16' = 'FP32') {
    this.shape = shape
    this.type = type
  }

  weight(...shape: number[]): string {
    return this.graph.weight(`weight${this.#weights++}`, shape, this.type)
  }

  linear(x: string, from: number, to: number, name: string, bias = true): string {
    const product = this.graph.node('MatMul', [x, this.weight(from, to)], {}, name)
    return bias ? this.graph.node('Add', [this.weight(to), product]) : product
  }

  layerNorm(x: string): string {
    const { width } = this.shape
    return this.graph.node('LayerNormalization', [x, this.weight(width), this.weight(width)], { axis: -1 })
  }

  /** As exporters take it apart. */
  rootNorm(x: string): string {
    const { graph } = this
    const mean = graph.node('ReduceMean', [graph.node('Pow', [x, graph.scalar(2)])], { axes: [-1] })
    const scale = graph.node('Reciprocal', [
      graph.node('Sqrt', [graph.node('Add', [mean, graph.scalar(1e-6)])]),
    ])
    return graph.node('Mul', [this.weight(this.shape.width), graph.node('Mul', [x, scale])])
  }

  gelu(x: string): string {
    const { graph } = this
    const erf = graph.node('Erf', [graph.node('Div', [x, graph.scalar(Math.SQRT2)])])
    return graph.node('Mul', [
      graph.node('Mul', [x, graph.node('Add', [erf, graph.scalar(1)])]),
      graph.scalar(0.5),
    ])
  }

  split(x: string, heads: number): string {
    const { width, heads: all } = this.shape
    const apart = this.graph.node('Reshape', [x, this.graph.integers([0, -1, heads, width / all])])
    return this.graph.node('Transpose', [apart], { perm: [0, 2, 1, 3] })
  }

  /** Attention of three tensors [B, heads, S, size]. */
  attend(q: string, k: string, v: string, prefix: string): string {
    const { graph } = this
    const scores = graph.node(
      'MatMul',
      [q, graph.node('Transpose', [k], { perm: [0, 1, 3, 2] })],
      {},
      `${prefix}.scores`,
    )
    const weights = graph.node('Softmax', [graph.node('Div', [scores, graph.scalar(8)])], { axis: -1 })
    const mixed = graph.node('MatMul', [weights, v], {}, `${prefix}.mixed`)
    const together = graph.node('Transpose', [mixed], { perm: [0, 2, 1, 3] })
    return graph.node('Reshape', [together, graph.integers([0, -1, this.shape.width])])
  }
}

/** Names of layers in blocks begin with `block`. */
export function bert(shape: TransformerShape): Buffer {
  const net = new Transformer(shape)
  const { graph } = net
  const { width, inner, heads } = shape
  const [ids, types] = ['ids', 'types'].map((name) => graph.input(name, ['batch', 'sequence'], 'INT64')) as [
    string,
    string,
  ]
  const words = graph.node('Gather', [net.weight(shape.vocabulary, width), ids])
  const kinds = graph.node('Gather', [net.weight(shape.types ?? 2, width), types])
  const length = graph.node('Gather', [graph.node('Shape', [ids]), graph.integers([1])])
  const all = net.weight(shape.positions ?? 512, width)
  const places = graph.node('Slice', [all, graph.integers([0]), length, graph.integers([0])])
  let x = net.layerNorm(graph.node('Add', [graph.node('Add', [words, kinds]), places]))
  for (let layer = 0; layer < shape.layers; layer++) {
    const prefix = `block${layer}`
    const [q, k, v] = ['q', 'k', 'v'].map((name) =>
      net.split(net.linear(x, width, width, `${prefix}.${name}`), heads),
    ) as [string, string, string]
    const mixed = net.linear(net.attend(q, k, v, prefix), width, width, `${prefix}.out`)
    x = net.layerNorm(graph.node('Add', [x, mixed]))
    const wide = net.gelu(net.linear(x, width, inner, `${prefix}.wide`))
    x = net.layerNorm(graph.node('Add', [x, net.linear(wide, inner, width, `${prefix}.narrow`)]))
  }
  graph.output(x)
  const first = graph.node('Gather', [x, graph.integers([0])], { axis: 1 })
  graph.output(graph.node('Tanh', [net.linear(first, width, width, 'pooler')]))
  return graph.model()
}

/** With past keys and values as inputs, and the head tied to the embedding. */
export function gpt2(shape: TransformerShape, type: 'FP32' | 'FP16' = 'FP32'): Buffer {
  const net = new Transformer(shape, type)
  const { graph } = net
  const { width, inner, heads } = shape
  const ids = graph.input('ids', ['batch', 'sequence'], 'INT64')
  const places = graph.input('positions', ['batch', 'sequence'], 'INT64')
  const table = net.weight(shape.vocabulary, width)
  let x = graph.node('Add', [
    graph.node('Gather', [table, ids]),
    graph.node('Gather', [net.weight(shape.positions ?? 1024, width), places]),
  ])
  for (let layer = 0; layer < shape.layers; layer++) {
    const prefix = `block${layer}`
    const qkv = net.linear(net.layerNorm(x), width, 3 * width, `${prefix}.qkv`)
    const parts = ['q', 'k', 'v'].map((name) => `${prefix}.${name}`)
    graph.node('Split', [qkv], { axis: -1 }, `${prefix}.split`, parts)
    const [q, k, v] = parts.map((part) => net.split(part, heads)) as [string, string, string]
    const [keys, values] = [k, v].map((fresh, index) => {
      const past = graph.input(`past.${layer}.${index}`, ['batch', heads, 'past', width / heads], type)
      const present = graph.node('Concat', [past, fresh], { axis: 2 })
      graph.output(present)
      return present
    }) as [string, string]
    x = graph.node('Add', [x, net.linear(net.attend(q, keys, values, prefix), width, width, `${prefix}.out`)])
    const wide = net.gelu(net.linear(net.layerNorm(x), width, inner, `${prefix}.wide`))
    x = graph.node('Add', [x, net.linear(wide, inner, width, `${prefix}.narrow`)])
  }
  graph.output(
    graph.node('MatMul', [net.layerNorm(x), graph.node('Transpose', [table], { perm: [1, 0] })], {}, 'head'),
  )
  return graph.model()
}

/** Gated layers without biases, grouped keys and values, root mean square norms. */
export function llama(shape: TransformerShape): Buffer {
  const net = new Transformer(shape, 'FP16')
  const { graph } = net
  const { width, inner, heads, keyHeads = heads } = shape
  const size = width / heads
  const ids = graph.input('ids', ['batch', 'sequence'], 'INT64')
  let x = graph.node('Gather', [net.weight(shape.vocabulary, width), ids])
  for (let layer = 0; layer < shape.layers; layer++) {
    const prefix = `block${layer}`
    const normed = net.rootNorm(x)
    const q = net.split(net.linear(normed, width, width, `${prefix}.q`, false), heads)
    const [keys, values] = ['k', 'v'].map((name) => {
      const fresh = net.split(
        net.linear(normed, width, keyHeads * size, `${prefix}.${name}`, false),
        keyHeads,
      )
      const past = graph.input(`past.${layer}.${name}`, ['batch', keyHeads, 'past', size], 'FP16')
      const present = graph.node('Concat', [past, fresh], { axis: 2 })
      graph.output(present)
      if (keyHeads === heads) return present
      // Each head of keys serves several of queries.
      const apart = graph.node('Unsqueeze', [present, graph.integers([2])])
      const spread = graph.node('Tile', [apart, graph.integers([1, 1, heads / keyHeads, 1, 1])])
      const length = graph.node('Reshape', [spread, graph.integers([0, heads, -1, size])])
      return length
    }) as [string, string]
    x = graph.node('Add', [
      x,
      net.linear(net.attend(q, keys, values, prefix), width, width, `${prefix}.out`, false),
    ])
    const input = net.rootNorm(x)
    const gate = net.linear(input, width, inner, `${prefix}.gate`, false)
    const silu = graph.node('Mul', [gate, graph.node('Sigmoid', [gate])])
    const wide = graph.node('Mul', [silu, net.linear(input, width, inner, `${prefix}.wide`, false)])
    x = graph.node('Add', [x, net.linear(wide, inner, width, `${prefix}.narrow`, false)])
  }
  graph.output(net.linear(net.rootNorm(x), width, shape.vocabulary, 'head', false))
  return graph.model()
}
