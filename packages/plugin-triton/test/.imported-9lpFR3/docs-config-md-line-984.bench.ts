import { study } from 'servebench'
import { triton, tritonServer } from '@servebench/plugin-triton'

// What docs/config.md, line 984 asked Model Analyzer for.
//
// - perf_analyzer_flags.percentile: all percentiles are there: nothing has to be chosen.

study('model_1', {
  space: { batch: [1, 2, 3] },
  server: tritonServer({
    repository: '/work/wt/ma/packages/plugin-triton/test/.imported-9lpFR3/models',
    state: { models: { model_1: {} } },
  }),
  target: ({ batch }) => triton({ model: 'model_1', protocol: 'grpc', defaultInput: { batch } }),
  settings: {
    'state.models.model_1.maxBatchSize': 2,
    'state.models.model_1.dynamicBatching.maxQueueDelay': '200us',
    'state.models.model_1.config.instance_group': [
      [{ kind: 'KIND_GPU', count: 1 }],
      [{ kind: 'KIND_CPU', count: 1 }],
    ],
  },
  baseline: 'unchanged',
  loads: { concurrency: [2, 10, 18, 26, 34, 42, 50, 58], gain: 0, refine: 0 },
  objective: 'items.throughput',
  search: 'grid',
})
