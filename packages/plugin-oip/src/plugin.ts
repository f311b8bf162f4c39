import { API_VERSION, definePlugin } from 'servebench/plugin'
import type { BenchPlugin } from 'servebench/plugin'
import { MLSERVER } from './mlserver/server.ts'
import { KIND, PACKAGE } from './target.ts'

/** Provides the target kind `oip`, and servers of the kind `mlserver`. Applied by itself when a bench file uses one. */
export const plugin: BenchPlugin = definePlugin({
  name: PACKAGE,
  apiVersion: API_VERSION,
  apply({ hooks, root }) {
    // What connects is only loaded when something does: a bench file that imports the target stays cheap.
    hooks.connect.for(KIND).tapPromise(PACKAGE, async (target, context) => {
      const { connect } = await import('./connect.ts')
      return connect(target, context, root)
    })
    hooks.control.for(KIND).tapPromise(PACKAGE, async (target, context) => {
      const { controlTarget } = await import('./control-target.ts')
      return controlTarget(target, context, root)
    })
    hooks.launch.for(MLSERVER).tapPromise(PACKAGE, async (server, context) => {
      const { launchServer } = await import('./mlserver/launch-server.ts')
      return launchServer(server, context)
    })
    hooks.tune
      .for(MLSERVER)
      .tapPromise(PACKAGE, async () => (await import('./mlserver/tuning/tuning.ts')).tuning)
    hooks.writeModels.for(MLSERVER).tapPromise(PACKAGE, async (server, context) => {
      const { writeModels } = await import('./mlserver/write-models.ts')
      return writeModels(server, context)
    })
  },
})
