import type { OnnxModelOptions } from '../src/onnx-model.ts'
import { SAVED_FAMILIES } from '../src/saved-model.ts'

const TRANSFORMER = {
  layers: 2,
  width: 32,
  heads: 4,
  hidden: 64,
  vocabulary: 60,
  positions: 32,
  sequence: 8,
} as const

/** Every family and what makes its graph another one, small enough to be computed by definition. */
export const CASES: Readonly<Record<string, OnnxModelOptions>> = {
  'mlp with one layer': { family: 'mlp', inputs: 5, width: 7, layers: 1, outputs: 3 },
  'mlp without head': { family: 'mlp', inputs: 16, width: 32, layers: 6, outputs: 4, head: 'none' },
  'mlp with tanh': { family: 'mlp', inputs: 16, width: 32, layers: 3, outputs: 4, activation: 'tanh' },
  'mlp with sigmoid': { family: 'mlp', inputs: 16, width: 32, outputs: 4, activation: 'sigmoid', seed: 9 },
  'plain cnn': { family: 'cnn', size: 9, channels: 2, width: 4, stages: 2, outputs: 3 },
  'cnn with large kernels': {
    family: 'cnn',
    size: 8,
    width: 4,
    stages: 1,
    kernel: 5,
    outputs: 3,
    head: 'none',
  },
  'residual cnn': { family: 'cnn', block: 'residual', size: 9, width: 4, stages: 3, outputs: 3 },
  'depthwise cnn': { family: 'cnn', block: 'depthwise', size: 9, width: 4, stages: 2, outputs: 3 },
  alexnet: { family: 'alexnet', size: 63, hidden: 16, outputs: 5 },
  vgg: { family: 'vgg', layers: 11, size: 32, width: 4, hidden: 16, outputs: 5 },
  'resnet with basic blocks': { family: 'resnet', layers: 18, size: 32, width: 4, outputs: 5 },
  'resnet with bottlenecks': { family: 'resnet', layers: 50, size: 32, width: 4, outputs: 5 },
  'resnet of version 1': { family: 'resnet', layers: 50, version: 1, size: 32, width: 4, outputs: 5 },
  'mobilenet of version 1': { family: 'mobilenet', version: 1, multiplier: 0.25, size: 32, outputs: 5 },
  'mobilenet of version 2': { family: 'mobilenet', version: 2, multiplier: 0.25, size: 32, outputs: 5 },
  rnn: { family: 'rnn', cell: 'rnn', inputs: 6, width: 10, outputs: 4 },
  lstm: { family: 'rnn', cell: 'lstm', inputs: 6, width: 10, outputs: 0 },
  'gru in both directions': {
    family: 'rnn',
    cell: 'gru',
    inputs: 6,
    width: 10,
    bidirectional: true,
    outputs: 4,
  },
  encoder: { family: 'encoder', ...TRANSFORMER },
  'encoder of plain tokens': { family: 'encoder', ...TRANSFORMER, types: 0, mask: false, head: 'states' },
  'encoder with a classifier': { family: 'encoder', ...TRANSFORMER, layers: 1, head: 'classifier' },
  gpt2: { family: 'decoder', ...TRANSFORMER },
  'gpt2 without cache': { family: 'decoder', ...TRANSFORMER, cache: false, logits: 'last' },
  llama: { family: 'decoder', style: 'llama', ...TRANSFORMER },
  'llama with shared keys': { family: 'decoder', style: 'llama', ...TRANSFORMER, kvHeads: 2 },
  'wide-deep': { family: 'wide-deep', dense: 4, fields: 3, rows: 60, width: 4, hidden: [16, 8] },
  dlrm: { family: 'dlrm', dense: 4, fields: 3, lookups: 2, rows: 60, bottom: [16, 8], top: [16] },
  'dlrm with one table': {
    family: 'dlrm',
    dense: 4,
    fields: 1,
    rows: 60,
    bottom: [8],
    top: [],
    interaction: 'cat',
  },
  yolo: { family: 'yolo', size: 32, classes: 3 },
  'yolo with suppression': { family: 'yolo', size: 32, classes: 3, nms: true, boxes: 5 },
  gan: { family: 'gan', latent: 8, width: 4, size: 16 },
  unet: { family: 'unet', size: 16, width: 4, depth: 2 },
  speech: { family: 'speech', frames: 12, bins: 41, channels: 4, width: 8, layers: 2 },
}

/** Those that are written for TensorFlow, too. */
export const SAVED: readonly string[] = Object.entries(CASES)
  .filter(([, { family }]) => (SAVED_FAMILIES as readonly string[]).includes(family))
  .map(([name]) => name)
