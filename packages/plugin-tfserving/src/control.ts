/** For programs and plugins: the calls of TensorFlow Serving's control plane, over both APIs. */
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
