import { study } from 'servebench'
import { triton, tritonServer } from '@servebench/plugin-triton'

// What docs/config.md, line 873 asked Model Analyzer for.

study('model_1', {
  space: { batch: [4, 5, 6, 7, 8, 9] },
  server: tritonServer({
    repository: '/work/wt/ma/packages/plugin-triton/test/.imported-9lpFR3/models',
    args: [
      '--grpc-use-ssl=1',
      '--grpc-server-cert=/path/to/grpc/server/cert',
      '--grpc-server-key=/path/to/grpc/server/keyfile',
      '--grpc-root-cert=/path/to/grpc/root/cert',
    ],
    state: { models: { model_1: {} } },
  }),
  target: ({ batch }) => triton({ model: 'model_1', protocol: 'grpc', defaultInput: { batch } }),
  loads: { concurrency: [2, 4, 8], gain: 0, refine: 0 },
  objective: 'items.throughput',
  search: 'grid',
})
