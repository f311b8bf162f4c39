import { API_VERSION, definePlugin, moduleUrl, type BenchPlugin, type JsonValue } from '../../plugin.ts'
import { anchorSecrets } from '../../session.ts'

const NAME = 'servebench/inputs'

/** Provides the inputs of `servebench/inputs`. */
export const plugin: BenchPlugin = definePlugin({
  name: NAME,
  apiVersion: API_VERSION,
  apply({ hooks, root }) {
    hooks.createInput.for('queries').tapPromise(NAME, async (input, { users }) => ({
      module: moduleUrl(import.meta.url, './source'),
      options: {
        kind: 'queries',
        options: { ...anchorSecrets(input.options, root), root, users: users ?? null },
        metadata: null,
      },
    }))
    for (const kind of ['tensors', 'image', 'text', 'bytes']) {
      hooks.createInput.for(kind).tapPromise(NAME, async (input, { metadata }) => ({
        module: moduleUrl(import.meta.url, './source'),
        options: { kind, options: input.options, metadata } as unknown as JsonValue,
      }))
    }
  },
})
