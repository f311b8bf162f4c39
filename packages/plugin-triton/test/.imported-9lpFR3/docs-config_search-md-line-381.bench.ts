import { study } from 'servebench'
import { triton, tritonServer } from '@servebench/plugin-triton'

// What docs/config_search.md, line 381 asked Model Analyzer for.
//
// - run_config_search_mode: is the strategy 'bayesian' here, with Gaussian processes instead of
//   Optuna's sampler.
// - use_concurrency_formula: users are 2 × batch × instances while the search goes on; the best are
//   then measured at all loads.

study('model_A', {
  server: tritonServer({
    repository: '/work/wt/ma/packages/plugin-triton/test/.imported-9lpFR3/models',
    state: { models: { model_A: {} } },
  }),
  target: triton({ model: 'model_A', protocol: 'grpc' }),
  settings: {
    'state.models.model_A.instances': [1, 2, 3, 4, 5],
    'state.models.model_A.maxBatchSize': [1, 2, 4, 8, 16, 32, 64, 128],
    'state.models.model_A.dynamicBatching': true,
  },
  baseline: 'unchanged',
  loads: { concurrency: { from: 1, to: 1024 } },
  search: { strategy: 'bayesian', fewest: 22 },
  budget: 44,
})
