export { torchserve } from './target.ts'
export type { TorchServeApi, TorchServeContent, TorchServeOptions } from './target.ts'
export type { TorchServeJson, TorchServeRequest, TorchServeValue } from './request.ts'
export type { TorchServeResponse } from './response.ts'
export { torchServe } from './server.ts'
export type {
  TorchServeArchive,
  TorchServeAttachOptions,
  TorchServeHandler,
  TorchServeLaunchOptions,
  TorchServeModel,
  TorchServeModelSettings,
  TorchServeOnnx,
  TorchServeState,
} from './server/options.ts'
export type { TorchServeSpec } from './server/plan.ts'
export { torchserveSampler } from './gauges/torchserve-sampler.ts'
export type { TorchServeSamplerOptions } from './gauges/torchserve-sampler.ts'
export { plugin } from './plugin.ts'
