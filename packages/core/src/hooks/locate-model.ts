import { stat } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { ServebenchError } from '../errors/servebench-error.ts'
import type { ArtifactSpec, BuiltArtifact } from './artifact.ts'
import { isArtifactSpec } from './artifact.ts'

export interface ModelSearch {
  /** As servers call the model. */
  readonly name: string
  /** An artifact, or a path relative to the root. */
  readonly source: ArtifactSpec | string
  readonly root: string
  artifact(spec: ArtifactSpec): Promise<BuiltArtifact>
}

/** Where a model's bytes are now. */
export interface LocatedModel {
  readonly path: string
  /** Files that must stand beside it, such as weights that an ONNX file has elsewhere. */
  readonly companions: readonly string[]
  /** What tells a change of them. */
  readonly identity: string
  /** Bytes of a file; `null` for folders. */
  readonly size: number | null
}

/**
 * Builds or finds the files of a model that a server is to have.
 * @throws {ServebenchError} `SERVEBENCH_MODEL_FILE` when they are not there
 */
export async function locateModel({ name, source, root, artifact }: ModelSearch): Promise<LocatedModel> {
  if (isArtifactSpec(source)) {
    const { path, digest, size, companions = [] } = await artifact(source)
    return { path, companions, identity: digest, size: (await stat(path)).isDirectory() ? null : size }
  }
  const path = isAbsolute(source) ? source : join(root, source)
  const found = await stat(path).catch(() => null)
  if (found === null) {
    throw new ServebenchError('SERVEBENCH_MODEL_FILE', `Model '${name}': there is no ${path}.`, {
      advice: 'Paths of models are relative to the root, the folder of the configuration.',
    })
  }
  return {
    path,
    companions: [],
    identity: `${path} ${found.size} ${found.mtimeMs}`,
    size: found.isDirectory() ? null : found.size,
  }
}
