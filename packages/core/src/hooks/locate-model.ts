import { mkdir, stat, symlink } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join } from 'node:path'
import { ServebenchError } from '../errors/servebench-error.ts'
import type { ExternalFile, ExternalFiles } from '../model/external-files.ts'
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

/** A file that a model needs beside it. */
export interface CompanionFile {
  /** What the model calls it, relative to its own folder. */
  readonly name: string
  readonly path: string
}

/** Where a model's bytes are now. */
export interface LocatedModel {
  readonly path: string
  /** Files that must stand beside it: weights that an ONNX file has elsewhere. */
  readonly companions: readonly CompanionFile[]
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
    return {
      path,
      companions: companions.map((beside) => ({ name: basename(beside), path: beside })),
      identity: digest,
      size: (await stat(path)).isDirectory() ? null : size,
    }
  }
  const path = isAbsolute(source) ? source : join(root, source)
  const found = await stat(path).catch(() => null)
  if (found === null) {
    throw new ServebenchError('SERVEBENCH_MODEL_FILE', `Model '${name}': there is no ${path}.`, {
      advice: 'Paths of models are relative to the root, the folder of the configuration.',
    })
  }
  const companions = path.endsWith('.onnx') && found.isFile() ? await companionsOf(name, path) : []
  return {
    path,
    companions: companions.map((file) => ({ name: file.name, path: file.path })),
    identity: [{ path, size: found.size, mtimeMs: found.mtimeMs }, ...companions]
      .map((file) => `${file.path} ${file.size} ${file.mtimeMs}`)
      .join('\n'),
    size: found.isDirectory() ? null : found.size,
  }
}

/**
 * Puts a model's file to where a server looks for it, and its companions beside it, all of them as links.
 * @param path of the file, in a folder that exists
 */
export async function linkModel(
  model: Pick<LocatedModel, 'path' | 'companions'>,
  path: string,
): Promise<void> {
  await symlink(model.path, path)
  for (const companion of model.companions) {
    const beside = join(dirname(path), companion.name)
    await mkdir(dirname(beside), { recursive: true })
    await symlink(companion.path, beside)
  }
}

async function companionsOf(model: string, path: string): Promise<readonly ExternalFile[]> {
  const { readExternalFiles } = await import('../model/external-files.ts')
  let found: ExternalFiles
  try {
    found = readExternalFiles(path)
  } catch {
    // What is wrong with it, the server says best.
    return []
  }
  const [missing] = found.missing
  if (missing === undefined) return found.files
  throw new ServebenchError(
    'SERVEBENCH_MODEL_FILE',
    `Model '${model}' has weights in '${missing}', which is not beside ${path}.`,
    { advice: 'An ONNX file with external data needs its files in its own folder, or below it.' },
  )
}
