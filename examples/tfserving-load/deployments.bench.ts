import { availableParallelism } from 'node:os'
import { confine, replicate, scenario } from 'servebench'
import { tensors } from 'servebench/inputs'
import { isFull } from './form.ts'
import { IMAGE, LENGTH, missing, serve, SERVERS, TARGETS, USERS } from './serving.ts'

/**
 * The same number of CPUs in machines of several sizes, as Google Cloud puts its E2 machines together. Each replica is
 * held to its CPUs here, and pays for its memory.
 */
const DEPLOYMENTS = {
  '8 × 2 CPUs with 4 GiB': { nodes: 8, cpus: 2, memory: 4 },
  '4 × 4 CPUs with 8 GiB': { nodes: 4, cpus: 4, memory: 8 },
  '2 × 8 CPUs with 16 GiB': { nodes: 2, cpus: 8, memory: 16 },
  '2 × 8 CPUs with 64 GiB': { nodes: 2, cpus: 8, memory: 64 },
  '2 × 1 CPU with 2 GiB': { nodes: 2, cpus: 1, memory: 2 },
  '1 × 2 CPUs with 4 GiB': { nodes: 1, cpus: 2, memory: 4 },
  '1 × 2 CPUs with 8 GiB': { nodes: 1, cpus: 2, memory: 8 },
}
const NAMES = isFull
  ? ([
      '8 × 2 CPUs with 4 GiB',
      '4 × 4 CPUs with 8 GiB',
      '2 × 8 CPUs with 16 GiB',
      '2 × 8 CPUs with 64 GiB',
    ] as const)
  : (['2 × 1 CPU with 2 GiB', '1 × 2 CPUs with 4 GiB', '1 × 2 CPUs with 8 GiB'] as const)

scenario('deployments', {
  tags: ['deployments'],
  matrix: { server: SERVERS, deployment: NAMES },
  skip: ({ server, deployment }) => missing(server) || tooLarge(DEPLOYMENTS[deployment]),
  server: ({ server, deployment }) => {
    const { nodes, cpus } = DEPLOYMENTS[deployment]
    return replicate(confine(serve(server, { intraOp: cpus, interOp: 1 }), { cpus }), { count: nodes })
  },
  target: ({ server }) => TARGETS[server].gRPC(),
  input: tensors({ shapes: { input: IMAGE } }),
  load: USERS,
  duration: LENGTH,
  cost: ({ deployment }) => {
    const { nodes, cpus, memory } = DEPLOYMENTS[deployment]
    // The article's month has 24 hours.
    return { prices: 'gcp', shape: `e2-custom-${cpus}-${memory}`, nodes, hoursPerMonth: 24 }
  },
})

function tooLarge({ nodes, cpus }: { readonly nodes: number; readonly cpus: number }): string | false {
  const cores = availableParallelism()
  return nodes * cpus > cores && `it needs ${nodes * cpus} CPUs, and this machine has ${cores}`
}
