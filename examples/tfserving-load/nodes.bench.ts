import { availableParallelism } from 'node:os'
import { closed, confine, replicate, study } from 'servebench'
import { tensors } from 'servebench/inputs'
import { isFull } from './form.ts'
import { IMAGE, missing, serve, TARGETS } from './serving.ts'

const SERVER = missing('tfserving') === false ? 'tfserving' : 'onnx'
/** Of a node. */
const CPUS = isFull ? 2 : 1
const MEMORY = 2 * CPUS
const CORES = availableParallelism()

// The cheapest deployment that keeps up with its users; of those that cost the same, the one with more throughput.
study(`threads × nodes on ${SERVER}`, {
  tags: ['nodes'],
  space: { nodes: isFull ? [1, 2, 4, 8] : [1, 2], threads: isFull ? [1, 2, 4, 8] : [1, 2] },
  skip: ({ nodes }) =>
    nodes * CPUS > CORES && `${nodes} nodes of ${CPUS} CPUs are more than the ${CORES} of this machine`,
  server: ({ nodes, threads }) =>
    replicate(confine(serve(SERVER, { intraOp: CPUS, interOp: threads }), { cpus: CPUS }), { count: nodes }),
  target: TARGETS[SERVER].gRPC(),
  input: tensors({ shapes: { input: IMAGE } }),
  load: isFull
    ? closed({ concurrency: 150, thinkTime: '1s' })
    : closed({ concurrency: 8, thinkTime: '10ms' }),
  // The article's month has 24 hours.
  cost: ({ nodes }) => ({ prices: 'gcp', shape: `e2-custom-${CPUS}-${MEMORY}`, nodes, hoursPerMonth: 24 }),
  objective: { 'cost.perMonth': 10, throughput: 1 },
  latencyBudget: '500ms',
  ...(isFull ? { duration: '30s' } : { duration: '2s', confirm: { rounds: 2 }, ablation: false }),
})
