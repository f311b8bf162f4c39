import { API_VERSION, definePlugin, moduleUrl } from 'servebench/plugin'
import type { BenchPlugin, JsonValue } from 'servebench/plugin'
import { KIND, PACKAGE } from './names.ts'

/** Provides the sampler `nvml`. Applied by itself when a bench file uses it. */
export const plugin: BenchPlugin = definePlugin({
  name: PACKAGE,
  apiVersion: API_VERSION,
  apply({ hooks }) {
    hooks.createSampler.for(KIND).tapPromise(PACKAGE, async ({ options }, { processes }) => {
      const { readSettings } = await import('./settings.ts')
      return {
        module: moduleUrl(import.meta.url, './sampler'),
        options: readSettings(options, processes) as unknown as JsonValue,
      }
    })
  },
})
