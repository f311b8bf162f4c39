export { onnxServer } from './onnx-server.ts'
export type {
  DynamicBatching,
  OnnxModelSettings,
  OnnxServerModel,
  OnnxServerOptions,
  OnnxServerSpec,
} from './onnx-server.ts'
export { plugin } from './plugin.ts'
