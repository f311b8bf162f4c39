import { closed, integers, numbers, stream, study, when } from 'servebench'
import { yes, type Equal } from './equal.ts'
import { tensors, type TensorsResponse } from './kinds.ts'

study('the configuration is typed by the space', {
  space: {
    instances: integers({ from: 1, to: 8 }),
    share: numbers({ from: 0.1, to: 0.9 }),
    precision: ['fp32', 'fp16'],
    batching: [false, true],
    delay: when({ batching: true }, [0, 100]),
    cores: 8,
  },
  where: (at) => {
    yes<
      Equal<
        typeof at,
        {
          readonly instances: number
          readonly share: number
          readonly precision: 'fp32' | 'fp16'
          readonly batching: boolean
          readonly delay: 0 | 100
          readonly cores: 8
        }
      >
    >()
    return at.instances <= at.cores
  },
  baseline: { instances: 1, precision: 'fp32' },
  candidates: { 'a rule of thumb': { instances: 4, batching: true } },
  skip: ({ precision }) => precision === 'fp16' && 'this machine has no fp16',
  target: ({ precision }) => tensors({ model: precision }),
  input: { inputs: [1] },
  load: ({ instances }) => closed({ concurrency: 2 * instances }),
  loads: { concurrency: { to: 1024 } },
  check: (response, { precision }) => {
    yes<Equal<typeof response, TensorsResponse>>()
    yes<Equal<typeof precision, 'fp32' | 'fp16'>>()
    return true
  },
  quality: ({ precision }) => (precision === 'fp16' ? 0.75 : 0.76),
  objective: { throughput: 2, quality: { weight: 1, better: 'higher' } },
  constraints: ({ instances }) => ({ p99: '10ms', throughput: instances }),
  search: { strategy: 'list', configurations: { wide: { instances: 8 } } },
  budget: '30m',
})

study('unknown axis', {
  space: { batch: [1, 8] },
  // @ts-expect-error there is no axis `precision`
  target: ({ precision }) => tensors({ model: precision }),
})

study('unknown value of the baseline', {
  space: { batch: [1, 8] },
  // @ts-expect-error 2 is not a value of the axis
  baseline: { batch: 2 },
})

study('unknown axis of a candidate', {
  space: { batch: [1, 8] },
  // @ts-expect-error there is no axis `instances`
  candidates: { rule: { instances: 2 } },
})

study('a matrix belongs to a scenario', {
  space: { batch: [1, 8] },
  // @ts-expect-error a study has a space
  matrix: { batch: [1] },
})

study('a duration without a unit', {
  space: { batch: [1, 8] },
  // @ts-expect-error a unit is missing
  latencyBudget: 10,
})

study('an unknown strategy', {
  space: { batch: [1, 8] },
  // @ts-expect-error there is no such strategy
  search: 'bayes',
})

study('users and a rate', {
  space: { batch: [1, 8] },
  // @ts-expect-error one of them is varied
  loads: { concurrency: [1], rate: [1] },
})

study('several models', {
  space: { cores: [2, 4] },
  models: {
    resnet: {
      settings: { instances: [1, 2, 4], 'dynamicBatching.maxQueueDelay': ['0us', '100us'] },
      objective: { throughput: 2, 'responseTime.p99': 1 },
      weight: 3,
      latencyBudget: '10ms',
    },
    bert: { space: { batch: integers({ from: 1, to: 8 }) }, loads: { concurrency: [1, 4] } },
    beside: {},
  },
  where: (at) => {
    yes<Equal<(typeof at)[keyof typeof at], '0us' | '100us' | number>>()
    yes<Equal<(typeof at)['resnet.instances'], 1 | 2 | 4>>()
    yes<Equal<(typeof at)['resnet.dynamicBatching.maxQueueDelay'], '0us' | '100us'>>()
    yes<Equal<(typeof at)['bert.batch'], number>>()
    yes<Equal<(typeof at)['bert.concurrency'], number>>()
    return at['resnet.instances'] + at['bert.batch'] <= at.cores
  },
  baseline: { 'resnet.instances': 1 },
  streams: ({ 'bert.batch': batch }) => ({
    resnet: stream({ target: tensors({ model: 'resnet' }) }),
    bert: stream({ target: tensors({ model: `bert-${batch}` }) }),
    beside: stream({ target: tensors({ model: 'beside' }), load: closed({ concurrency: 1 }) }),
  }),
  overall: { throughput: 100 },
  search: { strategy: 'list', configurations: { wide: { 'resnet.instances': 4 } } },
})

study('an axis of no model', {
  models: { resnet: { settings: { instances: [1, 2] } } },
  // @ts-expect-error bert has no axes
  where: ({ 'bert.instances': instances }) => instances > 1,
})

study('an unknown option of a model', {
  // @ts-expect-error there is no such option
  models: { resnet: { priority: 1 } },
})

study('a weight that is text', {
  // @ts-expect-error a weight is a number
  models: { resnet: { weight: '2' } },
})

study('settings beside the server as it is', {
  settings: {
    'state.instances': [1, 2],
    'state.preferred': [[4], [4, 8]],
    'state.accelerators': when({ 'state.instances': 1 }, [null, [1]]),
  },
  baseline: 'unchanged',
  target: tensors({ model: 'm' }),
})
