export { tfserving } from './target.ts'
export type { TfServingMethod, TfServingOptions, TfServingProtocol } from './target.ts'
export type * from './request.ts'
export type { TfServingClass, TfServingResponse } from './response.ts'
export { tfservingServer } from './server.ts'
export type {
  TfServingAttachOptions,
  TfServingConfiguredModel,
  TfServingLaunchOptions,
  TfServingModel,
  TfServingModelState,
  TfServingServerSpec,
  TfServingState,
  TfServingVersions,
} from './server.ts'
export type { TfServingBatching, TfServingThreads } from './launch/plan-launch.ts'
export type { WarmupRequest } from './warmup/warmup-file.ts'
export { plugin } from './plugin.ts'
