import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, stat, symlink, writeFile } from 'node:fs/promises'
import { basename, isAbsolute, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isArtifactSpec, locateModel, ServebenchError } from 'servebench/plugin'
import type { ArtifactSpec, BuiltArtifact } from 'servebench/plugin'
import type { ModelSource, PlannedModel } from '../server/plan.ts'
import { writeModelArchive } from './model-archive.ts'
import type { ZipEntry } from './zip.ts'

type BuildArtifact = (spec: ArtifactSpec) => Promise<BuiltArtifact>

/** An archive in the store. */
interface StoredArchive {
  /** As the server is told: its name in the store, or a URL. */
  readonly archive: string
  /** Of what is in it. */
  readonly identity: string
}

const ONNX_HANDLER = fileURLToPath(new URL('../../python/onnx_handler.py', import.meta.url))
const ONNX_FILE = 'model.onnx'

/** The model store of a launched server: a scratch folder that archives are put into. */
export class ModelStore {
  readonly path: string
  readonly #root: string

  constructor(path: string, root: string) {
    this.path = path
    this.#root = root
  }

  /**
   * Makes sure that a model's archive is there. Archives that exist are linked, others written; one with other content
   * has another name.
   * @throws {ServebenchError} `SERVEBENCH_TORCHSERVE_ARCHIVE` when a file is not there
   */
  async store(model: PlannedModel, source: ModelSource, build: BuildArtifact): Promise<StoredArchive> {
    if ('archive' in source) return this.#link(model, source.archive)
    const bytes = await this.#write(model, source, build)
    const identity = createHash('sha256').update(bytes).digest('hex').slice(0, 16)
    const archive = `${model.name}-${identity}.mar`
    await mkdir(this.path, { recursive: true })
    // A half-written archive must never have a name that the server is told.
    await writeFile(join(this.path, `${archive}.draft`), bytes)
    await rename(join(this.path, `${archive}.draft`), join(this.path, archive))
    return { archive, identity }
  }

  async #link({ name }: PlannedModel, archive: string): Promise<StoredArchive> {
    if (/^https?:\/\//.test(archive)) return { archive, identity: archive }
    const path = this.#absolute(archive)
    const found = await stat(path).catch(() => null)
    if (found === null) throw missing(name, path)
    const identity = createHash('sha256')
      .update(`${path} ${found.size} ${found.mtimeMs}`)
      .digest('hex')
      .slice(0, 16)
    const link = `${name}-${identity}.mar`
    await mkdir(this.path, { recursive: true })
    await symlink(path, join(this.path, link)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
    return { archive: link, identity }
  }

  async #write(
    { name, version }: PlannedModel,
    source: Exclude<ModelSource, { readonly archive: string }>,
    build: BuildArtifact,
  ): Promise<Uint8Array> {
    const read = async (file: string): Promise<Buffer> =>
      readFile(file).catch((cause: unknown) => {
        throw missing(name, file, cause)
      })
    const locate = async (file: string | ArtifactSpec): Promise<string> =>
      isArtifactSpec(file) ? (await build(file)).path : this.#absolute(file)
    if ('onnx' in source) {
      const { path, companions } = await locateModel({
        name,
        source: source.onnx,
        root: this.#root,
        artifact: build,
      })
      const files: ZipEntry[] = [
        { name: basename(ONNX_HANDLER), content: await read(ONNX_HANDLER) },
        { name: ONNX_FILE, content: await read(path) },
      ]
      for (const beside of companions) files.push({ name: beside.name, content: await read(beside.path) })
      return writeModelArchive({
        name,
        version,
        handler: basename(ONNX_HANDLER),
        weights: ONNX_FILE,
        files,
        config: source.config,
      })
    }
    const { handler, weights, files, config } = source
    // `image_classifier` and others are TorchServe's own; files have an ending, or a function after a colon.
    const [file = '', entry] = handler.split(':')
    const isFile = file.endsWith('.py') || entry !== undefined
    const paths = [
      ...(isFile ? [this.#absolute(file.endsWith('.py') ? file : `${file}.py`)] : []),
      ...(weights === null ? [] : [await locate(weights)]),
      ...files.map((each) => this.#absolute(each)),
    ]
    const entries: ZipEntry[] = []
    for (const path of paths) entries.push({ name: basename(path), content: await read(path) })
    refuseTwins(name, entries)
    return writeModelArchive({
      name,
      version,
      handler: isFile ? basename(file) + (entry === undefined ? '' : `:${entry}`) : handler,
      weights: weights === null ? null : basename(await locate(weights)),
      files: entries,
      config,
    })
  }

  #absolute(path: string): string {
    return isAbsolute(path) ? path : join(this.#root, path)
  }
}

function refuseTwins(model: string, entries: readonly ZipEntry[]): void {
  const twin = entries.find(({ name }, index) => entries.findIndex((other) => other.name === name) !== index)
  if (twin === undefined) return
  throw new ServebenchError(
    'SERVEBENCH_TORCHSERVE_ARCHIVE',
    `Model '${model}' has two files called '${twin.name}', and an archive has no folders.`,
    { advice: 'Rename one of them.' },
  )
}

function missing(model: string, path: string, cause?: unknown): ServebenchError {
  return new ServebenchError('SERVEBENCH_TORCHSERVE_ARCHIVE', `Model '${model}': ${path} is not there.`, {
    advice: 'Paths start at the root, the folder of the configuration.',
    cause,
  })
}
