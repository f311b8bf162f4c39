import { study } from 'servebench'
import { triton, tritonServer } from '@servebench/plugin-triton'

// What docs/config_search.md, line 402 asked Model Analyzer for.
//
// - run_config_search_mode: is the strategy 'bayesian' here, with Gaussian processes instead of
//   Optuna's sampler.

study('model_A', {
  space: { batch: [1, 2, 4, 8, 16] },
  server: tritonServer({
    repository: '/work/wt/ma/packages/plugin-triton/test/.imported-9lpFR3/models',
    state: { models: { model_A: {} } },
  }),
  target: ({ batch }) => triton({ model: 'model_A', protocol: 'grpc', defaultInput: { batch } }),
  settings: {
    'state.models.model_A.instances': [1, 2, 3, 4, 5, 6, 7, 8],
    'state.models.model_A.maxBatchSize': [1, 4, 8, 32, 64, 128],
    'state.models.model_A.dynamicBatching.maxQueueDelay': ['100us', '200us', '300us'],
  },
  baseline: 'unchanged',
  loads: { concurrency: { from: 32, to: 256 } },
  objective: 'items.throughput',
  search: { strategy: 'bayesian', fewest: 72, patience: 15 },
  budget: 200,
})
