import { onnxModel, savedModel } from '@servebench/plugin-models'
import { oip } from '@servebench/plugin-oip'
import { onnxServer } from '@servebench/plugin-onnxruntime'
import { tfserving, tfservingServer } from '@servebench/plugin-tfserving'
import { torchserve, torchServe } from '@servebench/plugin-torchserve'
import { triton, tritonServer } from '@servebench/plugin-triton'
import { missingProgram } from 'servebench'

export type Framework = 'onnx' | 'triton' | 'torchserve' | 'tfserving'
export const FRAMEWORKS = ['onnx', 'triton', 'torchserve', 'tfserving'] as const

/** One perceptron for all of them, with the same weights. */
const shape = { family: 'mlp', name: 'mlp', inputs: 256, layers: 3, outputs: 10, seed: 1 } as const

export const SERVERS = {
  onnx: (width: number) => onnxServer({ models: [onnxModel({ ...shape, width })] }),
  triton: (width: number) => tritonServer({ models: [onnxModel({ ...shape, width })] }),
  torchserve: (width: number) =>
    torchServe({ models: [{ name: 'mlp', onnx: onnxModel({ ...shape, width }) }] }),
  tfserving: (width: number) => tfservingServer({ models: [savedModel({ ...shape, width })] }),
}

export const TARGETS = {
  onnx: () => oip({ model: 'mlp' }),
  triton: () => triton({ model: 'mlp' }),
  torchserve: () => torchserve({ model: 'mlp' }),
  tfserving: () => tfserving({ model: 'mlp' }),
}

const PROGRAMS = {
  triton: ['tritonserver', 'SERVEBENCH_TRITONSERVER', ['/opt/tritonserver/bin']],
  torchserve: ['torchserve', 'SERVEBENCH_TORCHSERVE', []],
  tfserving: ['tensorflow_model_server', 'TF_SERVING_BIN', []],
} as const

/** Why a server cannot be started on this machine, for `skip`. */
export function missing(server: Framework): string | false {
  if (server === 'onnx') return false
  const [program, variable, folders] = PROGRAMS[server]
  return missingProgram(program, { variable, folders })
}
