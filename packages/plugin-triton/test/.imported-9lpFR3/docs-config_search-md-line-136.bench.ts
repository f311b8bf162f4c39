import { study } from 'servebench'
import { triton, tritonServer } from '@servebench/plugin-triton'

// What docs/config_search.md, line 136 asked Model Analyzer for.

study('model_A', {
  server: tritonServer({
    repository: '/work/wt/ma/packages/plugin-triton/test/.imported-9lpFR3/models',
    state: { models: { model_A: {} } },
  }),
  target: triton({ model: 'model_A', protocol: 'grpc' }),
  settings: {
    'state.models.model_A.instances': [1, 2, 3],
    'state.models.model_A.maxBatchSize': [16, 32, 64, 128],
    'state.models.model_A.dynamicBatching': true,
  },
  baseline: 'unchanged',
  loads: { concurrency: { from: 8, to: 256 } },
  search: 'grid',
})
