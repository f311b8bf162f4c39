import { study } from 'servebench'
import { triton, tritonServer } from '@servebench/plugin-triton'

// What docs/config_search.md, line 344 asked Model Analyzer for.

study('model_A', {
  server: tritonServer({
    repository: '/work/wt/ma/packages/plugin-triton/test/.imported-9lpFR3/models',
    state: { models: { model_A: {} } },
  }),
  target: triton({ model: 'model_A', protocol: 'grpc' }),
  settings: {
    'state.models.model_A.instances': [1, 2, 3, 4],
    'state.models.model_A.maxBatchSize': [8, 16, 32, 64, 128],
    'state.models.model_A.dynamicBatching': true,
  },
  baseline: 'unchanged',
  loads: { concurrency: { from: 1, to: 16 } },
  search: 'quick',
})
