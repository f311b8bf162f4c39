import {
  certified,
  closed,
  constantRate,
  describe,
  generate,
  inline,
  poisson,
  scenario,
  stages,
  stream,
  switchOver,
} from 'servebench'
import { yes, type Equal } from './equal.ts'
import { search, tensors, type SearchResponse, type TensorsResponse } from './kinds.ts'

const load = closed({ concurrency: 1 })
const target = tensors({ model: 'm' })
const input = { inputs: [1] }

scenario('the case is typed by the matrix', {
  matrix: { batch: [1, 8], precision: ['fp16', 'int8'], cached: [true, false] },
  exclude: [{ batch: 8, precision: 'int8' }, { cached: true }],
  target: (at) => {
    yes<
      Equal<
        typeof at,
        { readonly batch: 1 | 8; readonly precision: 'fp16' | 'int8'; readonly cached: boolean }
      >
    >()
    return tensors({ model: at.precision })
  },
  input: ({ batch }) => ({ inputs: Array.from({ length: batch }, () => 0) }),
  load: ({ batch }) => poisson({ rate: 400 / batch }),
  duration: ({ batch }) => (batch === 1 ? '5s' : '10s'),
  repeats: ({ batch }) => batch,
  check: (response, at) => {
    yes<Equal<typeof response, TensorsResponse>>()
    yes<Equal<typeof at.batch, 1 | 8>>()
    return response.outputs.length === at.batch
  },
})

scenario('values of a computed axis have their general type', {
  matrix: { rate: [100, 200].map((rate) => rate * 2) },
  target,
  load: ({ rate }) => {
    yes<Equal<typeof rate, number>>()
    return constantRate({ rate })
  },
})

scenario('unknown axis', {
  matrix: { batch: [1, 8] },
  // @ts-expect-error there is no axis `precision`
  target: ({ precision }) => tensors({ model: precision }),
  load,
})

scenario('no matrix, no axes', {
  // @ts-expect-error there is no axis to read
  target: (at) => tensors({ model: String(at.batch) }),
  load,
})

scenario('excluded value that the axis lacks', {
  matrix: { batch: [1, 8] },
  // @ts-expect-error 3 is not a value of the axis
  exclude: [{ batch: 3 }],
  target,
  load,
})

scenario('excluded axis that does not exist', {
  matrix: { batch: [1, 8] },
  // @ts-expect-error there is no axis `precision`
  exclude: [{ precision: 'fp16' }],
  target,
  load,
})

scenario('cases against each other', {
  matrix: { batch: [1, 8], precision: ['fp16', 'fp32'] },
  versus: { case: { precision: 'fp16' }, against: { precision: 'fp32' } },
  target,
  load,
})

scenario('against a value that the axis lacks', {
  matrix: { batch: [1, 8] },
  // @ts-expect-error 3 is not a value of the axis
  versus: { case: { batch: 1 }, against: { batch: 3 } },
  target,
  load,
})

scenario('excluded by a function', {
  matrix: { batch: [1, 8], instances: [1, 2] },
  exclude: ({ batch, instances }) => batch < instances,
  target,
  load,
})

scenario('axis without values', {
  // @ts-expect-error an axis needs a value
  matrix: { batch: [] },
  target,
  load,
})

scenario('axis of objects', {
  // @ts-expect-error values are text, numbers or booleans
  matrix: { batch: [{ size: 1 }] },
  target,
  load,
})

// --- target, input, check

