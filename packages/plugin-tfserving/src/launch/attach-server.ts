import type { JsonValue, LaunchContext, RunningServer, ServerPlan } from 'servebench/plugin'
import { anchorSecrets } from 'servebench/session'
import { readStatuses, tfservingControl } from '../control/serving-control.ts'
import { HttpClient } from '../server/http-client.ts'
import { MetricsClient } from '../server/metrics-client.ts'
import type { PlannedLaunch, TfServingServerSpec } from '../server.ts'
import { KIND } from '../target.ts'

type Attachment = Extract<PlannedLaunch, { mode: 'attach' }>

const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]'])

/** Connects to a server that runs already. It is left running. */
export async function attachServer(plan: ServerPlan, context: LaunchContext): Promise<RunningServer> {
  const { launch } = plan as unknown as TfServingServerSpec
  if (launch.mode !== 'attach') throw new TypeError('This is a server to launch.')
  const { http, grpc, metrics, metricsWanted, models } = launch
  const { headers, tls } = anchorSecrets(
    { headers: launch.headers, tls: launch.tls } as unknown as JsonValue,
    context.root,
  ) as unknown as Attachment
  const options = { headers, ...(tls === null ? {} : { tls }) }
  const hasMetrics = await new MetricsClient(metrics, { ...options, signal: context.signal }).text().then(
    () => true,
    (error: unknown) => {
      const message = `The server's statistics are left out: ${(error as Error).message}`
      if (metricsWanted) context.log.warn(message)
      else context.log.info(message)
      return false
    },
  )
  await readStatuses(new HttpClient(http, { ...options, signal: context.signal }), models)
  const local = LOOPBACK.has(new URL(http).hostname)
  const control = tfservingControl({
    ...options,
    httpUrl: http,
    grpcUrl: grpc,
    metricsUrl: hasMetrics ? metrics : null,
    models,
    local,
  })
  return {
    kind: KIND,
    endpoints: { http, grpc, metrics },
    process: null,
    version: null,
    local,
    control,
    startup: {},
    stop: async () => {},
  }
}
