import {
  API_VERSION,
  definePlugin,
  isInputSpec,
  moduleUrl,
  ServebenchError,
  type BenchPlugin,
  type InputContext,
  type JsonObject,
  type JsonValue,
  type ModuleReference,
} from '../../plugin.ts'
import { anchorSecrets } from '../../session.ts'
import { GENERATORS } from './kinds.ts'
import type { SourceOptions } from './source.ts'

const NAME = 'servebench/inputs'

/** Provides the inputs of `servebench/inputs`. */
export const plugin: BenchPlugin = definePlugin({
  name: NAME,
  apiVersion: API_VERSION,
  apply({ hooks, root }) {
    for (const kind of GENERATORS) {
      hooks.createInput
        .for(kind)
        .tapPromise(NAME, async ({ options }, { metadata }) => source({ kind, options, metadata }))
    }
    hooks.createInput
      .for('queries')
      .tapPromise(NAME, async (input, { target, users, queries = target === 'http' }) => {
        if (target !== undefined && !queries) throw onlyHttp(target)
        const options = { ...anchorSecrets(input.options, root), root, users: users ?? null }
        return source({ kind: 'queries', options, metadata: null })
      })
    hooks.createInput.for('dataset').tapPromise(NAME, async ({ options }, { metadata, payloads }) =>
      source({
        kind: 'dataset',
        options: { ...options, root, limit: payloads ?? null },
        metadata,
      }),
    )
    hooks.createInput.for('repeat').tapPromise(NAME, async ({ options }, context) => {
      const input = await resolve(options['input'], context)
      return source({ kind: 'repeat', options: { ...options, input }, metadata: null })
    })
    hooks.createInput.for('mixed').tapPromise(NAME, async ({ options }, context) => {
      const parts: JsonObject[] = []
      for (const part of options['parts'] as readonly JsonObject[])
        parts.push({ ...part, input: await resolve(part['input'], context) })
      return source({ kind: 'mixed', options: { parts }, metadata: null })
    })
  },
})

function source(options: SourceOptions): ModuleReference {
  return { module: moduleUrl(import.meta.url, './source'), options: options as unknown as JsonValue }
}

/** Inputs that are made of others ask the core for them: they may be those of any plugin. */
async function resolve(input: unknown, { resolve }: InputContext): Promise<JsonObject> {
  if (!isInputSpec(input)) {
    throw new ServebenchError('SERVEBENCH_INPUT', 'Only inputs from factories can be mixed or repeated.', {
      advice: 'Use one of servebench/inputs or of a plugin, for example repeat(image({ size: 224 })).',
    })
  }
  if (resolve === undefined)
    throw new ServebenchError('SERVEBENCH_INPUT', 'This target cannot send inputs that are made of others.')
  return (await resolve(input)) as unknown as JsonObject
}

function onlyHttp(target: string): ServebenchError {
  return new ServebenchError(
    'SERVEBENCH_INPUT',
    `queries() makes HTTP requests, and the target is of the kind '${target}'.`,
    { advice: 'Use the target http(), or give this one inputs of its own.' },
  )
}
