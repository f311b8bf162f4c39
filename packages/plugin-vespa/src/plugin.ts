import { API_VERSION, definePlugin, moduleUrl } from 'servebench/plugin'
import type { BenchPlugin } from 'servebench/plugin'
import { MODEL_KIND, PACKAGE, SEARCH_KIND, SERVER_KIND } from './kinds.ts'

/** Provides Vespa's targets, servers and gauges. Applied by itself when a bench file uses one. */
export const plugin: BenchPlugin = definePlugin({
  name: PACKAGE,
  apiVersion: API_VERSION,
  apply({ hooks, root }) {
    // What connects and launches is only loaded when something does: a bench file that imports a target stays cheap.
    hooks.connect.for(SEARCH_KIND).tapPromise(PACKAGE, async (target, context) => {
      const { connectSearch } = await import('./search/connect.ts')
      return connectSearch(target, context, root)
    })
    hooks.connect.for(MODEL_KIND).tapPromise(PACKAGE, async (target, context) => {
      const { connectModel } = await import('./model/connect.ts')
      return connectModel(target, context, root)
    })
    hooks.launch.for(SERVER_KIND).tapPromise(PACKAGE, async (server, context) => {
      if (server.launch['mode'] === 'attach') {
        const { attachServer } = await import('./launch/attach-server.ts')
        return attachServer(server, context)
      }
      if (context.container !== null) {
        const { launchImage } = await import('./launch/launch-image.ts')
        return launchImage(server, context)
      }
      const { launchServer } = await import('./launch/launch-server.ts')
      return launchServer(server, context)
    })
    hooks.writeModels.for(SERVER_KIND).tapPromise(PACKAGE, async (server, context) => {
      const { writeModels } = await import('./launch/write-models.ts')
      return writeModels(server, context)
    })
    hooks.tune.for(SERVER_KIND).tapPromise(PACKAGE, async () => (await import('./tuning/tuning.ts')).tuning)
    for (const kind of [SEARCH_KIND, MODEL_KIND]) {
      hooks.control.for(kind).tapPromise(PACKAGE, async (target, context) => {
        const { controlTarget } = await import('./server/control-target.ts')
        return controlTarget(target, context, root)
      })
    }
    hooks.createSampler.for(SERVER_KIND).tapPromise(PACKAGE, async ({ options }, { server }) => {
      const { samplerOptions } = await import('./metrics.ts')
      return {
        module: moduleUrl(import.meta.url, './sampler'),
        options: samplerOptions(options, server, root),
      }
    })
  },
})
