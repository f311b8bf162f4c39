import { mkdir, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { basename, isAbsolute, join } from 'node:path'
import { ServebenchError, type ArtifactSpec, type BuiltArtifact } from 'servebench/plugin'
import type { ModelState } from './onnx-server.ts'
import { formatSettings } from './server/model/format-model-config.ts'

export type BuildArtifact = (spec: ArtifactSpec) => Promise<BuiltArtifact>

/** Where a model's bytes are now, and what tells a change of them. */
export interface ModelFile {
  readonly path: string
  /** Files that must stand beside it. */
  readonly companions: readonly string[]
  readonly identity: string
}

/** The folder of models that a launched server reads: links to the files, and their configurations. */
export class ModelFolder {
  readonly path: string
  readonly #root: string

  constructor(path: string, root: string) {
    this.path = path
    this.#root = root
  }

  /** Builds or finds a model's file. @throws {ServebenchError} `SERVEBENCH_MODEL_FILE` when there is none */
  async locate(model: ModelState, build: BuildArtifact): Promise<ModelFile> {
    const { source } = model
    if ('artifact' in source) {
      const { path, digest, companions = [] } = await build(source.artifact)
      return { path, companions, identity: digest }
    }
    const path = isAbsolute(source.file) ? source.file : join(this.#root, source.file)
    const file = await stat(path).catch(() => null)
    if (file?.isFile() !== true) {
      throw new ServebenchError('SERVEBENCH_MODEL_FILE', `Model '${model.name}': there is no file ${path}.`, {
        advice: 'Paths of models are relative to the root, the folder of the configuration.',
      })
    }
    return { path, companions: [], identity: `${path} ${file.size} ${file.mtimeMs}` }
  }

  async put(model: ModelState, file: ModelFile): Promise<void> {
    const folder = join(this.path, model.name)
    await rm(folder, { recursive: true, force: true })
    await mkdir(join(folder, '1'), { recursive: true })
    await writeFile(join(folder, 'config.json'), JSON.stringify(formatSettings(model)))
    await symlink(file.path, join(folder, '1', 'model.onnx'))
    for (const path of file.companions) await symlink(path, join(folder, '1', basename(path)))
  }
}
