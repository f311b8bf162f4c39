import { study } from 'servebench'
import { triton, tritonServer } from '@servebench/plugin-triton'

// What docs/ensemble_quick_start.md, the command as a file asked Model Analyzer for.
//
// - override_output_model_repository: no repository of variants is written.
// - export_path: `--output` or `output` in the configuration.
// - triton_docker_image: is not said: nvcr.io/nvidia/tritonserver:26.04-py3, as with Model
//   Analyzer.

study('ensemble_add_sub', {
  server: tritonServer({
    repository: '/work/wt/ma/packages/plugin-triton/test/.imported-9lpFR3/models',
    container: { image: 'nvcr.io/nvidia/tritonserver:26.04-py3', gpus: 'all', args: ['--shm-size=1G'] },
    state: { models: { ensemble_add_sub: {} } },
  }),
  target: triton({ model: 'ensemble_add_sub', protocol: 'grpc' }),
  settings: {
    'state.models.add.instances': [1, 2, 3, 4, 5],
    'state.models.sub.instances': [1, 2, 3, 4, 5],
  },
  baseline: 'unchanged',
  loads: { concurrency: { from: 1, to: 1024 } },
  search: 'quick',
})