// @ts-expect-error not what the target takes
scenario('wrong request', { target, load, input: { instances: [] } })
scenario('wrong request of a case', {
  target: () => tensors({ model: 'm' }),
  load,
  // @ts-expect-error not what the target takes
  input: () => ({ inputs: ['1'] }),
})
// @ts-expect-error not what the target takes
scenario('wrong generated request', { target, load, input: generate(() => ({ query: 'x' })) })
scenario('generated request', {
  target,
  load,
  input: generate(({ index, random }) => {
    yes<Equal<typeof index, number>>()
    return { inputs: [random.next(), random.int(3)] }
  }),
})
scenario('samples fit every target', { target, load, input: { text: 'hello', items: 1, label: 'short' } })
scenario('tensor sample', {
  target,
  load,
  input: () => ({
    tensors: { x: { datatype: 'FP32', shape: [1, 3], data: new Float32Array(3) } },
    items: 1,
  }),
})
scenario('tensor of an unknown datatype', {
  target,
  load,
  // @ts-expect-error no such datatype
  input: { tensors: { x: { datatype: 'FLOAT', shape: [1], data: [1] } } },
})
scenario('two targets take what both take', {
  matrix: { server: ['a', 'b'] },
  target: ({ server }) => (server === 'a' ? tensors({ model: 'm' }) : search({ url: 'http://localhost' })),
  input: { inputs: [1], document: 'x' },
  load,
  check: (response) => {
    yes<Equal<typeof response, TensorsResponse | SearchResponse>>()
    return true
  },
})
scenario('two targets, a request that only one takes', {
  matrix: { server: ['a', 'b'] },
  target: ({ server }) => (server === 'a' ? tensors({ model: 'm' }) : search({ url: 'http://localhost' })),
  // @ts-expect-error `search` needs a document or a query
  input: { inputs: [1] },
  load,
})
scenario('inline', {
  target: inline(async (text: string) => text.length),
  input: 'hello',
  load,
  check: (response) => {
    yes<Equal<typeof response, number>>()
    return response === 5
  },
})
scenario('inline with a wrong input', {
  target: inline(async (text: string) => text.length),
  // @ts-expect-error not text
  input: 5,
  load,
})
scenario('inherited target', {
  load,
  check: (response) => {
    yes<Equal<typeof response, unknown>>()
    return true
  },
})

// --- loads and settings

// @ts-expect-error a closed loop has no rate
closed({ rate: 5 })
// @ts-expect-error a closed loop has no rate
closed({ concurrency: 1, rate: 5 })
// @ts-expect-error an open loop has no concurrency
poisson({ concurrency: 5 })
// @ts-expect-error the unit is missing
stages([{ load: poisson({ rate: 1 }), duration: 5 }])
// @ts-expect-error stages do not nest
stages([{ load: stages([{ load, duration: '1s' }]), duration: '5s' }])
// @ts-expect-error the unit is missing
closed({ concurrency: 1, thinkTime: '50' })
closed({ concurrency: 1, thinkTime: (random) => `${random.next() * 10}ms` })
// @ts-expect-error a think time has a unit
closed({ concurrency: 1, thinkTime: (random) => random.next() })
// @ts-expect-error not a load
scenario('not a load', { target, load: { rate: 5 } })

// @ts-expect-error the unit is missing
scenario('duration without unit', { target, input, load, duration: '30' })
// @ts-expect-error the unit is missing
scenario('duration as a number', { target, input, load, duration: 30 })
// @ts-expect-error the unit is missing
scenario('size without unit', { target, input, load, maxResponseBytes: '30' })
scenario('warm-up by time or count', { target, input, load, warmup: '2s' })
scenario('warm-up by time or count', { target, input, load, warmup: 100 })
scenario('warm-up by time or count', { target, input, load, warmup: { requests: 100 } })
scenario('warm-up until steady', { target, input, load, warmup: 'auto' })
scenario('warm-up until steady', {
  target,
  input,
  load,
  warmup: { until: 'stable', windows: 3, within: 0.1 },
})
// @ts-expect-error -- no such word
scenario('warm-up until steady', { target, input, load, warmup: 'automatic' })
scenario('stop rule', { target, input, load, until: certified({ percentile: 99, limit: '50ms' }) })
scenario('stop rule', { target, input, load, until: { percentile: 99, halfWidth: 0.05 } })
// @ts-expect-error -- a limit has a unit
scenario('stop rule', { target, input, load, until: certified({ percentile: 99, limit: 50 }) })
// @ts-expect-error -- how well is it to be known?
scenario('stop rule', { target, input, load, until: { percentile: 99 } })
// @ts-expect-error no such setting
scenario('unknown setting', { target, input, load, durration: '5s' })
// @ts-expect-error `queue` or `drop`
scenario('unknown word', { target, input, load, overflow: 'block' })
scenario('slo', {
  target,
  input,
  load,
  slo: { p99: '50ms', 'p99.9': '80ms', errorRate: 0.001, responseTime: { mean: '5ms' } },
})
// @ts-expect-error the unit is missing
scenario('slo without unit', { target, input, load, slo: { p99: 50 } })
// @ts-expect-error not a boolean
scenario('only', { target, input, load, only: 'yes' })
scenario('skip with a reason', { target, input, load, skip: 'needs a GPU' })
scenario('skip by case', { matrix: { n: [1, 2] }, target, load, skip: ({ n }) => n > 1 && 'too large' })
// @ts-expect-error neither a boolean nor a reason
scenario('skip', { target, input, load, skip: 1 })
// @ts-expect-error tags are a list
scenario('tags', { target, input, load, tags: 'gpu' })

