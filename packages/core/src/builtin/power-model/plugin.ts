import { API_VERSION, definePlugin, moduleUrl, type BenchPlugin, type JsonValue } from '../../plugin.ts'
import { readPowerModelSettings } from './settings.ts'

const NAME = 'servebench/power-model'

/** Provides the sampler `power-model`. */
export const plugin: BenchPlugin = definePlugin({
  name: NAME,
  apiVersion: API_VERSION,
  apply({ hooks }) {
    hooks.createSampler.for('power-model').tapPromise(NAME, async ({ options }) => ({
      module: moduleUrl(import.meta.url, './sampler'),
      options: readPowerModelSettings(options) as unknown as JsonValue,
    }))
  },
})
