import { API_VERSION, definePlugin, moduleUrl, type BenchPlugin, type JsonValue } from '../../plugin.ts'
import { readHostSettings } from './settings.ts'

const NAME = 'servebench/host-sampler'

/** Provides the sampler `host`. */
export const plugin: BenchPlugin = definePlugin({
  name: NAME,
  apiVersion: API_VERSION,
  apply({ hooks }) {
    hooks.createSampler.for('host').tapPromise(NAME, async ({ options }, { processes }) => ({
      module: moduleUrl(import.meta.url, './sampler'),
      options: readHostSettings(options, processes) as unknown as JsonValue,
    }))
  },
})
