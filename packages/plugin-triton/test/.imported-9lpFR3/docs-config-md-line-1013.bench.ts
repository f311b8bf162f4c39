import { study } from 'servebench'
import { triton, tritonServer } from '@servebench/plugin-triton'

// What docs/config.md, line 1013 asked Model Analyzer for.
//
// - triton_docker_image: is not said: nvcr.io/nvidia/tritonserver:26.04-py3, as with Model
//   Analyzer.

// - profile_models.vgg_19_graphdef.vgg_16_graphdef: is no option of Model Analyzer
study('vgg_19_graphdef', {
  space: { batch: [1, 2, 3] },
  server: tritonServer({
    repository: '/work/wt/ma/packages/plugin-triton/test/.imported-9lpFR3/models',
    container: { image: 'nvcr.io/nvidia/tritonserver:26.04-py3' },
    state: { models: { vgg_19_graphdef: {} } },
  }),
  target: ({ batch }) => triton({ model: 'vgg_19_graphdef', protocol: 'grpc', defaultInput: { batch } }),
  settings: {
    'state.models.vgg_19_graphdef.dynamicBatching.maxQueueDelay': '200us',
    'state.models.vgg_19_graphdef.instanceKind': 'cpu',
    'state.models.vgg_19_graphdef.instances': 1,
  },
  baseline: 'unchanged',
  loads: { concurrency: [2, 4, 8], gain: 0, refine: 0 },
  objective: 'items.throughput',
  search: 'grid',
})
