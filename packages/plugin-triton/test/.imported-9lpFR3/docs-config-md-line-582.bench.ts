import { study } from 'servebench'
import { triton, tritonServer } from '@servebench/plugin-triton'

// What docs/config.md, line 582 asked Model Analyzer for.

study('model_1', {
  space: { batch: [1, 2, 3] },
  server: tritonServer({
    repository: '/work/wt/ma/packages/plugin-triton/test/.imported-9lpFR3/models',
    state: { models: { model_1: {} } },
  }),
  target: ({ batch }) => triton({ model: 'model_1', protocol: 'grpc', defaultInput: { batch } }),
  loads: { concurrency: [2, 10, 18, 26, 34, 42, 50, 58], gain: 0, refine: 0 },
  objective: 'items.throughput',
  search: 'grid',
})
