import { createHash } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { ServebenchError } from '../errors/servebench-error.ts'
import type { ArtifactSpec, BuiltArtifact } from '../hooks/artifact.ts'
import type { RunnerHooks } from '../hooks/hooks.ts'
import { canonicalJson, type JsonValue } from '../units/json.ts'

/** Builds artifacts once each, in a folder per specification: equal specifications are one artifact. */
export class ArtifactStore {
  readonly #hooks: RunnerHooks
  readonly #folder: string
  readonly #load: (packageName: string) => Promise<void>
  readonly #built = new Map<
    string,
    { readonly spec: ArtifactSpec; readonly artifact: Promise<BuiltArtifact> }
  >()

  /** @param load applies the plugin of a package, before its provider is asked */
  constructor(hooks: RunnerHooks, folder: string, load: (packageName: string) => Promise<void>) {
    this.#hooks = hooks
    this.#folder = folder
    this.#load = load
  }

  /** @throws {ServebenchError} `SERVEBENCH_NO_PROVIDER` when no plugin builds this kind */
  build(spec: ArtifactSpec): Promise<BuiltArtifact> {
    const identity = canonicalJson({ artifact: spec.artifact, package: spec.package, options: spec.options })
    const key = createHash('sha256').update(identity).digest('hex').slice(0, 16)
    let built = this.#built.get(key)
    if (built === undefined) {
      const entry = { spec, artifact: this.#build(spec, key) }
      this.#built.set(key, entry)
      entry.artifact.catch(() => {
        if (this.#built.get(key) === entry) this.#built.delete(key)
      })
      built = entry
    }
    return built.artifact
  }

  /** Artifacts of which `isStale` says that what they are made from has changed are asked for again. */
  refresh(isStale: (options: JsonValue) => boolean): void {
    for (const [key, { spec }] of this.#built) if (isStale(spec.options)) this.#built.delete(key)
  }

  async #build(spec: ArtifactSpec, key: string): Promise<BuiltArtifact> {
    await this.#load(spec.package)
    const directory = join(this.#folder, `${spec.artifact}-${key}`)
    mkdirSync(directory, { recursive: true })
    const artifact = await this.#hooks.buildArtifact.for(spec.artifact).promise(spec, directory)
    if (artifact === undefined) {
      throw new ServebenchError(
        'SERVEBENCH_NO_PROVIDER',
        `No plugin builds artifacts of the kind '${spec.artifact}'.`,
        {
          advice: `Install '${spec.package}', which the artifact '${spec.name}' names as its package.`,
        },
      )
    }
    return artifact
  }
}
