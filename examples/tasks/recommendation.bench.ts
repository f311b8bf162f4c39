import { onnxModel } from '@servebench/plugin-models'
import { oip } from '@servebench/plugin-oip'
import { closed, scenario } from 'servebench'
import { recommendation } from 'servebench/inputs'
import { isFull } from './form.ts'
import { serve } from './serving.ts'

const ROWS = isFull ? 100_000 : 1000
const model = onnxModel({
  family: 'dlrm',
  rows: ROWS,
  ...(isFull ? {} : { bottom: [64, 16], top: [64] }),
  name: 'dlrm',
})

scenario('recommendation', {
  tags: ['tasks', 'task:recommendation'],
  server: serve(model),
  target: oip({ model: model.name, protocol: 'grpc' }),
  // Some things are asked for far more often than others.
  input: recommendation({ tables: { count: 26, rows: ROWS } }),
  load: closed({ concurrency: 1 }),
  // A probability.
  check: ({ outputs: [chance] }) => {
    const value = Number(chance?.data[0])
    return value >= 0 && value <= 1
  },
})
