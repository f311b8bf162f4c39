import { availableParallelism } from 'node:os'
import type { Tunable } from 'servebench/plugin'

const cores = availableParallelism()

/** What a study may vary, by its path in the options of `onnxServer`. Thread counts go beyond the cores on purpose. */
export const TUNABLES: readonly Tunable[] = [
  {
    path: 'instances',
    type: 'integer',
    range: [1, 2 * cores],
    change: 'reload',
    description: 'Inference threads, each with its own session.',
  },
  {
    path: 'intraOpThreads',
    type: 'integer',
    range: [1, 2 * cores],
    change: 'reload',
    description: 'Threads of one operator, for each instance.',
  },
  {
    path: 'interOpThreads',
    type: 'integer',
    range: [1, 2 * cores],
    change: 'reload',
    description: 'Threads for operators side by side.',
  },
  {
    path: 'executionMode',
    type: 'choice',
    values: ['sequential', 'parallel'],
    change: 'reload',
    description: 'Order of operators.',
  },
  {
    path: 'graphOptimizationLevel',
    type: 'choice',
    values: ['disabled', 'basic', 'extended', 'all'],
    change: 'reload',
    description: 'Rewriting of the graph when the model is loaded.',
  },
  {
    path: 'allowSpinning',
    type: 'boolean',
    change: 'reload',
    description: 'Whether intra-op threads spin while they wait.',
  },
  {
    path: 'dynamicBatching.maxBatchSize',
    type: 'integer',
    range: [1, 64],
    change: 'reload',
    description: 'Rows of the largest execution.',
  },
  {
    path: 'dynamicBatching.maxQueueDelay',
    type: 'duration',
    change: 'reload',
    description: 'How long a request waits for others.',
  },
  {
    path: 'maxQueueSize',
    type: 'integer',
    range: [1, 65_536],
    change: 'reload',
    description: 'Requests that may wait.',
  },
  {
    path: 'sharedThreadPool',
    type: 'boolean',
    change: 'restart',
    description: 'One inference thread for all models.',
  },
]
