import { onnxModel, presets } from '@servebench/plugin-models'
import { oip } from '@servebench/plugin-oip'
import { onnxServer } from '@servebench/plugin-onnxruntime'
import { closed, scenario } from 'servebench'
import { tensors } from 'servebench/inputs'
import { isFull } from './form.ts'

const MODELS = {
  'resnet-50': onnxModel({ ...presets['resnet-50'], name: 'resnet-50' }),
  'mobilenet-v1': onnxModel({ ...presets['mobilenet-v1'], name: 'mobilenet-v1' }),
  cnn: onnxModel({ family: 'cnn', block: 'residual', name: 'cnn' }),
  mlp: onnxModel({ family: 'mlp', width: 1024, name: 'mlp' }),
}
const NAMES = isFull ? (['resnet-50', 'mobilenet-v1'] as const) : (['cnn', 'mlp'] as const)

// Latency as lines, throughput as bars: both grow with the batch, until only the one does.
scenario('batch size', {
  matrix: { model: NAMES, batch: isFull ? [1, 2, 4, 8, 16, 32, 64] : [1, 2, 4, 8, 16, 32] },
  server: onnxServer({ models: NAMES.map((name) => MODELS[name]), intraOpThreads: 0 }),
  target: ({ model }) => oip({ model, protocol: 'grpc' }),
  input: ({ batch }) => tensors({ batch }),
  load: closed({ concurrency: 1 }),
})
