import { API_VERSION, definePlugin, moduleUrl, type BenchPlugin, type JsonValue } from '../../plugin.ts'
import { anchorSecrets } from '../../session.ts'
import { readPrometheusSettings } from './settings.ts'

const NAME = 'servebench/prometheus-sampler'

/** Provides the sampler `prometheus`. */
export const plugin: BenchPlugin = definePlugin({
  name: NAME,
  apiVersion: API_VERSION,
  apply({ hooks }) {
    hooks.createSampler.for('prometheus').tapPromise(NAME, async ({ options }, { server, root }) => ({
      module: moduleUrl(import.meta.url, './sampler'),
      options: anchorSecrets(readPrometheusSettings(options, server) as unknown as JsonValue, root),
    }))
  },
})
