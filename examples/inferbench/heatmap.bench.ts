import { onnxModel } from '@servebench/plugin-models'
import { oip } from '@servebench/plugin-oip'
import { onnxServer } from '@servebench/plugin-onnxruntime'
import { closed, describe, scenario } from 'servebench'
import { tensors } from 'servebench/inputs'
import { isFull } from './form.ts'

/** Of a sequence for an RNN. */
const STEPS = isFull ? 100 : 20
const BATCHES = isFull ? [2, 4, 8, 16, 32] : [2, 8, 32]

// What is it that keeps a device busy, depth or batch? A model per row, a batch per column.
describe(
  'layers × batch',
  { load: closed({ concurrency: 1 }), target: oip({ model: 'model', protocol: 'grpc' }) },
  () => {
    scenario('MLP', {
      matrix: { layers: isFull ? [2, 8, 32, 128, 512, 2048] : [2, 8, 32], batch: BATCHES },
      server: ({ layers }) => serve({ family: 'mlp', width: 256, layers }),
      input: ({ batch }) => tensors({ batch }),
    })

    scenario('CNN', {
      matrix: { layers: isFull ? [2, 4, 8, 16, 32, 64] : [2, 4, 8], batch: BATCHES },
      server: ({ layers }) => serve({ family: 'cnn', block: 'plain', stages: 1, blocks: layers }),
      input: ({ batch }) => tensors({ batch }),
    })

    scenario('RNN', {
      matrix: { layers: isFull ? [1, 2, 4, 8, 16] : [1, 2, 4], batch: BATCHES },
      server: ({ layers }) => serve({ family: 'rnn', cell: 'lstm', width: 64, layers }),
      input: ({ batch }) => tensors({ shapes: { input: [batch, STEPS, 64] } }),
      // FLOP are counted for a sequence as long as those that are sent.
      static: { sizes: { S: STEPS } },
    })
  },
)

function serve(shape: Parameters<typeof onnxModel>[0]): ReturnType<typeof onnxServer> {
  return onnxServer({ models: [onnxModel({ ...shape, name: 'model' })], intraOpThreads: 0 })
}
