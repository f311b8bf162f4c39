import { watch, type FSWatcher } from 'chokidar'
import { relative } from 'node:path'
import { createMatcher } from '../collector/glob.ts'
import { isWithin } from './impact.ts'

export interface FileWatcherOptions {
  /** Bench files may appear anywhere below it; absolute. */
  readonly root: string
  /** Globs of folders that are not entered, relative to the root. */
  readonly exclude: readonly string[]
  /** Where results are written. */
  readonly output: string
  /** Whether a change of this file, which nobody follows by name, matters. */
  readonly isWanted: (path: string) => boolean
  readonly onChange: (path: string) => void
  readonly onError: (error: unknown) => void
}

/** Tells changes of the files that matter: those that are followed by name, and wanted ones below the root. */
export class FileWatcher implements AsyncDisposable {
  readonly #watcher: FSWatcher
  readonly #options: FileWatcherOptions
  readonly #isExcluded: (path: string) => boolean
  #files: ReadonlySet<string> = new Set()
  /** With all that they hold. */
  #folders: ReadonlySet<string> = new Set()

  constructor(options: FileWatcherOptions) {
    this.#options = options
    this.#isExcluded = createMatcher(options.exclude)
    this.#watcher = watch(options.root, {
      ignoreInitial: true,
      // Links are followed by name where they matter; a link to a folder around the project would not end.
      followSymlinks: false,
      ignored: (path, stats) => this.#isIgnored(path, stats?.isDirectory() ?? null),
    })
    for (const event of ['add', 'change', 'unlink'] as const) {
      this.#watcher.on(event, (path) => options.onChange(path))
    }
    this.#watcher.on('error', options.onError)
  }

  /** Resolves when all that is there has been seen: later files are new. */
  get ready(): Promise<void> {
    return new Promise((resolve) => this.#watcher.once('ready', resolve))
  }

  /** Follows these files and folders, which need not exist, instead of those before. */
  follow(files: ReadonlySet<string>, folders: ReadonlySet<string>): void {
    const before = new Set([...this.#files, ...this.#folders])
    const now = new Set([...files, ...folders])
    this.#files = files
    this.#folders = folders
    // What else lies below the root remains known by its folder.
    const removed = [...before].filter((path) => !now.has(path) && this.#isIgnored(path, false))
    const added = [...now].filter((path) => !before.has(path))
    if (removed.length > 0) this.#watcher.unwatch(removed)
    if (added.length > 0) this.#watcher.add(added)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#watcher.close()
  }

  #isIgnored(path: string, isFolder: boolean | null): boolean {
    const { root, output, isWanted } = this.#options
    if (path === root || this.#files.has(path)) return false
    for (const folder of this.#folders) if (isWithin(folder, path)) return false
    const name = relative(root, path).replaceAll('\\', '/')
    if (isWithin(output, path) || this.#isExcluded(name) || this.#isExcluded(`${name}/-/-`)) return true
    return isFolder === false && !isWanted(path)
  }
}
