import { API_VERSION, definePlugin, type BenchPlugin } from 'servebench/plugin'
import { launchServer } from './launch.ts'
import { KIND, PACKAGE } from './onnx-server.ts'
import { writeModels } from './write-models.ts'

/** Launches the servers of {@link onnxServer}, and writes their models. Applied by itself when a bench file uses one. */
export const plugin: BenchPlugin = definePlugin({
  name: PACKAGE,
  apiVersion: API_VERSION,
  apply(bench) {
    bench.hooks.launch.for(KIND).tapPromise(PACKAGE, launchServer)
    bench.hooks.tune.for(KIND).tapPromise(PACKAGE, async () => (await import('./tuning/tuning.ts')).tuning)
    bench.hooks.writeModels.for(KIND).tapPromise(PACKAGE, writeModels)
  },
})
