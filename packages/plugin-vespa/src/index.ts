export { vespaSearch } from './search/target.ts'
export type { VespaSearchOptions } from './search/target.ts'
export type { VespaParameter, VespaQuery, VespaSearchRequest } from './search/request.ts'
export type {
  VespaBenchmarkData,
  VespaCoverage,
  VespaError,
  VespaHit,
  VespaSearchResponse,
  VespaTiming,
} from './search/response.ts'
export { vespaModel } from './model/target.ts'
export type { VespaDefaultInput, VespaModelOptions } from './model/target.ts'
export type { VespaInput, VespaModelRequest } from './model/request.ts'
export type { VespaModelResponse } from './model/response.ts'
export type { VespaCell, VespaTensor } from './model/vespa-tensor.ts'
export { vespaServer } from './server.ts'
export type {
  VespaAttachOptions,
  VespaLaunchOptions,
  VespaModel,
  VespaServerSpec,
  VespaThreads,
} from './server.ts'
export { vespaMetrics } from './metrics.ts'
export type { VespaMetricsOptions } from './metrics.ts'
export { plugin } from './plugin.ts'
