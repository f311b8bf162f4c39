import {
  API_VERSION,
  definePlugin,
  moduleUrl,
  ServebenchError,
  type BenchPlugin,
  type JsonValue,
} from '../../plugin.ts'
import { anchorSecrets } from '../../session.ts'

const NAME = 'servebench/inputs'

/** Provides the inputs of `servebench/inputs`. */
export const plugin: BenchPlugin = definePlugin({
  name: NAME,
  apiVersion: API_VERSION,
  apply({ hooks, root }) {
    hooks.createInput
      .for('queries')
      .tapPromise(NAME, async (input, { target, users, queries = target === 'http' }) => {
        if (target !== undefined && !queries) throw onlyHttp(target)
        return {
          module: moduleUrl(import.meta.url, './source'),
          options: {
            kind: 'queries',
            options: { ...anchorSecrets(input.options, root), root, users: users ?? null },
            metadata: null,
          },
        }
      })
    for (const kind of ['tensors', 'image', 'text', 'bytes']) {
      hooks.createInput.for(kind).tapPromise(NAME, async (input, { metadata }) => ({
        module: moduleUrl(import.meta.url, './source'),
        options: { kind, options: input.options, metadata } as unknown as JsonValue,
      }))
    }
  },
})

function onlyHttp(target: string): ServebenchError {
  return new ServebenchError(
    'SERVEBENCH_INPUT',
    `queries() makes HTTP requests, and the target is of the kind '${target}'.`,
    { advice: 'Use the target http(), or give this one inputs of its own.' },
  )
}
