import { API_VERSION, definePlugin, type ArtifactSpec, type BenchPlugin } from 'servebench/plugin'
import { provideModel } from './artifact-cache.ts'
import { ARTIFACT, onnxModel, PACKAGE, type ModelPlan, type OnnxModelOptions } from './onnx-model.ts'
import { SAVED_MODEL, savedModel, type SavedModelOptions } from './saved-model.ts'

/** Builds the models of {@link onnxModel} and {@link savedModel}. Applied by itself when a bench file uses one. */
export const plugin: BenchPlugin = definePlugin({
  name: PACKAGE,
  apiVersion: API_VERSION,
  apply(bench) {
    bench.hooks.buildArtifact.for(ARTIFACT).tapPromise(PACKAGE, (artifact, directory) => {
      // A specification is data from a bench file: checked again before it becomes a file.
      return provideModel(onnxModel(optionsOf(artifact) as OnnxModelOptions), directory)
    })
    bench.hooks.buildArtifact.for(SAVED_MODEL).tapPromise(PACKAGE, (artifact, directory) => {
      return provideModel(savedModel(optionsOf(artifact) as SavedModelOptions), directory)
    })
  },
})

function optionsOf({ name, options }: ArtifactSpec): object {
  const { shape, ...others } = options as unknown as ModelPlan
  return { ...shape, ...others, name }
}
