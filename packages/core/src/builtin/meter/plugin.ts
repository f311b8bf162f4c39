import { API_VERSION, definePlugin, moduleUrl, type BenchPlugin, type JsonValue } from '../../plugin.ts'
import { anchorSecrets } from '../../session.ts'
import { readMeterSettings } from './settings.ts'

const NAME = 'servebench/meter'

/** Provides the sampler `meter`. */
export const plugin: BenchPlugin = definePlugin({
  name: NAME,
  apiVersion: API_VERSION,
  apply({ hooks, root }) {
    hooks.createSampler.for('meter').tapPromise(NAME, async ({ options }) => ({
      module: moduleUrl(import.meta.url, './sampler'),
      options: anchorSecrets(readMeterSettings(options) as unknown as JsonValue, root),
    }))
  },
})
