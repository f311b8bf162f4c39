import { study } from 'servebench'
import { triton, tritonServer } from '@servebench/plugin-triton'

// What docs/config.md, line 694 asked Model Analyzer for.
//
// - perf_analyzer_flags.percentile: all percentiles are there: nothing has to be chosen.

study('model_1', {
  server: tritonServer({
    repository: '/work/wt/ma/packages/plugin-triton/test/.imported-9lpFR3/models',
    state: { models: { model_1: {} } },
  }),
  target: triton({ model: 'model_1', protocol: 'grpc' }),
  settings: {
    'state.models.model_1.instanceKind': 'cpu',
    'state.models.model_1.instances': [1, 2, 3, 4, 5],
    'state.models.model_1.maxBatchSize': [1, 2, 4, 8, 16, 32, 64, 128],
    'state.models.model_1.dynamicBatching': true,
  },
  baseline: 'unchanged',
  loads: { concurrency: { from: 1, to: 1024 } },
  search: 'grid',
})

study('model_2', {
  server: tritonServer({
    repository: '/work/wt/ma/packages/plugin-triton/test/.imported-9lpFR3/models',
    state: { models: { model_2: {} } },
  }),
  target: triton({ model: 'model_2', protocol: 'grpc' }),
  settings: {
    'state.models.model_2.instances': [1, 2, 3, 4, 5],
    'state.models.model_2.maxBatchSize': [1, 2, 4, 8, 16, 32, 64, 128],
    'state.models.model_2.dynamicBatching': true,
  },
  baseline: 'unchanged',
  loads: { concurrency: { from: 1, to: 1024 } },
  search: 'grid',
})
