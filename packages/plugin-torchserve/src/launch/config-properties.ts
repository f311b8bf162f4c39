import type { PlannedLaunch } from '../server/plan.ts'

export const HOST = '127.0.0.1'

export interface Ports {
  readonly inference: number
  readonly management: number
  readonly metrics: number
  readonly grpcInference: number
  readonly grpcManagement: number
}

/** The `config.properties` of a server that is reachable on this machine only, and that has no model yet. */
export function configProperties(
  { properties, metrics, tokens }: Extract<PlannedLaunch, { mode: 'launch' }>,
  { ports, store }: { readonly ports: Ports; readonly store: string },
): string {
  const own = {
    inference_address: `http://${HOST}:${ports.inference}`,
    management_address: `http://${HOST}:${ports.management}`,
    metrics_address: `http://${HOST}:${ports.metrics}`,
    grpc_inference_address: HOST,
    grpc_management_address: HOST,
    grpc_inference_port: ports.grpcInference,
    grpc_management_port: ports.grpcManagement,
    model_store: store,
    metrics_mode: metrics,
    enable_model_api: true,
    disable_token_authorization: !tokens,
    // A Python process every minute, whose gauges nobody reads here, takes its time from what is measured.
    disable_system_metrics: true,
  }
  return Object.entries({ ...own, ...properties })
    .map(([name, value]) => `${name}=${String(value)}\n`)
    .join('')
}
