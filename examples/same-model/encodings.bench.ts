import { onnxModel } from '@servebench/plugin-models'
import { oip } from '@servebench/plugin-oip'
import { onnxServer } from '@servebench/plugin-onnxruntime'
import { closed, scenario } from 'servebench'
import { tensors } from 'servebench/inputs'

const mlp = onnxModel({ family: 'mlp', inputs: 256, width: 256, layers: 3, outputs: 10, seed: 1 })

// The same tensors in every encoding: what differs is the bytes, and what it takes to make and to read them.
scenario('one request in four encodings', {
  matrix: { encoding: ['http-json', 'http', 'grpc', 'grpc-typed'], batch: [1, 16] },
  server: onnxServer({ models: [{ model: mlp, name: 'mlp' }] }),
  target: ({ encoding }) => oip({ model: 'mlp', protocol: encoding }),
  input: ({ batch }) => tensors({ batch }),
  load: closed({ concurrency: 4 }),
  // Answers differ between batches, not between encodings.
  agreement: { across: 'encoding' },
  versus: { against: { encoding: 'http-json' } },
  repeats: 10,
  warmup: '1s',
  duration: '2s',
})
