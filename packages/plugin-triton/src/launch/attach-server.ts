import { ExitCode, ServebenchError } from 'servebench/plugin'
import type { JsonValue, LaunchContext, RunningServer, ServerPlan } from 'servebench/plugin'
import { anchorSecrets } from 'servebench/session'
import { tritonControl } from '../control/triton-control.ts'
import { KIND } from '../server.ts'
import type { PlannedLaunch, TritonServerSpec } from '../server.ts'

type Attachment = Extract<PlannedLaunch, { mode: 'attach' }>

const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]'])

/** Connects to a server that runs already. It is left running. */
export async function attachServer(plan: ServerPlan, context: LaunchContext): Promise<RunningServer> {
  const { launch } = plan as unknown as TritonServerSpec
  if (launch.mode !== 'attach') throw new TypeError('This is a server to launch.')
  const { http, grpc, metrics } = launch
  const { headers, tls } = anchorSecrets(
    { headers: launch.headers, tls: launch.tls } as unknown as JsonValue,
    context.root,
  ) as unknown as Attachment
  const local = LOOPBACK.has(new URL(http).hostname)
  const control = await tritonControl({
    url: http,
    metricsUrl: metrics,
    headers,
    ...(tls === null ? {} : { tls }),
    local,
    warn: (message) => context.log.warn(message),
  })
  const { live } = await control.health()
  if (!live) {
    throw new ServebenchError(
      'SERVEBENCH_TRITON_HEALTH',
      `The server at ${http} says that it is not alive.`,
      {
        advice: 'Look at its log, or start it anew.',
        exitCode: ExitCode.target,
      },
    )
  }
  return {
    kind: KIND,
    endpoints: { http, grpc, metrics },
    process: null,
    version: control.server?.version ?? null,
    local,
    control,
    startup: {},
    stop: async () => {},
  }
}
