import { inline, pipeline, scenario, closed, type RequestOf, type ResponseOf } from 'servebench'
import { yes, type Equal } from './equal.ts'
import {
  search,
  tensors,
  type SearchRequest,
  type SearchResponse,
  type TensorsResponse,
  type TensorsRequest,
} from './kinds.ts'

const model = tensors({ model: 'a' })
const engine = search({ url: 'http://localhost' })

// a step sees what the step before answers, and is asked what its own target takes
const two = pipeline([
  { name: 'model', target: model },
  {
    name: 'search',
    target: engine,
    input: (answer, context) => {
      yes<Equal<typeof answer, TensorsResponse>>()
      yes<Equal<typeof context.unit, number>>()
      return { query: String(answer.outputs[0]) }
    },
    check: (answer) => {
      yes<Equal<typeof answer, SearchResponse>>()
      return answer.hits > 0
    },
  },
])
yes<Equal<RequestOf<typeof two>, TensorsRequest>>()
yes<Equal<ResponseOf<typeof two>, SearchResponse>>()

// functions stand before, between and after
const four = pipeline([
  { name: 'tokenise', run: (text: string) => ({ inputs: [text.length] }) },
  { name: 'model', target: model, input: ({ inputs }) => ({ inputs }) },
  {
    name: 'rank',
    run: (answer) => {
      yes<Equal<typeof answer, TensorsResponse>>()
      return answer.outputs.length
    },
  },
  {
    name: 'search',
    target: engine,
    input: async (count) => {
      yes<Equal<typeof count, number>>()
      return { query: `${count}` }
    },
  },
])
yes<Equal<RequestOf<typeof four>, string>>()
yes<Equal<ResponseOf<typeof four>, SearchResponse>>()

const one = pipeline([
  { name: 'length', target: inline((text: string) => text.length), check: (length) => length > 0 },
])
yes<Equal<RequestOf<typeof one>, string>>()
yes<Equal<ResponseOf<typeof one>, number>>()

pipeline([
  { name: 'model', target: model },
  // @ts-expect-error no request of the search engine
  { name: 'search', target: engine, input: () => ({ nothing: 1 }) },
])
pipeline([
  { name: 'model', target: model },
  // @ts-expect-error the model does not answer this
  { name: 'search', target: engine, input: (answer) => ({ query: answer.nothing }) },
])
// @ts-expect-error a step asks a target or runs a function, not both
pipeline([{ name: 'both', target: model, run: () => 1 }])
// @ts-expect-error the first step is asked the scenario's input
pipeline([{ name: 'model', target: model, input: () => ({ inputs: [] }) }])

scenario('two', {
  target: two,
  input: { inputs: [1] },
  check: (answer) => {
    yes<Equal<typeof answer, SearchResponse>>()
    return answer.hits > 0
  },
  load: closed({ concurrency: 1 }),
})
const query: SearchRequest = { query: 'a' }
// @ts-expect-error the first step takes no query
scenario('wrong input', { target: two, input: query, load: closed({ concurrency: 1 }) })
