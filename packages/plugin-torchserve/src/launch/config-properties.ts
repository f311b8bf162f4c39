import type { PlannedLaunch } from '../server/plan.ts'

export const HOST = '127.0.0.1'

export interface Ports {
  readonly inference: number
  readonly management: number
  readonly metrics: number
  readonly grpcInference: number
  readonly grpcManagement: number
}

/** The `config.properties` of a server that has no model yet. */
export function configProperties(
  { properties, metrics, tokens }: Extract<PlannedLaunch, { mode: 'launch' }>,
  { ports, store, host }: { readonly ports: Ports; readonly store: string; readonly host: string },
): string {
  const own = {
    inference_address: `http://${host}:${ports.inference}`,
    management_address: `http://${host}:${ports.management}`,
    metrics_address: `http://${host}:${ports.metrics}`,
    grpc_inference_address: host,
    grpc_management_address: host,
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
