import { onnxModel } from '@servebench/plugin-models'
import { oip } from '@servebench/plugin-oip'
import { onnxServer } from '@servebench/plugin-onnxruntime'
import { scenario, closed } from 'servebench'
const mlp = onnxModel({ family: 'mlp', inputs: 512, width: 1024, layers: 4, outputs: 10, seed: 1 })
scenario('mlp', {
  matrix: { batch: [1, 8] },
  server: ({ batch }) =>
    onnxServer({
      models: [{ model: mlp, name: 'mlp' }],
      ...(batch > 1 ? { dynamicBatching: { maxBatchSize: batch } } : {}),
    }),
  target: oip({ model: 'mlp', protocol: 'http' }),
  load: closed({ concurrency: 32 }),
  slo: { p99: '2s' },
  warmup: '1s',
  duration: '4s',
  repeats: 2,
})
