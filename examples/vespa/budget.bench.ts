import { study } from 'servebench'
import { tensors } from 'servebench/inputs'
import { CORES, isFull } from './form.ts'
import { missing, serve, TARGETS, TOKENS } from './serving.ts'

const SERVER = missing('vespa') === false ? 'vespa' : 'onnx'
/** 1, 2, 4, … and all cores. */
const THREADS = [...Array.from({ length: Math.ceil(Math.log2(CORES)) }, (_, power) => 2 ** power), CORES]

// How many threads an evaluation should have, and how many users there may be, for the most queries in a second while
// 95 % of the answers come within 50 ms.
for (const model of ['large', 'distilled'] as const) {
  study(`threads × concurrency: ${model} on ${SERVER}`, {
    tags: ['budget'],
    space: { threads: THREADS },
    server: ({ threads }) => serve(SERVER, model, threads),
    target: TARGETS[SERVER](),
    input: tensors({ shapes: { input_ids: [1, TOKENS] } }),
    static: { sizes: { S: TOKENS } },
    loads: isFull ? { concurrency: { to: 32 }, gain: 0 } : { concurrency: [1, 2, 4], gain: 0, refine: 0 },
    constraints: { p95: '50ms' },
    confirm: { rounds: isFull ? 5 : 2 },
  })
}
