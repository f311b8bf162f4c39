/** Where the protocol has a model, below the server's URL. */
export function modelPath(model: string, version: string): string {
  const path = `/v2/models/${encodeURIComponent(model)}`
  return version === '' ? path : `${path}/versions/${encodeURIComponent(version)}`
}

export const INFERENCE_SERVICE = '/inference.GRPCInferenceService'
