import { WireWriter } from '@servebench/plugin-oip/protocol'
import { MODEL_PLATFORM } from '../model/model-config.ts'
import type { ModelConfig, VersionPolicy } from '../model/model-config.ts'

const CONFIG = 1
const CONFIG_LIST = 1
const MODEL = 1
const Model = { name: 1, basePath: 2, platform: 4, versionPolicy: 7, versionLabels: 8 } as const
const Policy = { latest: 100, all: 101, specific: 102 } as const
const Entry = { key: 1, value: 2 } as const

/** Writes a `ReloadConfigRequest`. */
export function writeReloadRequest(models: readonly ModelConfig[]): WireWriter {
  return new WireWriter().message(CONFIG, (config) =>
    config.message(CONFIG_LIST, (list) => {
      for (const model of models) list.message(MODEL, (one) => writeModel(one, model))
    }),
  )
}

function writeModel(writer: WireWriter, { name, basePath, versions, labels }: ModelConfig): void {
  writer.string(Model.name, name).string(Model.basePath, basePath).string(Model.platform, MODEL_PLATFORM)
  if (versions !== null) writer.message(Model.versionPolicy, (policy) => writePolicy(policy, versions))
  for (const [label, version] of Object.entries(labels)) {
    writer.message(Model.versionLabels, (entry) =>
      entry.string(Entry.key, label).integer(Entry.value, BigInt(version)),
    )
  }
}

function writePolicy(writer: WireWriter, policy: VersionPolicy): void {
  if ('latest' in policy) writer.message(Policy.latest, (latest) => latest.integer(1, policy.latest))
  else if ('all' in policy) writer.message(Policy.all, () => {})
  else writer.message(Policy.specific, (specific) => specific.integers(1, policy.specific.map(BigInt)))
}
