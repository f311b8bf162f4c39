import { resolve } from 'node:path'
import { acceptsConnections, API_VERSION, definePlugin } from '../../plugin.ts'
import type { BenchPlugin, LaunchContext, RunningServer, ServerPlan, ServerProcess } from '../../plugin.ts'
import type { PlannedProcess } from './process-server.ts'

const NAME = 'servebench/process'
const HOST = '127.0.0.1'

/** Launches servers of the kind `process`. */
export const plugin: BenchPlugin = definePlugin({
  name: NAME,
  apiVersion: API_VERSION,
  apply({ hooks }) {
    hooks.launch.for('process').tapPromise(NAME, launch)
  },
})

async function launch(plan: ServerPlan, context: LaunchContext): Promise<RunningServer> {
  const planned = plan.launch as unknown as PlannedProcess
  const port = await context.port(planned.port ?? undefined)
  const own = String(planned.port ?? port)
  const fill = (text: string): string => text.replaceAll('{port}', own).replaceAll('{host}', context.host)
  await context.modelFiles(planned.models.map((path) => resolve(context.root, path)))
  const server = await context.spawn({
    command: planned.command,
    args: planned.args.map(fill),
    env: Object.fromEntries(Object.entries(planned.env).map(([name, text]) => [name, fill(text)])),
    ...workingDirectory(planned, context),
  })
  const url = `http://${HOST}:${port}`
  const ready = await context.waitUntilReady(
    server,
    probe(planned.ready, url, port, server, context.host !== HOST),
    {
      timeout: planned.startTimeout,
    },
  )
  return {
    kind: 'process',
    endpoints: { http: url },
    process: server,
    version: null,
    local: true,
    control: null,
    startup: { ready },
    ...(planned.bare === null
      ? {}
      : { bare: { ...plan, launch: { ...plan.launch, ...planned.bare, models: [], bare: null } } }),
    stop: () => server.stop(),
  }
}

/** In a container, that of the image, unless one was named: a path there. */
function workingDirectory({ cwd }: PlannedProcess, { root, container }: LaunchContext): { cwd?: string } {
  if (container !== null) return cwd === null ? {} : { cwd }
  return { cwd: cwd === null ? root : resolve(root, cwd) }
}

function probe(
  ready: PlannedProcess['ready'],
  url: string,
  port: number,
  server: ServerProcess,
  proxied: boolean,
): (signal: AbortSignal) => Promise<boolean> {
  if (ready === null) return (signal) => acceptsConnections(port, { signal, proxied })
  if ('log' in ready) return async () => server.logTail().includes(ready.log)
  return async (signal) => {
    const answer = await fetch(url + ready.path, { signal })
    await answer.body?.cancel()
    return answer.ok
  }
}
