import { fieldsOf, listOf, textOf } from '@servebench/plugin-oip/control'
import { canonicalJson } from 'servebench/plugin'
import type { JsonObject, JsonValue } from 'servebench/plugin'
import type { ModelConfig, VersionPolicy } from '../model/model-config.ts'

/** What a state changes of a model's configuration. Plain data. */
export interface PlannedChange {
  readonly name: string
  /** Absent: as it was. */
  readonly versions?: VersionPolicy
  readonly labels?: Readonly<Record<string, string>>
}

/** How a changed configuration is taken back: the server gets this one. Plain data, which outlives the run. */
export interface UndoStep {
  readonly undo: 'configuration'
  readonly models: readonly ModelConfig[]
}

export function applyChanges(
  models: readonly ModelConfig[],
  changes: readonly PlannedChange[],
): readonly ModelConfig[] {
  return models.map((model) => {
    const { versions = model.versions, labels = model.labels } =
      changes.find(({ name }) => name === model.name) ?? {}
    return { ...model, versions, labels }
  })
}

export function isSameConfig(a: readonly ModelConfig[], b: readonly ModelConfig[]): boolean {
  return canonicalJson(a as unknown as JsonValue) === canonicalJson(b as unknown as JsonValue)
}

/** A step from a journal: somebody else's data. `null` for what is none. */
export function readUndoStep(value: JsonValue): UndoStep | null {
  const { undo, models } = fieldsOf(value)
  if (undo !== 'configuration' || !Array.isArray(models)) return null
  return { undo, models: listOf(models).map((model) => readConfig(fieldsOf(model))) }
}

function readConfig(model: JsonObject): ModelConfig {
  return {
    name: textOf(model['name']),
    basePath: textOf(model['basePath']),
    versions: readPolicy(fieldsOf(model['versions'])),
    labels: Object.fromEntries(
      Object.entries(fieldsOf(model['labels'])).map(([label, version]) => [label, textOf(version)]),
    ),
  }
}

function readPolicy({ latest, all, specific }: JsonObject): VersionPolicy | null {
  if (typeof latest === 'number') return { latest }
  if (all === true) return { all }
  return Array.isArray(specific) ? { specific: listOf(specific).map((version) => textOf(version)) } : null
}
