import { ValidationError, type ArtifactSpec } from 'servebench/plugin'
import type { FamilyName } from './families/families.ts'
import { nameOf, PACKAGE, planModel, type OnnxModelSpec, type OptionsOf } from './onnx-model.ts'

export const SAVED_MODEL = 'saved-model'

/** Families whose operations TensorFlow has in the same form. */
export type SavedModelFamily = Extract<
  FamilyName,
  'mlp' | 'cnn' | 'alexnet' | 'vgg' | 'resnet' | 'mobilenet' | 'wide-deep' | 'dlrm' | 'gan' | 'unet'
>
export const SAVED_FAMILIES: readonly SavedModelFamily[] = [
  'mlp',
  'cnn',
  'alexnet',
  'vgg',
  'resnet',
  'mobilenet',
  'wide-deep',
  'dlrm',
  'gan',
  'unet',
]
export type SavedModelOptions = { [Name in SavedModelFamily]: OptionsOf<Name> }[SavedModelFamily]

export interface SavedModelSpec extends ArtifactSpec {
  readonly artifact: typeof SAVED_MODEL
  readonly package: typeof PACKAGE
  readonly options: OnnxModelSpec['options']
}

/**
 * The same model as `onnxModel` with these options, weights and all, as a TensorFlow SavedModel: for TensorFlow Serving.
 * Its signature `serving_default` has the inputs and outputs of the ONNX file. Single precision only.
 *
 * @example tfservingServer({ models: [savedModel({ family: 'mlp', width: 1024, layers: 4 })] })
 * @throws {ValidationError} with all problems of the options at once.
 */
export function savedModel(options: SavedModelOptions): SavedModelSpec {
  const { name, ...plan } = planModel('savedModel()', options)
  const problems = []
  if (!SAVED_FAMILIES.includes(options.family)) {
    const message = `is '${options.family}'; SavedModels are written of ${SAVED_FAMILIES.join(', ')}.`
    problems.push({ path: 'family', message })
  }
  if (plan.precision !== 'fp32') {
    problems.push({
      path: 'precision',
      message: `is ${plan.precision}; SavedModels are written in fp32 only.`,
    })
  }
  if (problems.length > 0) throw new ValidationError('savedModel()', problems)
  return {
    artifact: SAVED_MODEL,
    package: PACKAGE,
    name: name ?? nameOf(plan),
    options: plan as OnnxModelSpec['options'],
  }
}
