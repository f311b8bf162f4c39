import { onnxModel } from '@servebench/plugin-models'
import { oip } from '@servebench/plugin-oip'
import { onnxServer } from '@servebench/plugin-onnxruntime'
import { closed, describe, poisson, scenario } from 'servebench'

// A model with known parameters and FLOPs; it is written once and kept in a cache.
const mlp = onnxModel({ family: 'mlp', inputs: 256, width: 512, layers: 4, outputs: 10, seed: 1 })

describe(
  'MLP on a local ONNX Runtime server',
  {
    server: onnxServer({ models: [{ model: mlp, name: 'mlp' }] }),
    warmup: '2s',
    duration: '4s',
    timeout: '1s',
  },
  () => {
    scenario('closed loop: how much does it take?', {
      matrix: { protocol: ['http', 'grpc'], users: [1, 8] },
      target: ({ protocol }) => oip({ model: 'mlp', protocol }),
      load: ({ users }) => closed({ concurrency: users }),
      check: (response) => response.outputs.length === 1,
    })

    scenario('open loop: what do users feel at 400 requests per second?', {
      matrix: { protocol: ['http', 'grpc'] },
      target: ({ protocol }) => oip({ model: 'mlp', protocol }),
      load: poisson({ rate: 400 }),
      slo: { deadline: '100ms', errorRate: 0.01 },
      warmup: '3s',
      duration: '6s',
    })
  },
)
