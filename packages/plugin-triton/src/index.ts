export { triton } from './target.ts'
export type { TritonOptions } from './target.ts'
export type { TritonResponse } from './response.ts'
export { perfAnalyzerData } from './perf-analyzer-data.ts'
export type { PerfAnalyzerDataOptions } from './perf-analyzer-data.ts'
export { tritonServer } from './server.ts'
export type {
  OnnxBackend,
  TritonAttachOptions,
  TritonLaunchOptions,
  TritonServerModel,
  TritonServerSpec,
  TritonState,
} from './server.ts'
export type { TritonDynamicBatching, TritonModelSettings } from './config/model-settings.ts'
export { plugin } from './plugin.ts'
