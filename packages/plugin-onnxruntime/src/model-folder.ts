import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { linkModel, locateModel, ServebenchError } from 'servebench/plugin'
import type { ArtifactSpec, BuiltArtifact, LocatedModel } from 'servebench/plugin'
import type { ModelState } from './onnx-server.ts'
import { formatSettings } from './server/model/format-model-config.ts'

export type BuildArtifact = (spec: ArtifactSpec) => Promise<BuiltArtifact>

/** Where a model's bytes are now, and what tells a change of them. */
export type ModelFile = Pick<LocatedModel, 'path' | 'companions' | 'identity'>

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
    const { name, source } = model
    const { path, companions, identity, size } = await locateModel({
      name,
      source: 'artifact' in source ? source.artifact : source.file,
      root: this.#root,
      artifact: build,
    })
    if (size === null) {
      throw new ServebenchError('SERVEBENCH_MODEL_FILE', `Model '${name}': ${path} is a folder.`, {
        advice: 'Name an ONNX file.',
      })
    }
    return { path, companions, identity }
  }

  async put(model: ModelState, file: ModelFile): Promise<void> {
    const folder = join(this.path, model.name)
    await rm(folder, { recursive: true, force: true })
    await mkdir(join(folder, '1'), { recursive: true })
    await writeFile(join(folder, 'config.json'), JSON.stringify(formatSettings(model)))
    await linkModel(file, join(folder, '1', 'model.onnx'))
  }
}
