import { study } from 'servebench'
import { triton, tritonServer } from '@servebench/plugin-triton'

// What docs/config.md, line 666 asked Model Analyzer for.

study('model_1', {
  server: tritonServer({
    repository: '/work/wt/ma/packages/plugin-triton/test/.imported-9lpFR3/models',
    state: { models: { model_1: {} } },
  }),
  target: triton({ model: 'model_1', protocol: 'grpc' }),
  settings: {
    'state.models.model_1.maxBatchSize': 2,
    'state.models.model_1.dynamicBatching.maxQueueDelay': ['200us', '400us', '600us'],
    'state.models.model_1.config.instance_group': [
      [{ kind: 'KIND_GPU', count: 1 }],
      [{ kind: 'KIND_CPU', count: 1 }],
    ],
  },
  baseline: 'unchanged',
  loads: { concurrency: [1], gain: 0, refine: 0 },
  search: 'grid',
})
