import { closed, stream, study } from 'servebench'
import { triton, tritonServer } from '@servebench/plugin-triton'

// What docs/config_search.md, line 546 asked Model Analyzer for.

study('model_A and model_B', {
  server: tritonServer({
    repository: '/work/wt/ma/packages/plugin-triton/test/.imported-9lpFR3/models',
    state: { models: { model_A: {}, model_B: {} } },
  }),
  streams: {
    model_A: stream({
      target: triton({ model: 'model_A', protocol: 'grpc' }),
      load: closed({ concurrency: 1024 }),
    }),
    model_B: stream({
      target: triton({ model: 'model_B', protocol: 'grpc' }),
      load: closed({ concurrency: 1024 }),
    }),
  },
  settings: {
    'state.models.model_A.instances': [1, 2, 3, 4, 5],
    'state.models.model_A.maxBatchSize': [1, 2, 4, 8, 16, 32, 64, 128],
    'state.models.model_A.dynamicBatching': true,
    'state.models.model_B.instances': [1, 2, 3, 4, 5],
    'state.models.model_B.maxBatchSize': [1, 2, 4, 8, 16, 32, 64, 128],
    'state.models.model_B.dynamicBatching': true,
  },
  baseline: 'unchanged',
  loads: { concurrency: { from: 1, to: 1024 } },
  search: 'quick',
})
