import { onnxModel } from '@servebench/plugin-models'
import { oip } from '@servebench/plugin-oip'
import { onnxServer } from '@servebench/plugin-onnxruntime'
import { closed, describe, scenario } from 'servebench'
import { csv, mixed, tabular } from 'servebench/inputs'

const mlp = onnxModel({ family: 'mlp', inputs: 8, width: 512, layers: 4, outputs: 2, seed: 1 })
const columns = Array.from({ length: 8 }, (_, index) => `f${index}`)

describe(
  'inputs of an MLP',
  {
    server: onnxServer({ models: [{ model: mlp, name: 'mlp' }] }),
    warmup: '100ms',
    duration: '400ms',
  },
  () => {
    // The result has a table that compares each kind with random inputs.
    scenario('special values', {
      matrix: { values: ['random', 'zeros', 'ones', 'max', 'denormals', 'nan'] },
      target: () => oip({ model: 'mlp' }),
      input: ({ values }) => tabular({ features: 8, values }),
      load: closed({ concurrency: 1 }),
      repeats: 6,
    })

    // Labels split the distributions: by part, and by the column `kind`.
    scenario('rows of a file among random ones', {
      target: () => oip({ model: 'mlp' }),
      input: mixed({
        file: {
          input: csv('rows.csv', { tensors: { input: { columns } }, label: 'kind', shuffle: 1 }),
          weight: 3,
        },
        random: { input: tabular({ features: 8 }), weight: 1 },
      }),
      load: closed({ concurrency: 2 }),
    })
  },
)
