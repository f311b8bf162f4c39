import { study } from 'servebench'
import { isFull } from './form.ts'
import { serve, SERVER, target } from './serving.ts'

// `model-analyzer profile --profile-models … --latency-budget 10 --run-config-search-mode quick`: the space is not
// written, the server's plugin knows it. For Triton it is Model Analyzer's own: instances, batches, dynamic batching.
study(`the best inside 10 ms on ${SERVER}`, {
  server: serve(),
  target: target(),
  loads: { concurrency: { from: 1, to: isFull ? 1024 : 4 } },
  latencyBudget: '10ms',
  search: 'quick',
  ...(isFull ? {} : { budget: 3, confirm: { rounds: 2 }, ablation: false }),
})
