import { study } from 'servebench'
import { triton, tritonServer } from '@servebench/plugin-triton'

// What docs/config_search.md, line 185 asked Model Analyzer for.

study('model_1', {
  space: { batch: [1] },
  server: tritonServer({
    repository: '/work/wt/ma/packages/plugin-triton/test/.imported-9lpFR3/models',
    state: { models: { model_1: {} } },
  }),
  target: ({ batch }) => triton({ model: 'model_1', protocol: 'grpc', defaultInput: { batch } }),
  loads: { concurrency: [1, 2, 3, 128], gain: 0, refine: 0 },
  search: 'grid',
})
