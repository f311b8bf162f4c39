import { API_VERSION, definePlugin } from 'servebench/plugin'
import type { BenchPlugin } from 'servebench/plugin'
import { KIND, PACKAGE } from './names.ts'

/** Attaches to deployments. Applied by itself when a bench file uses `kubernetesServer`. */
export const plugin: BenchPlugin = definePlugin({
  name: PACKAGE,
  apiVersion: API_VERSION,
  apply({ hooks }) {
    hooks.launch.for(KIND).tapPromise(PACKAGE, async (server, context) => {
      const { attachDeployment } = await import('./launch.ts')
      return attachDeployment(server, context)
    })
    hooks.tune.for(KIND).tapPromise(PACKAGE, async () => (await import('./tuning.ts')).tuning)
  },
})
