import type { onnxModel } from '@servebench/plugin-models'
import { onnxServer } from '@servebench/plugin-onnxruntime'

/** One model, with as many threads as there are cores. */
export function serve(model: ReturnType<typeof onnxModel>): ReturnType<typeof onnxServer> {
  return onnxServer({ models: [model], intraOpThreads: 0 })
}
