import { study } from 'servebench'
import { triton, tritonServer } from '@servebench/plugin-triton'

// What docs/config_search.md, line 198 asked Model Analyzer for.

study('model_1', {
  server: tritonServer({
    repository: '/work/wt/ma/packages/plugin-triton/test/.imported-9lpFR3/models',
    state: { models: { model_1: {} } },
  }),
  target: triton({ model: 'model_1', protocol: 'grpc' }),
  settings: {
    'state.models.model_1.maxBatchSize': [6, 8],
    'state.models.model_1.dynamicBatching.maxQueueDelay': ['200us', '300us'],
    'state.models.model_1.instanceKind': 'gpu',
    'state.models.model_1.instances': [1, 2],
  },
  baseline: 'unchanged',
  loads: { concurrency: [1], gain: 0, refine: 0 },
  search: 'grid',
})
