/** Which versions of a model a server loads: the newest ones, all, or some. */
export type VersionPolicy =
  | { readonly latest: number }
  | { readonly all: true }
  | { readonly specific: readonly string[] }

/** A model as the configuration of a server has it. Plain data. */
export interface ModelConfig {
  readonly name: string
  /** The folder of its versions, as the server sees it. */
  readonly basePath: string
  /** `null`: the newest one. */
  readonly versions: VersionPolicy | null
  /** Versions by their labels. */
  readonly labels: Readonly<Record<string, string>>
}

export const MODEL_PLATFORM = 'tensorflow'
