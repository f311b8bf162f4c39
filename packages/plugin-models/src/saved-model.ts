import { ValidationError, type ArtifactSpec } from 'servebench/plugin'
import { onnxModel, PACKAGE, type MlpOptions, type OnnxModelSpec } from './onnx-model.ts'

export const SAVED_MODEL = 'saved-model'

export interface SavedModelSpec extends ArtifactSpec {
  readonly artifact: typeof SAVED_MODEL
  readonly package: typeof PACKAGE
  readonly options: OnnxModelSpec['options']
}

/**
 * The same model as `onnxModel` with these options, weights and all, as a TensorFlow SavedModel: for TensorFlow Serving.
 * Its signature `serving_default` has the input `input` and the output `output`, both float32. Perceptrons only.
 *
 * @example tfservingServer({ models: [savedModel({ family: 'mlp', width: 1024, layers: 4 })] })
 * @throws {ValidationError} with all problems of the options at once.
 */
export function savedModel(options: MlpOptions): SavedModelSpec {
  if ((options.family as string) !== 'mlp') {
    const message = `is '${options.family as string}'; SavedModels are written of the family 'mlp'.`
    throw new ValidationError('savedModel()', [{ path: 'family', message }])
  }
  const { name, options: planned } = onnxModel(options)
  return { artifact: SAVED_MODEL, package: PACKAGE, name, options: planned }
}
