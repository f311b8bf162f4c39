import { isAbsolute, join } from 'node:path'
import { isArtifactSpec, type ArtifactSpec } from '../hooks/artifact.ts'
import type { ServerPlan, TargetPlan } from '../plan/trial-plan.ts'
import type { JsonValue } from '../units/json.ts'

/** Where a model comes from that a server is launched with. */
export interface ServedModel {
  readonly name: string
  readonly source: ArtifactSpec | string
}

/**
 * The models of a server's plan. By convention a plan lists them under `models`, in its state or its launch, each with a
 * `name` and a `source`: `{ artifact }`, or `{ file }` or `{ path }` from the root.
 */
export function servedModels({ state, launch }: ServerPlan, root: string): readonly ServedModel[] {
  return [state['models'], launch['models']]
    .flatMap((models) => (Array.isArray(models) ? models : []))
    .flatMap((model) => {
      const { name, source } = fieldsOf(model)
      const from = sourceOf(fieldsOf(source))
      if (typeof name !== 'string' || from === null) return []
      return [{ name, source: typeof from === 'string' && !isAbsolute(from) ? join(root, from) : from }]
    })
}

/** The model that a target asks: the one that it names, or the only one. */
export function modelOf(models: readonly ServedModel[], { options }: TargetPlan): ServedModel | null {
  const named = models.find(({ name }) => name === options['model'])
  return named ?? (models.length === 1 ? (models[0] ?? null) : null)
}

function sourceOf(source: Readonly<Record<string, JsonValue | undefined>>): ArtifactSpec | string | null {
  for (const name of ['artifact', 'onnx']) if (isArtifactSpec(source[name])) return source[name]
  for (const name of ['file', 'path', 'onnx']) if (typeof source[name] === 'string') return source[name]
  return null
}

function fieldsOf(value: JsonValue | undefined): Readonly<Record<string, JsonValue | undefined>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, JsonValue>)
    : {}
}
