import { API_VERSION, definePlugin, type BenchPlugin } from 'servebench/plugin'
import { provideModel } from './artifact-cache.ts'
import { ARTIFACT, onnxModel, PACKAGE, type MlpOptions, type OnnxModelOptions } from './onnx-model.ts'
import { SAVED_MODEL, savedModel } from './saved-model.ts'

/** Builds the models of {@link onnxModel} and {@link savedModel}. Applied by itself when a bench file uses one. */
export const plugin: BenchPlugin = definePlugin({
  name: PACKAGE,
  apiVersion: API_VERSION,
  apply(bench) {
    bench.hooks.buildArtifact.for(ARTIFACT).tapPromise(PACKAGE, (artifact, directory) => {
      // A specification is data from a bench file: checked again before it becomes a file.
      const { shape, seed } = artifact.options as unknown as { shape: OnnxModelOptions; seed: number }
      return provideModel(onnxModel({ ...shape, seed, name: artifact.name }), directory)
    })
    bench.hooks.buildArtifact.for(SAVED_MODEL).tapPromise(PACKAGE, (artifact, directory) => {
      const { shape, seed } = artifact.options as unknown as { shape: MlpOptions; seed: number }
      return provideModel(savedModel({ ...shape, seed, name: artifact.name }), directory)
    })
  },
})
