import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { provideModel } from '../src/artifact-cache.ts'
import { onnxModel, type OptionsOf } from '../src/onnx-model.ts'

/** What ONNX Runtime answers in this process: the reference for servers of the same model. */
export async function onnxAnswers(options: OptionsOf<'mlp'>, rows: Float32Array): Promise<Float32Array> {
  const directory = mkdtempSync(join(tmpdir(), 'models-'))
  try {
    const { path } = await provideModel(onnxModel(options), directory)
    const session = await InferenceSession.create(path, { intraOpNumThreads: 1, logSeverityLevel: 3 })
    const width = options.inputs ?? 256
    const input = new Tensor('float32', rows, [rows.length / width, width])
    return (await session.run({ input }))['output']?.data as Float32Array
  } finally {
    rmSync(directory, { recursive: true })
  }
}
