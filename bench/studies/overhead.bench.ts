import { onnxModel } from '@servebench/plugin-models'
import { oip } from '@servebench/plugin-oip'
import { onnxServer } from '@servebench/plugin-onnxruntime'
import { triton, tritonServer } from '@servebench/plugin-triton'
import { closed, study } from 'servebench'

const { duration, server, url } = JSON.parse(process.env['BENCH_OVERHEAD'] ?? '{}') as {
  readonly duration: `${number}s`
  readonly server: 'onnx' | 'triton'
  readonly url?: { readonly http: string; readonly grpc: string; readonly metrics: string }
}
const usual = { load: closed({ concurrency: 8 }), ablation: false, warmup: '1s', duration } as const
const model = onnxModel({ family: 'mlp', inputs: 64, width: 256, layers: 2, outputs: 10, seed: 1 })

if (server === 'onnx')
  study('onnx', {
    ...usual,
    space: { instances: [1, 2], batch: [1, 4, 8] },
    server: ({ instances, batch }) =>
      onnxServer({
        models: [{ model, name: 'mlp' }],
        instances,
        ...(batch > 1 ? { dynamicBatching: { maxBatchSize: batch } } : {}),
      }),
    target: oip({ model: 'mlp', protocol: 'http' }),
    latencyBudget: '100ms',
  })
else
  study('triton', {
    ...usual,
    space: { instances: [1, 2], maxBatchSize: [1, 4, 8] },
    server: ({ instances, maxBatchSize }) =>
      tritonServer({
        url: url?.http ?? '',
        grpcUrl: url?.grpc ?? '',
        metricsUrl: url?.metrics ?? '',
        state: { models: { identity: { instances, maxBatchSize } } },
      }),
    target: triton({ model: 'identity', protocol: 'grpc' }),
    input: { inputs: { INPUT: { data: [1, 2, 3, 4], shape: [1, 4] } } },
    latencyBudget: '100ms',
  })
