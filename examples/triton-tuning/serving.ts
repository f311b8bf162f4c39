import { onnxModel } from '@servebench/plugin-models'
import { oip } from '@servebench/plugin-oip'
import { onnxServer } from '@servebench/plugin-onnxruntime'
import { triton, tritonServer } from '@servebench/plugin-triton'
import { missingProgram } from 'servebench'
import { isFull } from './form.ts'

const isMissing = missingProgram('tritonserver', { variable: 'SERVEBENCH_TRITONSERVER' }) !== false
/** Where there is no Triton, ONNX Runtime's own server stands in for it with the same model. */
export const SERVER = isMissing ? 'ONNX Runtime' : 'Triton'

/** The tutorial reads words of 32 × 100 pixels; this is a small residual network for images of 32 × 32. */
const model = onnxModel({
  family: 'cnn',
  block: 'residual',
  ...(isFull ? { width: 32, stages: 4 } : {}),
  name: 'recognition',
})

/** As it is without tuning: one instance, no dynamic batching. */
export function serve(): ReturnType<typeof tritonServer> | ReturnType<typeof onnxServer> {
  return isMissing ? onnxServer({ models: [model], intraOpThreads: 1 }) : tritonServer({ models: [model] })
}

export function target(): ReturnType<typeof triton> | ReturnType<typeof oip> {
  return isMissing
    ? oip({ model: 'recognition', protocol: 'grpc' })
    : triton({ model: 'recognition', protocol: 'grpc' })
}
