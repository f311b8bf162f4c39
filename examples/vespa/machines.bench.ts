import { capacityPlan, findMax, scenario } from 'servebench'
import { tensors } from 'servebench/inputs'
import { isFull } from './form.ts'
import { missing, serve, SERVERS, TARGETS, TOKENS } from './serving.ts'

// What one machine takes while 95 % of the answers are in time says how many are needed: the article has 10 000 per
// second in 50 ms.
scenario('machines for 10 000 per second', {
  tags: ['machines'],
  matrix: { server: SERVERS, model: ['large', 'distilled'] },
  skip: ({ server }) => missing(server),
  server: ({ server, model }) => serve(server, model, 1),
  target: ({ server }) => TARGETS[server](),
  input: tensors({ shapes: { input_ids: [1, TOKENS] } }),
  static: { sizes: { S: TOKENS } },
  slo: { p95: '50ms', errorRate: 0.001 },
  search: findMax({
    vary: 'rate',
    from: isFull ? 5 : 100,
    plan: capacityPlan({ demand: 10_000, headroom: 0.3, spares: 1 }),
    ...(isFull ? {} : { growth: 4, precision: 0.25, patience: 2, confirm: '3s' }),
  }),
  ...(isFull ? {} : { duration: '1500ms' }),
})
