import { study } from 'servebench'
import { triton, tritonServer } from '@servebench/plugin-triton'

// What docs/config_search.md, line 285 asked Model Analyzer for.
//
// - export_path: `--output` or `output` in the configuration.
// - override_output_model_repository: no repository of variants is written.

study('ensemble_model', {
  server: tritonServer({
    repository: '/work/wt/ma/packages/plugin-triton/test/.imported-9lpFR3/models',
    state: { models: { ensemble_model: {} } },
  }),
  target: triton({ model: 'ensemble_model', protocol: 'grpc' }),
  settings: {
    'state.models.tokenizer.instanceKind': 'cpu',
    'state.models.tokenizer.instances': [1, 2, 4, 8, 16, 32],
    'state.models.tokenizer.dynamicBatching.maxQueueDelay': '0us',
    'state.models.inference_model.instanceKind': 'gpu',
    'state.models.inference_model.instances': [1, 2, 4, 8],
    'state.models.inference_model.dynamicBatching.maxQueueDelay': '0us',
  },
  baseline: 'unchanged',
  loads: { concurrency: { from: 1, to: 1024 } },
  search: 'quick',
})
