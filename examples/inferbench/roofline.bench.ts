import { onnxModel, presets } from '@servebench/plugin-models'
import { oip } from '@servebench/plugin-oip'
import { onnxServer } from '@servebench/plugin-onnxruntime'
import { closed, scenario } from 'servebench'
import { tensors, tokens } from 'servebench/inputs'
import { isFull } from './form.ts'

const MODELS = {
  'resnet-50': onnxModel(presets['resnet-50']),
  'mobilenet-v1': onnxModel(presets['mobilenet-v1']),
  'vgg-16': onnxModel(presets['vgg-16']),
  'bert-base': onnxModel(presets['bert-base']),
  cnn: onnxModel({ family: 'cnn', block: 'residual', width: 32 }),
  depthwise: onnxModel({ family: 'cnn', block: 'depthwise', width: 32 }),
  mlp: onnxModel({ family: 'mlp', width: 1024 }),
  'bert-tiny': onnxModel(presets['bert-tiny']),
}
const TOKENS = isFull ? 128 : 32
const NAMES = isFull
  ? (['resnet-50', 'mobilenet-v1', 'vgg-16', 'bert-base'] as const)
  : (['cnn', 'depthwise', 'mlp', 'bert-tiny'] as const)

// A larger batch does more work for each byte of the weights: points move right, and up to the roof.
scenario('roofline', {
  matrix: { model: NAMES, batch: isFull ? [1, 4, 16, 64] : [1, 8, 32] },
  server: ({ model }) => onnxServer({ models: [{ model: MODELS[model], name: 'model' }], intraOpThreads: 0 }),
  target: oip({ model: 'model', protocol: 'grpc' }),
  input: ({ model, batch }) =>
    model.startsWith('bert') ? tokens({ batch, length: TOKENS }) : tensors({ batch }),
  static: ({ model }) => (model.startsWith('bert') ? { sizes: { S: TOKENS } } : {}),
  load: closed({ concurrency: 1 }),
})
