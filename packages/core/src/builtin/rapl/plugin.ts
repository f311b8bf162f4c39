import { API_VERSION, definePlugin, moduleUrl, type BenchPlugin, type JsonValue } from '../../plugin.ts'
import { readRaplSettings } from './settings.ts'

const NAME = 'servebench/rapl'

/** Provides the sampler `rapl`. */
export const plugin: BenchPlugin = definePlugin({
  name: NAME,
  apiVersion: API_VERSION,
  apply({ hooks }) {
    hooks.createSampler.for('rapl').tapPromise(NAME, async ({ options }) => ({
      module: moduleUrl(import.meta.url, './sampler'),
      options: readRaplSettings(options) as unknown as JsonValue,
    }))
  },
})
