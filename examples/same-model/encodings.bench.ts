import { onnxModel } from '@servebench/plugin-models'
import { oip } from '@servebench/plugin-oip'
import { onnxServer } from '@servebench/plugin-onnxruntime'
import { closed, scenario } from 'servebench'
import { tensors } from 'servebench/inputs'

const shape = { family: 'mlp', inputs: 256, width: 256, layers: 3, outputs: 10, seed: 1 } as const
const MODELS = {
  fp32: onnxModel(shape),
  fp16: onnxModel({ ...shape, precision: 'fp16', io: 'native' }),
}

// The same tensors in every encoding: what differs is the bytes, and what it takes to make and to read them.
scenario('one request in four encodings', {
  matrix: { encoding: ['http-json', 'http', 'grpc', 'grpc-typed'], batch: [1, 16] },
  server: onnxServer({ models: [{ model: MODELS.fp32, name: 'mlp' }] }),
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

// Half of the bytes. The protocol has no text for numbers of 16 bits: they go as bytes, over HTTP or gRPC.
scenario('one request in two precisions', {
  matrix: { encoding: ['http', 'grpc'], precision: ['fp32', 'fp16'] },
  server: onnxServer({
    models: [
      { model: MODELS.fp32, name: 'fp32' },
      { model: MODELS.fp16, name: 'fp16' },
    ],
  }),
  target: ({ encoding, precision }) => oip({ model: precision, protocol: encoding }),
  input: tensors({ batch: 16 }),
  load: closed({ concurrency: 4 }),
  // The arithmetic is that of 16 bits: the same answers, rounded.
  agreement: { tolerance: { absolute: 0.01, relative: 0.01 }, datatypes: 'any' },
  versus: { against: { precision: 'fp32' } },
  repeats: 10,
  warmup: '1s',
  duration: '2s',
})
