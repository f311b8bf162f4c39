import { onnxModel } from '@servebench/plugin-models'
import { oip } from '@servebench/plugin-oip'
import { onnxServer } from '@servebench/plugin-onnxruntime'
import { torchserve, torchServe } from '@servebench/plugin-torchserve'
import { missingProgram } from 'servebench'
import { bytes, image } from 'servebench/inputs'
import type { InputSpec } from 'servebench'

/** Height and width of an image. */
const SIZE = 64
export type Device = 'cpu' | 'gpu'

const isMissing = missingProgram('torchserve', { variable: 'SERVEBENCH_TORCHSERVE' }) !== false
/** Where there is no TorchServe, ONNX Runtime's own server stands in for it, with a network like that of `drawings.py`. */
export const SERVER = isMissing ? 'ONNX Runtime' : 'TorchServe'

/** So many workers, each with one thread. */
export function serve(workers: number, device: Device): Served {
  if (isMissing) {
    const model = onnxModel({ family: 'cnn', size: SIZE, width: 32, stages: 4, name: 'drawings' })
    return onnxServer({
      models: [model],
      instances: workers,
      intraOpThreads: 1,
      executionProviders: device === 'gpu' ? ['cuda', 'cpu'] : ['cpu'],
    })
  }
  return torchServe({
    models: [{ name: 'drawings', handler: 'drawings.py', config: { deviceType: device } }],
    env: { OMP_NUM_THREADS: '1' },
    state: { workers },
  })
}
type Served = ReturnType<typeof torchServe> | ReturnType<typeof onnxServer>

export function target(): ReturnType<typeof torchserve> | ReturnType<typeof oip> {
  return isMissing ? oip({ model: 'drawings' }) : torchserve({ model: 'drawings' })
}

/** So many images in a request: as their bytes, and for the stand-in as a tensor. */
export function images(batch: number): InputSpec {
  return isMissing
    ? image({ size: SIZE, batch, name: 'input' })
    : bytes({ size: `${3 * SIZE * SIZE}B`, batch })
}
