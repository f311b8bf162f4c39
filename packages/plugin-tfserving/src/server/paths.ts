import type { ModelChoice } from '../grpc/model-spec.ts'

export const PREDICTION_SERVICE = '/tensorflow.serving.PredictionService'
export const MODEL_SERVICE = '/tensorflow.serving.ModelService'
/** TensorFlow's own, at the gRPC port unless the server was started with `--enable_profiler=false`. */
export const PROFILER_SERVICE = '/tensorflow.ProfilerService'

/** Where the REST API has a model, below the server's URL. */
export function modelPath({ name, version, versionLabel }: ModelChoice): string {
  const path = `/v1/models/${encodeURIComponent(name)}`
  if (version !== '') return `${path}/versions/${version}`
  return versionLabel === '' ? path : `${path}/labels/${encodeURIComponent(versionLabel)}`
}

/** Of the Prometheus page, as servers have it unless told otherwise. */
export const METRICS_PATH = '/monitoring/prometheus/metrics'
