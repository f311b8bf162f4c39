import { cp, mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { linkModel, locateModel, ServebenchError } from 'servebench/plugin'
import type { ArtifactSpec, BuiltArtifact, JsonObject, LocatedModel } from 'servebench/plugin'
import { formatModelConfig } from '../config/format-model-config.ts'
import type { ModelSource, OnnxBackend, PlannedModel } from '../server.ts'
import { configureOnnx } from './onnx-config.ts'
import { readOnnxSignature } from './onnx-signature.ts'

export type BuildArtifact = (spec: ArtifactSpec) => Promise<BuiltArtifact>

/** A model in the repository, and what tells a change of its files. */
export interface StoredModel {
  readonly identity: string
  /** Bytes of its file; `null` for folders. */
  readonly size: number | null
  /** The configuration that was written for it; `null` when it has one of its own. */
  readonly config: JsonObject | null
}

const PYTHON_MODEL = fileURLToPath(new URL('../../python/onnx_model.py', import.meta.url))

/** The model repository of a launched server: a scratch folder that models are put into. */
export class ModelRepository {
  readonly path: string
  readonly #root: string
  readonly #backends: readonly string[] | null
  readonly #stored = new Map<string, StoredModel>()

  /** @param backends names of the server's backends; `null` when they are not known */
  constructor(path: string, root: string, backends: readonly string[] | null) {
    this.path = path
    this.#root = root
    this.#backends = backends
  }

  /**
   * Makes sure that a model's files are there.
   * @throws {ServebenchError} `SERVEBENCH_MODEL_FILE` when they are not there, `SERVEBENCH_TRITON_MODEL` when they are no
   * model
   */
  async store(
    model: PlannedModel & { readonly source: ModelSource },
    build: BuildArtifact,
  ): Promise<StoredModel> {
    const located = await this.#locate(model, build)
    const { path, identity, size } = located
    const key = `${identity} ${model.backend}`
    const before = this.#stored.get(model.name)
    if (before?.identity === key) return before
    // What the server might look at while it is written is moved into place at once.
    const draft = join(dirname(this.path), `draft-${model.name}`)
    await rm(draft, { recursive: true, force: true })
    const config =
      size === null ? await linkFolder(path, draft) : await this.#writeOnnx(model, located, draft)
    const folder = join(this.path, model.name)
    await mkdir(this.path, { recursive: true })
    await rm(folder, { recursive: true, force: true })
    await rename(draft, folder)
    const stored: StoredModel = { identity: key, size, config }
    this.#stored.set(model.name, stored)
    return stored
  }

  async #locate(
    { name, source }: { readonly name: string; readonly source: ModelSource },
    build: BuildArtifact,
  ): Promise<LocatedModel> {
    const found = await locateModel({
      name,
      source: 'artifact' in source ? source.artifact : source.path,
      root: this.#root,
      artifact: build,
    })
    if (found.size === null || found.path.endsWith('.onnx')) return found
    throw new ServebenchError(
      'SERVEBENCH_TRITON_MODEL',
      `Model '${name}': ${found.path} is neither an ONNX file nor a folder.`,
      {
        advice:
          'Name an artifact, a file *.onnx, or the folder of a model with its versions in it; paths start at the root.',
      },
    )
  }

  async #writeOnnx(
    { name, backend }: PlannedModel,
    located: LocatedModel,
    folder: string,
  ): Promise<JsonObject> {
    const chosen = this.#choose(name, backend)
    const config = configureOnnx(name, readOnnxSignature(await readFile(located.path), located.path), chosen)
    const version = join(folder, '1')
    await mkdir(version, { recursive: true })
    await writeFile(join(folder, 'config.pbtxt'), formatModelConfig(config))
    await linkModel(located, join(version, 'model.onnx'))
    if (chosen === 'python') await cp(PYTHON_MODEL, join(version, 'model.py'))
    return config
  }

  #choose(name: string, backend: OnnxBackend): 'onnxruntime' | 'python' {
    const has = (wanted: string): boolean => this.#backends === null || this.#backends.includes(wanted)
    if (backend !== 'auto') {
      if (has(backend)) return backend
      throw this.#noBackend(name, `the backend '${backend}'`)
    }
    if (has('onnxruntime')) return 'onnxruntime'
    if (has('python')) return 'python'
    throw this.#noBackend(name, 'a backend that runs ONNX files')
  }

  #noBackend(name: string, what: string): ServebenchError {
    return new ServebenchError(
      'SERVEBENCH_TRITON_BACKEND',
      `Model '${name}' needs ${what}, which this Triton does not have.`,
      {
        advice: `It has ${this.#backends?.join(', ') ?? 'none'}.`,
      },
    )
  }
}

/** Links, not copies: weights may be large. */
async function linkFolder(path: string, draft: string): Promise<null> {
  await symlink(path, draft)
  return null
}
