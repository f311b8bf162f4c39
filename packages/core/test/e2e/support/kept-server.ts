/** A plugin whose servers are attached by URL: their state is one JSON value; one that is `broken` is refused. */
export const KEPT_SERVER_PLUGIN = `
import { definePlugin } from 'servebench/plugin'
export const keptServer = (launch, state) => ({ kind: 'kept', package: 'kept-server', launch, state })
export const plugin = definePlugin({
  name: 'kept-server',
  apiVersion: 1,
  apply({ hooks }) {
    hooks.tune.for('kept').tapPromise('kept-server', async () => ({
      apply: (server) => server,
      configuration: async ({ state }) => [{ path: 'kept.conf', text: 'instances = ' + state.instances + '\\n' }],
    }))
    hooks.launch.for('kept').tapPromise('kept-server', async ({ launch: { url } }) => {
      const read = async () => (await fetch(url + '/state')).json()
      const write = async (state) => void (await fetch(url + '/state', { method: 'POST', body: JSON.stringify(state) }))
      await read()
      let before
      return {
        kind: 'kept', endpoints: { http: url }, process: null, version: null, local: true, startup: {},
        control: {
          health: async () => ({ live: true, ready: true }),
          metadata: async () => ({ name: 'kept', version: null, extensions: [], models: [] }),
          configure: async (state, { changing }) => {
            before ??= await read()
            if (state.broken) throw new Error('The model does not fit into memory.')
            await changing({ before })
            await write(state)
            return read()
          },
          restore: () => write(before),
          undo: async (steps) => {
            for (const step of [...steps].reverse()) await write(step.before)
            return []
          },
        },
        stop: async () => {},
      }
    })
  },
})`
