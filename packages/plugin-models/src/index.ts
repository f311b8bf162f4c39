export { onnxModel } from './onnx-model.ts'
export type {
  CommonOptions,
  ModelIo,
  ModelPlan,
  OnnxModelOptions,
  OnnxModelSpec,
  OptionsOf,
} from './onnx-model.ts'
export { savedModel } from './saved-model.ts'
export type { SavedModelFamily, SavedModelOptions, SavedModelSpec } from './saved-model.ts'
export { presets } from './families/presets.ts'
export type { PresetName } from './families/presets.ts'
export type { FamilyName, ModelShape, Shapes } from './families/families.ts'
export type { Precision } from './precision/precision.ts'
export type { LayerMetrics, StaticMetrics } from './graph/static-metrics.ts'
export { plugin } from './plugin.ts'
