import { study } from 'servebench'
import { triton, tritonServer } from '@servebench/plugin-triton'

// What docs/config.md, line 755 asked Model Analyzer for.

study('model_1', {
  space: { batch: [4] },
  server: tritonServer({
    repository: '/work/wt/ma/packages/plugin-triton/test/.imported-9lpFR3/models',
    state: { models: { model_1: {} } },
  }),
  target: ({ batch }) =>
    triton({
      model: 'model_1',
      protocol: 'grpc',
      defaultInput: { batch, shapes: { INPUT0: [1024, 1024], INPUT1: [1024, 1024] } },
    }),
  loads: { concurrency: { from: 1, to: 1024 } },
  objective: 'items.throughput',
  search: 'grid',
})
