export { onnxModel } from './onnx-model.ts'
export type { CnnOptions, MlpOptions, OnnxModelOptions, OnnxModelSpec } from './onnx-model.ts'
export type { LayerMetrics, StaticMetrics } from './graph/static-metrics.ts'
export { plugin } from './plugin.ts'
