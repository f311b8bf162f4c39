import { isAbsolute, relative, resolve } from 'node:path'
import { createMatcher } from '../collector/glob.ts'
import { messageOf } from '../errors/plugin-error.ts'
import type { Log } from '../hooks/plugin.ts'
import { printable } from '../report/printable.ts'
import { Burst } from '../watch/burst.ts'
import { ContentHashes } from '../watch/content-hashes.ts'
import { FileWatcher } from '../watch/file-watcher.ts'
import { hasImpact, impactOf, isCode, isWithin, type Impact, type WatchedProject } from '../watch/impact.ts'
import { OwnWrites } from '../watch/own-writes.ts'
import { ProjectKnowledge } from '../watch/project-knowledge.ts'
import type { WatchWorkspace } from './watch-workspace.ts'

export interface WatchedFilesOptions {
  readonly workspace: WatchWorkspace
  readonly log: Log
  /** Files have changed, and it matters. */
  readonly onImpact: (impact: Impact) => void
  /** The changed files that the current run was started by; empty without one. */
  readonly startedBy: () => ReadonlySet<string>
}

/** The files that matter to a watch session: which they are, and what a change of them concerns. */
export class WatchedFiles implements AsyncDisposable {
  readonly knowledge: ProjectKnowledge
  readonly #options: WatchedFilesOptions
  readonly #root: string
  readonly #project: WatchedProject
  readonly #burst = new Burst((paths) => void this.#examine(paths))
  readonly #hashes = new ContentHashes()
  readonly #ownWrites = new OwnWrites()
  readonly #watcher: FileWatcher
  /** Ends the reading of files. */
  #reading = new AbortController()
  #hasWarned = false

  constructor(options: WatchedFilesOptions) {
    const { config } = options.workspace.workspace
    this.#options = options
    this.#root = config.root
    this.knowledge = new ProjectKnowledge(config.root)
    this.#project = this.#describe()
    const { isBenchFile, isGlobbed, isConfig } = this.#project
    this.#watcher = new FileWatcher({
      root: config.root,
      exclude: config.exclude,
      output: resolve(config.output),
      isWanted: (path) =>
        isBenchFile(path) ||
        isGlobbed(path) ||
        isConfig(path) ||
        (this.knowledge.broken.size > 0 && isCode(path)),
      onChange: (path) => this.#burst.add(path),
      onError: (error) => this.#warn(error),
    })
  }

  /** Watches all that is known to matter now. */
  follow(): void {
    const { dependencies, named } = this.knowledge
    const { workspace, configFiles } = this.#options.workspace
    const bases = workspace.config.watch.map((glob) => resolve(this.#root, glob.split(/[*?[{]/)[0] as string))
    this.#watcher.follow(
      new Set([...[...dependencies.values()].flatMap((needed) => [...needed]), ...configFiles]),
      new Set([...named.keys(), ...bases.filter((base) => !isWithin(this.#root, base))]),
    )
  }

  /** A run is about to use the files that plans name, as they are now. */
  async use(): Promise<void> {
    this.#reading.abort()
    await this.#hashes.note(this.knowledge.named.keys())
  }

  /** Nothing runs: time to read what large files hold, so that a change of them can be told from a touch. */
  rest(): void {
    this.#ownWrites.forget()
    this.#reading = new AbortController()
    void this.#hashes.read(this.#reading.signal)
  }

  /** The name of a file for people. */
  nameOf(path: string): string {
    const name = relative(this.#root, path)
    return printable(isAbsolute(name) || name.startsWith('..') ? path : name)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#burst[Symbol.dispose]()
    this.#reading.abort()
    await this.#watcher[Symbol.asyncDispose]()
  }

  #describe(): WatchedProject {
    const { workspace } = this.#options
    const { include, exclude, watch } = workspace.workspace.config
    const isIncluded = createMatcher(include)
    const isExcluded = createMatcher(exclude)
    const isGlobbed = createMatcher(watch)
    const name = (path: string): string => relative(this.#root, path).replaceAll('\\', '/')
    const { knowledge } = this
    return {
      isConfig: (path) => workspace.isConfig(path),
      isGlobbed: (path) => isGlobbed(name(path)),
      isBenchFile: (path) => isIncluded(name(path)) && !isExcluded(name(path)),
      get dependencies() {
        return knowledge.dependencies
      },
      get broken() {
        return knowledge.broken
      },
      get named() {
        return knowledge.named
      },
    }
  }

  async #examine(paths: ReadonlySet<string>): Promise<void> {
    const changed = new Set<string>()
    for (const path of paths) {
      const isInput = isInputOnly(impactOf(new Set([path]), this.#project))
      if (!isInput || ((await this.#hashes.hasChanged(path)) && !this.#isOwnWrite(path))) changed.add(path)
    }
    const impact = impactOf(changed, this.#project)
    if (hasImpact(impact)) this.#options.onImpact(impact)
  }

  /** Whether a run that was started by a change of this file seems to be what changes it. */
  #isOwnWrite(path: string): boolean {
    const { startedBy, log } = this.#options
    if (!startedBy().has(path) || !this.#ownWrites.isOwn(path)) return false
    log.warn(
      `${this.nameOf(path)} changes whenever it is used: the run seems to write it, so this change is ignored.`,
    )
    return true
  }

  #warn(error: unknown): void {
    if (!this.#hasWarned) this.#options.log.warn(`Some changes may go unnoticed: ${messageOf(error)}`)
    this.#hasWarned = true
  }
}

function isInputOnly({ config, all, files, inputs }: Impact): boolean {
  return inputs.size > 0 && !config && !all && files.size === 0
}
