import { fileURLToPath } from 'node:url'
import type { LaunchContext, RunningServer, ServerPlan } from 'servebench/plugin'
import { acmeControl } from './control.ts'
import { KIND } from './names.ts'
import type { Launch, State } from './server.ts'

/** Stands for your server's own program. */
const PROGRAM = fileURLToPath(new URL('../server/main.mjs', import.meta.url))

/** Starts the server through the context, which ends it on every exit path, and waits until it is ready. */
export async function launch(plan: ServerPlan, context: LaunchContext): Promise<RunningServer> {
  const { models, workers, env } = plan.launch as unknown as Launch
  const { threads } = plan.state as unknown as State
  const port = await context.port()
  const url = `http://127.0.0.1:${port}`
  const server = await context.spawn({
    command: process.execPath,
    args: [
      PROGRAM,
      `--host=${context.host}`,
      `--port=${port}`,
      `--models=${models.join(',')}`,
      `--workers=${workers}`,
      `--threads=${threads}`,
    ],
    env,
  })
  const control = acmeControl(url)
  const ready = await context.waitUntilReady(server, async () => (await control.health()).ready)
  return {
    kind: KIND,
    endpoints: { http: url },
    process: server,
    version: (await control.metadata()).version,
    local: true,
    control,
    startup: { ready },
    stop: () => server.stop(),
  }
}
