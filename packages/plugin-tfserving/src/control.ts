/** For programs and plugins: control of a TensorFlow Serving server, its calls over both APIs, and its files. */
export { tfservingControl } from './control/serving-control.ts'
export type { TfServingControlOptions } from './control/serving-control.ts'
export { GrpcClient } from './server/grpc-client.ts'
export { HttpClient } from './server/http-client.ts'
export { ServingCallError } from './server/serving-client.ts'
export type {
  ModelDescription,
  ServingClient,
  ServingClientOptions,
  VersionStatus,
} from './server/serving-client.ts'
export type { ModelChoice } from './grpc/model-spec.ts'
export type { Signature } from './model/signature.ts'
export type { ModelConfig, VersionPolicy } from './model/model-config.ts'
export { formatBatchingParameters, formatModelConfig, formatMonitoringConfig } from './launch/config-files.ts'
export { WARMUP_PATH, writeWarmupFile } from './warmup/warmup-file.ts'
