import { closed, scenario } from 'servebench'
import { tensors } from 'servebench/inputs'
import { CORES, isFull } from './form.ts'
import { missing, serve, SERVERS, TARGETS, TOKENS } from './serving.ts'

// All cores for one evaluation make it short; a core for each makes more of them in a second. Which is better depends on
// how many users there are: look at p95 and at throughput over concurrency.
scenario('threads against concurrency', {
  tags: ['threads'],
  matrix: {
    server: SERVERS,
    model: ['large', 'distilled'],
    threads: CORES === 1 ? [1] : [1, CORES],
    concurrency: isFull ? [1, 2, 4, 8, 16, 32] : [1, 2, 4],
  },
  skip: ({ server }) => missing(server),
  server: ({ server, model, threads }) => serve(server, model, threads),
  target: ({ server }) => TARGETS[server](),
  input: tensors({ shapes: { input_ids: [1, TOKENS] } }),
  static: { sizes: { S: TOKENS } },
  load: ({ concurrency }) => closed({ concurrency }),
})
