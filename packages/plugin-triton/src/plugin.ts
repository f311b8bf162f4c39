import { API_VERSION, definePlugin } from 'servebench/plugin'
import type { BenchPlugin } from 'servebench/plugin'
import type { FoundModel } from './found-model.ts'
import { KIND, PACKAGE } from './server.ts'

/** Provides targets and servers of the kind `triton`. Applied by itself when a bench file uses one. */
export const plugin: BenchPlugin = definePlugin({
  name: PACKAGE,
  apiVersion: API_VERSION,
  apply({ hooks, root }) {
    const models = new Map<string, FoundModel>()
    // What connects and launches is only loaded when something does: a bench file that imports the target stays cheap.
    hooks.connect.for(KIND).tapPromise(PACKAGE, async (target, context) => {
      const { connect } = await import('./connect.ts')
      const { reference, found } = await connect(target, context, root)
      models.set(target.options['model'] as string, found)
      return reference
    })
    hooks.launch.for(KIND).tapPromise(PACKAGE, async (server, context) => {
      if (server.launch['mode'] === 'attach') {
        const { attachServer } = await import('./launch/attach-server.ts')
        return attachServer(server, context)
      }
      const { launchServer } = await import('./launch/launch-server.ts')
      return launchServer(server, context)
    })
    hooks.writeModels.for(KIND).tapPromise(PACKAGE, async (server, context) => {
      const { writeModels } = await import('./launch/write-models.ts')
      return writeModels(server, context)
    })
    hooks.tune.for(KIND).tapPromise(PACKAGE, async () => (await import('./tuning/tuning.ts')).tuning)
    hooks.importStudies.for('model-analyzer').tapPromise(PACKAGE, async (studies, options) => {
      const { importStudies } = await import('./model-analyzer/import-studies.ts')
      return importStudies(studies, options)
    })
    hooks.control.for(KIND).tapPromise(PACKAGE, async (target, context) => {
      const { controlTarget } = await import('./control/control-target.ts')
      return controlTarget(target, context, root)
    })
    hooks.runStart.tapPromise(PACKAGE, async () => {
      models.clear()
    })
    hooks.analyse.tapPromise(PACKAGE, async (tables, context) => {
      const { analyse } = await import('./analyses/analyse.ts')
      tables.push(...(await analyse(context, models)))
    })
  },
})
