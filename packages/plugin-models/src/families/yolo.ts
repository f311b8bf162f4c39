import { sizeOf, type Tensor } from '../graph/graph.ts'
import type { GraphBuilder } from '../graph/graph-builder.ts'
import { normal, uniform } from '../graph/spread.ts'
import { activate, sigmoid } from '../layers/activation.ts'
import { concatenate, reshape, slice, split, transpose, upsample } from '../layers/arrange.ts'
import { convolution } from '../layers/convolution.ts'
import { add } from '../layers/elementwise.ts'
import { maxPool } from '../layers/pooling.ts'
import { softmax } from '../layers/softmax.ts'
import { flag, oneOf, whole, type Family } from './family.ts'

/**
 * A detector with the layers of YOLOv8, normalisations folded into the convolutions as they are deployed: from images
 * [N, 3, size, size] to [N, 4 + classes, anchors], boxes as centre, width and height.
 */
export interface YoloShape {
  readonly family: 'yolo'
  /** How deep and wide. Default `n`. */
  readonly variant: 'n' | 's' | 'm' | 'l' | 'x'
  /** A multiple of 32. Default 640. */
  readonly size: number
  /** Default 80. */
  readonly classes: number
  /**
   * Ends with non-maximum suppression: a second output `selected` of [boxes, 3] with image, class and anchor, as many
   * rows as there are boxes, whatever the batch. Default `false`.
   */
  readonly nms: boolean
  /** At most so many boxes of a class and image, with `nms`. Default 100. */
  readonly boxes: number
}

/** Depth and width multiples, and the most channels before the width multiple. */
const VARIANTS = {
  n: [1 / 3, 0.25, 1024],
  s: [1 / 3, 0.5, 1024],
  m: [2 / 3, 0.75, 768],
  l: [1, 1, 512],
  x: [1, 1.25, 512],
} as const
/** Bins of the distribution that each side of a box is read from. */
const BINS = 16
const STRIDES = [8, 16, 32] as const

export const yolo: Family<YoloShape> = {
  name: 'yolo',
  fields: {
    variant: oneOf('n', ['n', 's', 'm', 'l', 'x']),
    size: whole(640, 32, 8192),
    classes: whole(80, 1, 10_000),
    nms: flag(false),
    boxes: whole(100, 1, 10_000),
  },
  check: ({ size }) =>
    size % 32 === 0 ? [] : [{ path: 'size', message: `must be a multiple of 32, not ${size}.` }],
  nameOf: ({ variant, size, nms }) => `yolo-${variant}-${size}${nms ? '-nms' : ''}`,
  build(graph, { variant, size, classes, nms, boxes }) {
    const image = graph.input('input', ['N', 3, size, size], 'float32', uniform(0, 1))
    const levels = layBackbone(graph, image, variant)
    const output = layHead(graph, levels, classes, size)
    return graph.finish(nms ? { output, selected: suppress(graph, output, classes, boxes) } : { output })
  },
}

/** Features at the three strides. */
function layBackbone(graph: GraphBuilder, image: Tensor, variant: YoloShape['variant']): Tensor[] {
  const [depth, width, most] = VARIANTS[variant]
  const wide = (channels: number): number => Math.ceil((Math.min(channels, most) * width) / 8) * 8
  const deep = (count: number): number => Math.max(1, Math.round(count * depth))
  const down = (layer: string, x: Tensor, channels: number): Tensor =>
    block(graph, layer, x, wide(channels), 3, 2)
  const stage = (layer: string, x: Tensor, channels: number, count: number, shortcut = true): Tensor =>
    partial(graph, layer, x, wide(channels), deep(count), shortcut)

  let x = down('stem', image, 64)
  x = stage('stage1', down('stage1.down', x, 128), 128, 3)
  const fine = stage('stage2', down('stage2.down', x, 256), 256, 6)
  const middle = stage('stage3', down('stage3.down', fine, 512), 512, 6)
  const coarse = pyramid(graph, stage('stage4', down('stage4.down', middle, 1024), 1024, 3))

  const join = (layer: string, a: Tensor, b: Tensor): Tensor =>
    concatenate(graph, `${layer}.joined`, [a, b], 1)
  const up = (layer: string, a: Tensor): Tensor => upsample(graph, `${layer}.grown`, a, 2)
  const upper = stage('neck1', join('neck1', up('neck1', coarse), middle), 512, 3, false)
  const first = stage('neck2', join('neck2', up('neck2', upper), fine), 256, 3, false)
  const second = stage('neck3', join('neck3', down('neck3.down', first, 256), upper), 512, 3, false)
  const third = stage('neck4', join('neck4', down('neck4.down', second, 512), coarse), 1024, 3, false)
  return [first, second, third]
}

/** Convolution with bias and SiLU. */
function block(
  graph: GraphBuilder,
  layer: string,
  x: Tensor,
  channels: number,
  kernel: number,
  stride = 1,
): Tensor {
  return activate(
    graph,
    'silu',
    layer,
    convolution(graph, layer, x, channels, { kernel, stride, bias: 0.01 }),
  )
}

