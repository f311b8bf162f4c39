import { closed, missingGpu, study, tuningMachine } from 'servebench'
import { isFull } from './form.ts'
import { images, serve, SERVER, target } from './serving.ts'

/** "Performance Guide" of TorchServe: on CPUs half as many workers as there are physical cores, with one thread each. */
const RULE = Math.max(1, Math.floor(tuningMachine().physicalCores / 2))
const WORKERS = isFull ? [1, 2, 4, 8, 16] : [1, 2]

// How many images a request should hold, and how many workers there should be, for the most images in a second while
// 99 % of the answers come within 100 ms.
study(`batch × workers × device on ${SERVER}`, {
  space: {
    device: ['cpu', 'gpu'],
    workers: [...new Set([...WORKERS, RULE])].toSorted((one, other) => one - other),
    batch: isFull ? [1, 2, 4, 8, 16, 32] : [1, 4],
  },
  skip: ({ device }) => device === 'gpu' && missingGpu(),
  candidates: { 'workers = physical cores / 2': { workers: RULE } },
  server: ({ workers, device }) => serve(workers, device),
  target: () => target(),
  input: ({ batch }) => images(batch),
  // A request in each worker, and one that waits for it.
  load: ({ workers }) => closed({ concurrency: 2 * workers }),
  objective: 'items.throughput',
  latencyBudget: '100ms',
  search: 'grid',
  confirm: { rounds: isFull ? 5 : 2 },
  ablation: isFull,
})
