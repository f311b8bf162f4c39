import { API_VERSION, definePlugin, moduleUrl } from '../../plugin.ts'
import type { BenchPlugin, JsonValue } from '../../plugin.ts'
import { checkHttpEndpoint } from '../../session.ts'
import { resolveHeaders } from '../../session.ts'
import { readSettings } from './settings.ts'

/** Provides the target kind `http`. */
export const httpPlugin: BenchPlugin = definePlugin({
  name: 'servebench/http',
  apiVersion: API_VERSION,
  apply({ hooks, root }) {
    hooks.connect.for('http').tapPromise('servebench/http', async (target, context) => {
      const close = context.settings.connections.reuse === 'per-request'
      const settings = readSettings(target.options, { server: context.server, close, root })
      // A secret that is missing must be found here, not when the aide encodes.
      resolveHeaders(settings.headers)
      const { warnings } = await checkHttpEndpoint(settings.url, settings.tls, context.signal)
      return {
        module: moduleUrl(import.meta.url, './session'),
        options: settings as unknown as JsonValue,
        engine: settings.engine,
        multiplexed: false,
        warnings,
      }
    })
  },
})
