import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { onnxModel, savedModel } from '@servebench/plugin-models'
import { oip } from '@servebench/plugin-oip'
import { onnxServer } from '@servebench/plugin-onnxruntime'
import { tfserving, tfservingServer } from '@servebench/plugin-tfserving'
import { torchserve, torchServe } from '@servebench/plugin-torchserve'
import { triton, tritonServer } from '@servebench/plugin-triton'
import { closed, scenario } from 'servebench'
import { tensors } from 'servebench/inputs'

// One model with the same weights everywhere: as an ONNX file, and as a SavedModel for TensorFlow Serving.
const shape = {
  family: 'mlp',
  name: 'mlp',
  inputs: 256,
  width: 256,
  layers: 3,
  outputs: 10,
  seed: 1,
} as const

const SERVERS = {
  onnx: () => onnxServer({ models: [onnxModel(shape)] }),
  triton: () => tritonServer({ models: [onnxModel(shape)] }),
  torchserve: () => torchServe({ models: [{ name: 'mlp', onnx: onnxModel(shape) }] }),
  tfserving: () => tfservingServer({ models: [savedModel(shape)] }),
}
const TARGETS = {
  onnx: () => oip({ model: 'mlp' }),
  triton: () => triton({ model: 'mlp' }),
  torchserve: () => torchserve({ model: 'mlp' }),
  tfserving: () => tfserving({ model: 'mlp' }),
}
/** Where the program of a server is looked for: an environment variable, or this name on the PATH. */
const PROGRAMS = {
  triton: ['SERVEBENCH_TRITONSERVER', 'tritonserver'],
  torchserve: ['SERVEBENCH_TORCHSERVE', 'torchserve'],
  tfserving: ['TF_SERVING_BIN', 'tensorflow_model_server'],
} as const

function missing(server: keyof typeof SERVERS): string | false {
  if (server === 'onnx') return false
  const [variable, program] = PROGRAMS[server]
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  const isThere =
    process.env[variable] !== undefined || folders.some((folder) => existsSync(join(folder, program)))
  return isThere ? false : `${program} is not installed here; ${variable} may say where it is`
}

scenario('the same model on several servers', {
  matrix: { server: ['onnx', 'triton', 'torchserve', 'tfserving'] },
  skip: ({ server }) => missing(server),
  server: ({ server }) => SERVERS[server](),
  target: ({ server }) => TARGETS[server](),
  // TorchServe does not describe its inputs; for the others this is what they say themselves.
  input: tensors({ shapes: { input: [1, 256] } }),
  load: closed({ concurrency: 4 }),
  // The same inputs must give the same probabilities; TorchServe's handlers answer with the row alone.
  agreement: ({ server }) => ({ shapes: server === 'torchserve' ? 'any' : 'equal' }),
  versus: { against: { server: 'onnx' } },
  // Three servers against one, by three metrics each, are nine tests: fewer repeats cannot tell.
  repeats: 9,
  warmup: '2s',
  duration: '4s',
})
