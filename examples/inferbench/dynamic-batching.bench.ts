import { onnxModel } from '@servebench/plugin-models'
import { oip } from '@servebench/plugin-oip'
import { onnxServer } from '@servebench/plugin-onnxruntime'
import { triton, tritonServer } from '@servebench/plugin-triton'
import { closed, scenario } from 'servebench'
import { isFull } from './form.ts'
import { missing } from './servers.ts'

// Large enough that eight rows cost less than eight requests.
const model = onnxModel({ family: 'mlp', name: 'mlp', width: isFull ? 2048 : 1024, layers: 4 })
const maxBatchSize = 8
const maxQueueDelay = '1ms'

const SERVERS = {
  onnx: {
    off: onnxServer({ models: [model] }),
    on: onnxServer({ models: [model], dynamicBatching: { maxBatchSize, maxQueueDelay } }),
  },
  triton: {
    off: tritonServer({ models: [model], state: { maxBatchSize, dynamicBatching: false } }),
    on: tritonServer({ models: [model], state: { maxBatchSize, dynamicBatching: { maxQueueDelay } } }),
  },
}

// Two servers, each with and without batches that it makes by itself.
scenario('dynamic batching', {
  matrix: {
    server: ['onnx', 'triton'],
    batching: ['off', 'on'],
    concurrency: isFull ? [1, 2, 4, 8, 16, 32, 64] : [1, 4, 16],
  },
  skip: ({ server }) => missing(server),
  server: ({ server, batching }) => SERVERS[server][batching],
  target: ({ server }) =>
    server === 'onnx' ? oip({ model: 'mlp', protocol: 'grpc' }) : triton({ model: 'mlp', protocol: 'grpc' }),
  load: ({ concurrency }) => closed({ concurrency }),
  versus: { case: { batching: 'on' }, against: { batching: 'off' } },
  repeats: isFull ? 8 : 2,
})
