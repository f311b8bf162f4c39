import type { ArtifactSpec, BuiltArtifact } from './artifact.ts'

/** What a `writeModels` provider gets. */
export interface WriteModelsContext {
  /**
   * An empty folder for the layout. Links in it become copies of what they point to, and all of it appears under its real
   * name at once, when the provider is done.
   */
  readonly directory: string
  /** Builds an artifact, or finds it in the cache. */
  artifact(spec: ArtifactSpec): Promise<BuiltArtifact>
  /** Where relative paths start. */
  readonly root: string
}

/** A model in a layout. */
export interface WrittenModel {
  /** As servers will call it. */
  readonly name: string
  /** `null` where the layout has none. */
  readonly version: string | null
  /** Of its folder or file, relative to the layout's folder. */
  readonly path: string
}
