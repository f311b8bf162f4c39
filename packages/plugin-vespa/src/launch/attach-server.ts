import type { JsonValue, LaunchContext, RunningServer, ServerPlan } from 'servebench/plugin'
import { ExitCode, ServebenchError } from 'servebench/plugin'
import { anchorSecrets } from 'servebench/session'
import { SERVER_KIND } from '../kinds.ts'
import { VespaClient } from '../server/vespa-client.ts'
import { vespaControl } from '../server/vespa-control.ts'
import type { PlannedLaunch, VespaServerSpec } from '../server.ts'

type Attachment = Extract<PlannedLaunch, { mode: 'attach' }>

const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]'])

/** Connects to a container that runs already. It is left running. */
export async function attachServer(plan: ServerPlan, context: LaunchContext): Promise<RunningServer> {
  const { launch } = plan as unknown as VespaServerSpec
  if (launch.mode !== 'attach') throw new TypeError('This is a server to launch.')
  const { http } = launch
  const { headers, tls } = anchorSecrets(
    { headers: launch.headers, tls: launch.tls } as unknown as JsonValue,
    context.root,
  ) as unknown as Attachment
  const options = { headers, ...(tls === null ? {} : { tls }) }
  const client = new VespaClient(http, { ...options, signal: context.signal })
  if (!(await client.isUp())) {
    throw new ServebenchError(
      'SERVEBENCH_VESPA_DOWN',
      `The container at ${http} does not say that it is up.`,
      {
        advice: `See ${http}/state/v1/health, and whether this is the port of a container.`,
        exitCode: ExitCode.target,
      },
    )
  }
  const prometheus = (await client.prometheus()) !== null
  return {
    kind: SERVER_KIND,
    endpoints: { http },
    process: null,
    version: await client.version(),
    local: LOOPBACK.has(new URL(http).hostname),
    control: vespaControl({ url: http, ...options, prometheus }),
    startup: {},
    stop: async () => {},
  }
}