/** Half of the channels go through `count` bottlenecks, and every step's result is kept (C2f). */
function partial(
  graph: GraphBuilder,
  layer: string,
  x: Tensor,
  channels: number,
  count: number,
  shortcut: boolean,
): Tensor {
  const half = channels / 2
  const parts = split(graph, `${layer}.half`, block(graph, `${layer}.in`, x, channels, 1), [half, half], 1)
  for (let index = 1; index <= count; index++) {
    const last = parts.at(-1) as Tensor
    const first = block(graph, `${layer}.${index}.a`, last, half, 3)
    const second = block(graph, `${layer}.${index}.b`, first, half, 3)
    parts.push(shortcut ? add(graph, `${layer}.${index}.sum`, last, second) : second)
  }
  return block(graph, `${layer}.out`, concatenate(graph, `${layer}.parts`, parts, 1), channels, 1)
}

/** Three poolings in a row, all of whose results are kept (SPPF). */
function pyramid(graph: GraphBuilder, x: Tensor): Tensor {
  const parts = [block(graph, 'pyramid.in', x, sizeOf(x, 1) / 2, 1)]
  for (let index = 1; index <= 3; index++) {
    const options = { kernel: 5, stride: 1, padding: 2 }
    parts.push(maxPool(graph, `pyramid.pool${index}`, parts.at(-1) as Tensor, options))
  }
  return block(graph, 'pyramid.out', concatenate(graph, 'pyramid.parts', parts, 1), sizeOf(x, 1), 1)
}

function layHead(graph: GraphBuilder, levels: readonly Tensor[], classes: number, size: number): Tensor {
  const narrowest = sizeOf(levels[0] as Tensor, 1)
  const boxWidth = Math.max(16, Math.floor(narrowest / 4), 4 * BINS)
  const classWidth = Math.max(narrowest, Math.min(classes, 100))
  const branch = (layer: string, x: Tensor, width: number, outputs: number): Tensor => {
    const inner = block(graph, `${layer}.b`, block(graph, `${layer}.a`, x, width, 3), width, 3)
    const y = convolution(graph, `${layer}.out`, inner, outputs, { kernel: 1, bias: 0.01 })
    return reshape(graph, `${layer}.flat`, y, ['N', outputs, sizeOf(y, 2) * sizeOf(y, 3)])
  }
  const join = (layer: string, parts: Tensor[]): Tensor => concatenate(graph, layer, parts, 2)
  const boxes = levels.map((x, index) => branch(`head${index + 1}.boxes`, x, boxWidth, 4 * BINS))
  const scores = levels.map((x, index) => branch(`head${index + 1}.classes`, x, classWidth, classes))
  const decoded = decodeBoxes(graph, join('boxes.raw', boxes), size)
  return concatenate(graph, 'detections', [decoded, sigmoid(graph, 'scores', join('scores.raw', scores))], 1)
}

/** Distances to the four sides, in strides, are means of distributions over bins; then centre and size in pixels. */
function decodeBoxes(graph: GraphBuilder, raw: Tensor, size: number): Tensor {
  const anchors = sizeOf(raw, 2)
  const distances = softmax(
    graph,
    'boxes.bins',
    reshape(graph, 'boxes.sides', raw, ['N', 4, BINS, anchors]),
    2,
  )
  const bins = graph.table('boxes.values', [BINS, 1], { at: (index) => index }, uniform(0, BINS))
  const last = transpose(graph, 'boxes.last', distances, [0, 1, 3, 2])
  const spread = uniform(0, BINS)
  const means = graph.node('MatMul', 'boxes.means', [last, bins], { shape: ['N', 4, anchors, 1], spread })
  const sides = reshape(graph, 'boxes.distances', means, ['N', 4, anchors])
  const cells = STRIDES.flatMap((stride) => {
    const across = size / stride
    return Array.from({ length: across * across }, (_, cell) => [
      (cell % across) + 0.5,
      Math.floor(cell / across) + 0.5,
      stride,
    ])
  })
  const centres = graph.table(
    'boxes.centres',
    [2, anchors],
    { at: (index) => cells[index % anchors]?.[index < anchors ? 0 : 1] as number },
    uniform(0, size / 8),
  )
  const strides = graph.table(
    'boxes.strides',
    [anchors],
    { at: (index) => cells[index]?.[2] as number },
    uniform(8, 32),
  )
  const shape = ['N', 2, anchors]
  const cell = { shape, spread: uniform(0, size / 8) }
  const low = graph.node('Sub', 'boxes.low', [centres, slice(graph, 'boxes.before', sides, 1, 0, 2)], cell)
  const high = graph.node('Add', 'boxes.high', [centres, slice(graph, 'boxes.after', sides, 1, 2, 4)], cell)
  const sum = graph.node('Add', 'boxes.sum', [low, high], cell)
  const centre = graph.node('Mul', 'boxes.centre', [sum, graph.scalar(0.5)], cell)
  const extent = graph.node('Sub', 'boxes.extent', [high, low], cell)
  const boxes = concatenate(graph, 'boxes.cells', [centre, extent], 1)
  return graph.node('Mul', 'boxes.pixels', [boxes, strides], { shape: boxes.shape, spread: uniform(0, size) })
}

function suppress(graph: GraphBuilder, detections: Tensor, classes: number, most: number): Tensor {
  const boxes = transpose(graph, 'nms.boxes', slice(graph, 'nms.sides', detections, 1, 0, 4), [0, 2, 1])
  const scores = slice(graph, 'nms.scores', detections, 1, 4, 4 + classes)
  const limits = [graph.scalar(most, 'int64'), graph.scalar(0.7), graph.scalar(0.25)]
  const output = { shape: ['boxes', 3], type: 'int64', spread: normal(1) } as const
  return graph.node('NonMaxSuppression', 'nms', [boxes, scores, ...limits], output, {
    center_point_box: { int: 1 },
  })
}
