import type { ServerPlan } from '../plan/trial-plan.ts'
import type { LaunchContext, ServerControl, ServerProcess } from './server.ts'

/**
 * Brings a server that has just been started into its state. One that dies while it loads says so faster than its calls
 * run into their time limits.
 * @throws whatever `configure` throws
 * @throws {ServebenchError} `SERVEBENCH_SERVER_EXITED`
 */
export async function configureAtLaunch(
  control: ServerControl,
  { state }: ServerPlan,
  context: LaunchContext,
  server: ServerProcess,
): Promise<void> {
  let loaded = false
  const loading = control
    .configure?.(state, { artifact: (spec) => context.artifact(spec) })
    .then(() => (loaded = true))
  const ended = server.exited.then(() => context.waitUntilReady(server, async () => loaded))
  ended.catch(() => {})
  await Promise.race([loading, ended])
}
