import type { JsonObject } from '../units/json.ts'

/** Something to be made once and kept by its content hash, such as a model file: inert until a server needs it. */
export interface ArtifactSpec {
  readonly artifact: string
  /** The npm package whose plugin builds it. */
  readonly package: string
  /** A short name for people and for model repositories: `mlp-3x256`. */
  readonly name: string
  readonly options: JsonObject
}

export interface BuiltArtifact {
  /** The file or folder. */
  readonly path: string
  /** Further files that must stand beside the file, under their own names: weights of a large model. */
  readonly companions?: readonly string[]
  /** SHA-256 of the content. */
  readonly digest: string
  /** Bytes on disk. */
  readonly size: number
  /** What the builder knows about it: static metrics, tensor names and shapes. */
  readonly metadata: JsonObject
}

export function isArtifactSpec(value: unknown): value is ArtifactSpec {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as ArtifactSpec).artifact === 'string' &&
    typeof (value as ArtifactSpec).package === 'string'
  )
}
