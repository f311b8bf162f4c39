import { fileURLToPath } from 'node:url'
import { definePlugin } from 'servebench/plugin'

/** A server as a bench file names it: `launch` says how it behaves, `state` what it can change while it runs. */
export function plainServer(launch = {}, state = {}) {
  return { kind: 'plain', package: 'plain-server', launch, state }
}

export const plugin = definePlugin({
  name: 'plain-server',
  apiVersion: 1,
  apply({ hooks }) {
    hooks.launch.for('plain').tapPromise('plain-server', async ({ launch }, context) => {
      const port = launch.port ?? (await context.port())
      const url = `http://127.0.0.1:${Number(port)}`
      const server = await context.spawn({
        command: process.execPath,
        args: [fileURLToPath(new URL('server.js', import.meta.url))],
        env: { PLAIN_SERVER: JSON.stringify({ ...launch, port }) },
      })
      const ready = await context.waitUntilReady(
        server,
        async (signal) => (await fetch(`${url}/ready`, { signal })).ok,
        { timeout: 10e9 },
      )
      return {
        kind: 'plain',
        endpoints: { http: url },
        process: server,
        version: '1.2.3',
        local: true,
        startup: { ready },
        control: {
          health: async () => ({ live: true, ready: true }),
          metadata: async () => ({ name: 'plain', version: '1.2.3', extensions: [], models: [] }),
          configure: async (state) =>
            (await fetch(`${url}/state`, { method: 'POST', body: JSON.stringify(state) })).json(),
          restore: async () => void (await fetch(`${url}/state`, { method: 'POST', body: '{}' })),
        },
        stop: () => server.stop(),
      }
    })
  },
})
