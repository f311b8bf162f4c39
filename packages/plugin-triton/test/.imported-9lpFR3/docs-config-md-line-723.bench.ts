import { study } from 'servebench'
import { triton, tritonServer } from '@servebench/plugin-triton'

// What docs/config.md, line 723 asked Model Analyzer for.
//
// - perf_analyzer_flags.percentile: all percentiles are there: nothing has to be chosen.

study('model_1', {
  space: { batch: [4] },
  server: tritonServer({
    repository: '/work/wt/ma/packages/plugin-triton/test/.imported-9lpFR3/models',
    state: { models: { model_1: {} } },
  }),
  target: ({ batch }) => triton({ model: 'model_1', protocol: 'grpc', defaultInput: { batch } }),
  loads: { concurrency: { from: 1, to: 1024 } },
  objective: 'items.throughput',
  search: 'grid',
})
