import { onnxModel, presets } from '@servebench/plugin-models'
import { oip } from '@servebench/plugin-oip'
import { closed, scenario } from 'servebench'
import { tokens } from 'servebench/inputs'
import { isFull } from './form.ts'
import { serve } from './serving.ts'

const VOCABULARY = isFull ? 50_257 : 1000
const TOKENS = isFull ? 128 : 16
const model = onnxModel({
  ...presets['distilgpt2'],
  ...(isFull ? {} : { layers: 2, width: 128, heads: 4, hidden: 512, vocabulary: VOCABULARY }),
  cache: false,
  logits: 'last',
  name: isFull ? 'distilgpt2' : 'tiny-gpt2',
})

// One token of a text: what a decoder without a cache computes for it is all of the text.
scenario('text generation', {
  tags: ['tasks', 'task:text generation'],
  server: serve(model),
  target: oip({ model: model.name, protocol: 'grpc' }),
  input: tokens({ length: TOKENS, vocabulary: VOCABULARY }),
  static: { sizes: { S: TOKENS } },
  load: closed({ concurrency: 1 }),
  check: ({ outputs: [logits] }) => logits?.data.length === VOCABULARY,
})
