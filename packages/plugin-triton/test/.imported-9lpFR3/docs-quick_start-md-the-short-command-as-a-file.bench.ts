import { study } from 'servebench'
import { triton, tritonServer } from '@servebench/plugin-triton'

// What docs/quick_start.md, the short command as a file asked Model Analyzer for.
//
// - output_model_repository_path: variants are loaded as overrides: no repository of them is
//   written.
// - export_path: `--output` or `output` in the configuration.
// - triton_docker_image: is not said: nvcr.io/nvidia/tritonserver:26.04-py3, as with Model
//   Analyzer.

study('add_sub', {
  server: tritonServer({
    repository: '/work/wt/ma/packages/plugin-triton/test/.imported-9lpFR3/models',
    container: { image: 'nvcr.io/nvidia/tritonserver:26.04-py3', gpus: 'all' },
    state: { models: { add_sub: {} } },
  }),
  target: triton({ model: 'add_sub', protocol: 'grpc' }),
  settings: {
    'state.models.add_sub.instances': [1, 2],
    'state.models.add_sub.maxBatchSize': [1, 2],
    'state.models.add_sub.dynamicBatching': true,
  },
  baseline: 'unchanged',
  loads: { concurrency: [1, 2] },
  search: 'grid',
})
