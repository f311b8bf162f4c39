import { connect } from 'node:net'
import { resolve } from 'node:path'
import { API_VERSION, definePlugin } from '../../plugin.ts'
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
  const port = planned.port ?? (await context.port())
  const fill = (text: string): string => text.replaceAll('{port}', String(port))
  await context.modelFiles(planned.models.map((path) => resolve(context.root, path)))
  const server = await context.spawn({
    command: planned.command,
    args: planned.args.map(fill),
    env: Object.fromEntries(Object.entries(planned.env).map(([name, text]) => [name, fill(text)])),
    cwd: planned.cwd === null ? context.root : resolve(context.root, planned.cwd),
  })
  const url = `http://${HOST}:${port}`
  const ready = await context.waitUntilReady(server, probe(planned.ready, url, port, server), {
    timeout: planned.startTimeout,
  })
  return {
    kind: 'process',
    endpoints: { http: url },
    process: server,
    version: null,
    local: true,
    control: null,
    startup: { ready },
    stop: () => server.stop(),
  }
}

function probe(
  ready: PlannedProcess['ready'],
  url: string,
  port: number,
  server: ServerProcess,
): (signal: AbortSignal) => Promise<boolean> {
  if (ready === null) return (signal) => accepts(port, signal)
  if ('log' in ready) return async () => server.logTail().includes(ready.log)
  return async (signal) => {
    const answer = await fetch(url + ready.path, { signal })
    await answer.body?.cancel()
    return answer.ok
  }
}

/** Whether somebody listens on a port. */
function accepts(port: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: HOST, signal })
    const end = (found: boolean): void => {
      socket.destroy()
      resolve(found)
    }
    socket.once('connect', () => end(true))
    socket.once('error', () => end(false))
  })
}