// --- setup

scenario('what setup returns reaches the case', {
  matrix: { batch: [1, 8] },
  setup: async ({ defer, signal }) => {
    yes<Equal<typeof signal, AbortSignal>>()
    defer(async () => {})
    return { url: 'http://127.0.0.1', sizes: [1, 2] }
  },
  target: (_at, setup) => {
    yes<Equal<typeof setup, { url: string; sizes: number[] }>>()
    return tensors({ model: 'm', url: setup.url })
  },
  load: ({ batch }, { sizes }) => closed({ concurrency: batch * sizes.length }),
  check: (_response, _at, { url }) => url !== '',
})
scenario('no setup, no data', {
  target: (_at, setup) => {
    yes<Equal<typeof setup, undefined>>()
    return target
  },
  load,
})
scenario('setup lacks a member', {
  setup: () => ({ url: 'http://127.0.0.1' }),
  // @ts-expect-error setup returns no `model`
  target: (_at, { model }) => tensors({ model }),
  load,
})

// --- streams and describe

scenario('streams', {
  matrix: { share: [1, 3] },
  load: poisson({ rate: 100 }),
  streams: ({ share }) => ({
    reads: stream({
      target: search({ url: 'http://localhost' }),
      input: { query: 'x' },
      weight: share,
      check: (response) => {
        yes<Equal<typeof response, SearchResponse>>()
        return response.hits > 0
      },
    }),
    writes: stream({
      target: tensors({ model: 'm' }),
      input: { inputs: [1] },
      load: constantRate({ rate: 1 }),
    }),
  }),
})
scenario('weights that change', {
  load: poisson({ rate: 100 }),
  streams: {
    before: stream({ target, weight: switchOver({ at: '10s', from: 1, to: 0, over: '5s' }) }),
    after: stream({ target, weight: { from: 0, changes: [{ at: '10s', to: 1 }] } }),
  },
})
scenario('alone as well', { load, streams: { a: stream({ target, weight: 1 }) }, solo: true })
// @ts-expect-error true or false
scenario('alone as well', { load, streams: { a: stream({ target, weight: 1 }) }, solo: 'a' })
// @ts-expect-error the unit is missing
switchOver({ at: 10, from: 1, to: 0 })
// @ts-expect-error it switches over to what?
switchOver({ at: '10s', from: 1 })
// @ts-expect-error a weight is a number
stream({ target, weight: '90 %' })
// @ts-expect-error a stream is made by stream()
scenario('no stream()', { streams: { a: { target, load } } })
// @ts-expect-error not an option of a stream
stream({ target, load, duration: '5s' })
// @ts-expect-error streams belong to a scenario
describe('group', { streams: { a: stream({ target, load }) } }, () => {})
// @ts-expect-error not what the target takes
stream({ target: search({ url: 'http://localhost' }), input: { inputs: [1] } })

describe('group', () => {})
describe('group', { repeats: 5, timeout: '1s', tags: ['gpu'], target, slo: { p99: '5ms' } }, () => {
  scenario('inside', { load })
})
// @ts-expect-error the unit is missing
describe('group', { timeout: 1 }, () => {})
// @ts-expect-error a matrix belongs to a scenario
describe('group', { matrix: { a: [1] } }, () => {})
// @ts-expect-error the body is missing
describe('group', { timeout: '1s' })
