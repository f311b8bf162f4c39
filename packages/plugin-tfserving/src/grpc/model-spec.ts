import type { WireWriter } from '@servebench/plugin-oip/protocol'

/** Which model, and which version of it. */
export interface ModelChoice {
  readonly name: string
  /** `''`: that with the label, or the newest one. */
  readonly version: string
  readonly versionLabel: string
}

const Spec = { name: 1, version: 2, signatureName: 3, versionLabel: 4 } as const
const INT64_VALUE = 1

/** Writes a `ModelSpec`. */
export function writeModelSpec(writer: WireWriter, choice: ModelChoice, signature = ''): void {
  const { name, version, versionLabel } = choice
  writer.string(Spec.name, name)
  if (version !== '')
    writer.message(
      Spec.version,
      (value) => void (version === '0' || value.integer(INT64_VALUE, BigInt(version))),
    )
  if (signature !== '') writer.string(Spec.signatureName, signature)
  if (version === '' && versionLabel !== '') writer.string(Spec.versionLabel, versionLabel)
}
