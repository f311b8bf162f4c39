import { triton, tritonServer } from '@servebench/plugin-triton'
import { study } from 'servebench'
import { SPACE } from './space.ts'

const { http, grpc } = JSON.parse(process.env['BENCH_TRITON'] ?? '{}') as { http: string; grpc: string }

study('batched', {
  space: { instances: SPACE.instances, maxBatchSize: SPACE.maxBatchSize, dynamicBatching: [false, true] },
  // One without dynamic batching is the default configuration; Model Analyzer has it once, too.
  where: ({ instances, maxBatchSize, dynamicBatching }) =>
    dynamicBatching || (instances === 1 && maxBatchSize === 1),
  server: ({ instances, maxBatchSize, dynamicBatching }) =>
    tritonServer({
      url: http,
      grpcUrl: grpc,
      state: {
        models: {
          batched: {
            instances,
            maxBatchSize,
            ...(dynamicBatching
              ? { dynamicBatching: { maxQueueDelay: `${SPACE.maxQueueDelayMicroseconds}us` } }
              : {}),
          },
        },
      },
    }),
  target: () => triton({ model: 'batched', protocol: 'grpc' }),
  loads: { concurrency: SPACE.concurrency, gain: 0, refine: 0 },
  latencyBudget: `${SPACE.latencyBudgetMs}ms`,
  search: 'grid',
  ablation: false,
  warmup: '300ms',
  duration: '1s',
})
