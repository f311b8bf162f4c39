import { onnxModel, presets } from '@servebench/plugin-models'
import { oip } from '@servebench/plugin-oip'
import { closed, scenario } from 'servebench'
import { tokens } from 'servebench/inputs'
import { isFull } from './form.ts'
import { serve } from './serving.ts'

const model = onnxModel({
  ...presets[isFull ? 'distilbert' : 'bert-tiny'],
  head: 'classifier',
  outputs: 2,
  name: isFull ? 'distilbert' : 'bert-tiny',
})

scenario('text classification', {
  tags: ['tasks', 'task:text classification'],
  server: serve(model),
  target: oip({ model: model.name, protocol: 'grpc' }),
  // As long as sentences are: some words, and sometimes many.
  input: tokens({ length: isFull ? { mean: 60, cv: 0.8, most: 256 } : { mean: 12, cv: 0.5, most: 32 } }),
  // FLOP of a sentence of the usual length.
  static: { sizes: { S: isFull ? 60 : 12 } },
  load: closed({ concurrency: 1 }),
  check: ({ outputs: [scores] }) => scores?.data.length === 2,
})
