import type { JsonValue, LaunchContext, RunningServer, ServerPlan } from 'servebench/plugin'
import { anchorSecrets } from 'servebench/session'
import { isAbsolute, join } from 'node:path'
import { torchserveControl } from '../control/torchserve-control.ts'
import { KIND } from '../kind.ts'
import type { PlannedLaunch, TorchServeSpec } from '../server/plan.ts'
import type { Access, TokenSource } from '../token/token-source.ts'
import { ensureToken } from '../token/renew-token.ts'

type Attachment = Extract<PlannedLaunch, { mode: 'attach' }>

const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]'])
/** Changes of a state are made at once, but registering waits for workers. */
const NEEDED = 600e9

/** Connects to a server that runs already. It is left running. */
export async function attachServer(
  plan: ServerPlan,
  context: LaunchContext,
): Promise<{ readonly server: RunningServer; readonly access: Access }> {
  const { launch } = plan as unknown as TorchServeSpec
  if (launch.mode !== 'attach') throw new TypeError('This is a server to launch.')
  const { http, grpc, management, metrics, logs } = launch
  const { headers, tls, inferenceAccess, managementAccess } = anchorSecrets(
    {
      headers: launch.headers,
      tls: launch.tls,
      inferenceAccess: anchor(launch.inferenceAccess, context.root),
      managementAccess: anchor(launch.managementAccess, context.root),
    } as unknown as JsonValue,
    context.root,
  ) as unknown as Attachment
  const access = { inference: inferenceAccess, management: managementAccess }
  const { signal } = context
  for (const [use, source] of Object.entries(access) as ['inference' | 'management', TokenSource | null][]) {
    if (source === null || !('keyFile' in source)) continue
    const { keyFile } = source
    const warning = await ensureToken(use, { keyFile, managementUrl: management, signal }, NEEDED)
    if (warning !== null && use === 'management') context.log.warn(warning)
  }
  const local = LOOPBACK.has(new URL(http).hostname)
  const control = torchserveControl({
    url: http,
    managementUrl: management,
    metricsUrl: metrics,
    logs: logs === null || isAbsolute(logs) ? logs : join(context.root, logs),
    access,
    headers,
    ...(tls === null ? {} : { tls }),
    local,
    warn: (message) => context.log.warn(message),
  })
  // That there is a server.
  await control.ping()
  return {
    access,
    server: {
      kind: KIND,
      endpoints: {
        http,
        grpc,
        ...(management === null ? {} : { management }),
        ...(metrics === null ? {} : { metrics }),
      },
      process: null,
      version: null,
      local,
      control,
      startup: {},
      stop: async () => {},
    },
  }
}

function anchor(source: TokenSource | null, root: string): TokenSource | null {
  if (source === null || !('keyFile' in source) || isAbsolute(source.keyFile)) return source
  return { keyFile: join(root, source.keyFile) }
}
