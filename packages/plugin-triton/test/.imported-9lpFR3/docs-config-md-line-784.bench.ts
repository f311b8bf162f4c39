import { study } from 'servebench'
import { triton, tritonServer } from '@servebench/plugin-triton'

// What docs/config.md, line 784 asked Model Analyzer for.

// - profile_models.model_1.perf_analyzer_flags.ssl-grpc-root-certifications-file: `tls` of triton()
//   and tritonServer().
study('model_1', {
  server: tritonServer({
    repository: '/work/wt/ma/packages/plugin-triton/test/.imported-9lpFR3/models',
    state: { models: { model_1: {} } },
  }),
  target: triton({ model: 'model_1', protocol: 'grpc' }),
  settings: {
    'state.models.model_1.instances': [1, 2, 3, 4, 5],
    'state.models.model_1.maxBatchSize': [1, 2, 4, 8, 16, 32, 64, 128],
    'state.models.model_1.dynamicBatching': true,
  },
  baseline: 'unchanged',
  loads: { concurrency: { from: 1, to: 1024 } },
  search: 'grid',
})
