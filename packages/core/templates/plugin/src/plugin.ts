import { API_VERSION, definePlugin } from 'servebench/plugin'
import type { BenchPlugin } from 'servebench/plugin'
import { KIND, PACKAGE } from './names.ts'

/** Applied by itself when a bench file uses one of the factories. */
export const plugin: BenchPlugin = definePlugin({
  name: PACKAGE,
  apiVersion: API_VERSION,
  apply({ hooks }) {
    // What connects and launches is only loaded when something does: a bench file that imports the target stays cheap.
    hooks.connect
      .for(KIND)
      .tapPromise(PACKAGE, async (target, context) => (await import('./connect.ts')).connect(target, context))
    hooks.launch
      .for(KIND)
      .tapPromise(PACKAGE, async (server, context) => (await import('./launch.ts')).launch(server, context))
    hooks.tune.for(KIND).tapPromise(PACKAGE, async () => (await import('./tuning.ts')).tuning)
    hooks.createSampler
      .for(KIND)
      .tapPromise(PACKAGE, async (sampler, context) =>
        (await import('./sampler-spec.ts')).provideSampler(sampler, context),
      )
  },
})
