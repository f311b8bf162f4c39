import { onnxModel } from '@servebench/plugin-models'
import { oip } from '@servebench/plugin-oip'
import { onnxServer } from '@servebench/plugin-onnxruntime'
import { closed, study } from 'servebench'

/** 13 MiB of weights: read once for a batch, instead of once for each request. */
const mlp = onnxModel({ family: 'mlp', inputs: 512, width: 1024, layers: 4, outputs: 10, seed: 1 })

study('batching', {
  space: { batch: [1, 4, 8, 16], instances: [1, 2] },
  server: ({ batch, instances }) =>
    onnxServer({
      models: [{ model: mlp, name: 'mlp' }],
      instances,
      intraOpThreads: 1,
      ...(batch > 1 ? { dynamicBatching: { maxBatchSize: batch, maxQueueDelay: '1ms' } } : {}),
    }),
  target: oip({ model: 'mlp', protocol: 'http' }),
  load: closed({ concurrency: 32 }),
  latencyBudget: '250ms',
  warmup: '1s',
  duration: '4s',
})
