import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { ServebenchError } from '../errors/servebench-error.ts'
import { assembleResult } from './assemble.ts'
import { removeQuietly, writeFileAtomically, writeFully } from './atomic-file.ts'
import { Journal } from './journal.ts'
import type { RunResult, Trial } from './result.ts'
import { createRunId, isRunId } from './run-id.ts'
import { createWriteError } from './write-error.ts'

/** Written and forced to the disk before the run starts, so that a full disk is noticed then. */
const PROBE_BYTES = 64 * 1024

export interface RunDirectoryOptions {
  /** The instant that the run's id states; now when omitted. */
  readonly now?: Date
}

/** Where a result ended up. */
export interface SavedResult {
  /** `null`: no place would take it, and it was printed. */
  readonly path: string | null
  /** Why it is not where it belongs. */
  readonly problem: ServebenchError | null
}

/**
 * Makes `<output>/<run id>/`, points `latest` at it, and opens its journal. The results folder ignores itself in git.
 * @param output the results folder, `servebench-results` by convention; made when missing
 * @throws {ServebenchError} `SERVEBENCH_WRITE` when results could not be kept there.
 */
export function createRunDirectory(output: string, options: RunDirectoryOptions = {}): RunDirectory {
  const root = resolve(output)
  let path: string | null = null
  try {
    makeFolders(root)
    if (!existsSync(join(root, '.gitignore'))) writeFileSync(join(root, '.gitignore'), '*\n')
    path = claimFolder(root, options.now ?? new Date())
    mkdirSync(join(path, 'trials'))
    mkdirSync(join(path, 'records'))
    probe(path)
    const directory = new RunDirectory(basename(path), path)
    pointLatest(root, directory.id)
    return directory
  } catch (cause) {
    if (path !== null) removeQuietly(path)
    throw cause instanceof ServebenchError ? cause : createWriteError(root, cause)
  }
}

/**
 * A run's folder while the run is going on. Once it exists, nothing throws because of the disk: what cannot be written
 * is kept in memory, and {@link save} finds another place for it.
 */
export class RunDirectory implements Disposable {
  readonly id: string
  readonly path: string
  readonly journal: Journal
  readonly #unsaved = new Map<string, Trial>()
  #problem: ServebenchError | null = null

  constructor(id: string, path: string) {
    this.id = id
    this.path = path
    this.journal = new Journal(join(path, 'journal.ndjson'))
  }

  /** Writes `trials/<id>.json` and the journal's `trial-end`. */
  writeTrial(trial: Trial): void {
    try {
      writeFileAtomically(trialPath(this.path, trial.id), JSON.stringify(trial))
      this.#unsaved.delete(trial.id)
    } catch (cause) {
      this.#problem = cause as ServebenchError
      this.#unsaved.set(trial.id, trial)
    }
    this.journal.append({ type: 'trial-end', trial: trial.id, state: trial.state })
  }

  /** Where the trial's Arrow stream goes, absolute and as the result states it. */
  recordsPath(trial: string): { readonly absolute: string; readonly relative: string } {
    const relative = `records/${trial}.arrows`
    return { absolute: join(this.path, relative), relative }
  }

  /** The same for the readings of its samplers. */
  samplesPath(trial: string): { readonly absolute: string; readonly relative: string } {
    const relative = `records/${trial}.samples.arrows`
    return { absolute: join(this.path, relative), relative }
  }

  /** The folder of its profile. */
  profilePath(trial: string): { readonly absolute: string; readonly relative: string } {
    const relative = `records/${trial}.profile`
    return { absolute: join(this.path, relative), relative }
  }

  /** Why something is not on the disk; `null` when all is. */
  get problem(): ServebenchError | null {
    return this.#problem ?? this.journal.problem
  }

  /** The result so far, from the disk and what it refused. */
  assemble(): RunResult {
    return assembleResult(this.path, { unsavedJournal: this.journal.unsaved, unsavedTrials: this.#unsaved })
  }

  /**
   * Writes `result.json`. When the disk refuses, a folder in the system's temporary directory takes it, and when that
   * fails too, `print` gets it as one line of JSON.
   */
  save(result: RunResult, print: (text: string) => void = (text) => process.stdout.write(text)): SavedResult {
    const body = `${JSON.stringify(result)}\n`
    this.#retry()
    try {
      const path = join(this.path, 'result.json')
      writeFileAtomically(path, body)
      return { path, problem: null }
    } catch (cause) {
      const problem = cause as ServebenchError
      let folder: string | null = null
      try {
        folder = mkdtempSync(join(tmpdir(), `servebench-${this.id}-`))
        const path = join(folder, 'result.json')
        writeFileAtomically(path, body)
        return { path, problem }
      } catch {
        // Where nothing is, nobody should look.
        if (folder !== null) rmSync(folder, { recursive: true, force: true })
        print(body)
        return { path: null, problem }
      }
    }
  }

  /** The disk may have room again. */
  #retry(): void {
    try {
      for (const [id, trial] of this.#unsaved) {
        writeFileAtomically(trialPath(this.path, id), JSON.stringify(trial))
        this.#unsaved.delete(id)
      }
      this.#problem = null
    } catch (cause) {
      this.#problem = cause as ServebenchError
    }
  }

  close(): void {
    this.journal.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }
}

export function trialPath(directory: string, trial: string): string {
  return join(directory, 'trials', `${trial}.json`)
}

/** Node's own recursive mkdir never returns on file systems that answer ENOENT to every mkdir, such as /proc. */
function makeFolders(path: string): void {
  try {
    mkdirSync(path)
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'EEXIST' && statSync(path).isDirectory()) return
    if (code !== 'ENOENT' || dirname(path) === path) throw cause
    makeFolders(dirname(path))
    mkdirSync(path)
  }
}

/** Two runs may start in the same second: the folder belongs to whoever makes it. */
function claimFolder(root: string, now: Date): string {
  for (let attempt = 0; ; attempt++) {
    const path = join(root, createRunId(now))
    try {
      mkdirSync(path)
      return path
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST' || attempt >= 100) throw cause
    }
  }
}

function probe(path: string): void {
  const name = join(path, '.probe')
  const file = openSync(name, 'wx')
  try {
    writeFully(file, new Uint8Array(PROBE_BYTES).fill(0x20))
    fsyncSync(file)
  } finally {
    closeSync(file)
    removeQuietly(name)
  }
}

/** A symbolic link, or a file with the id where links are not allowed. A convenience: failing is no reason to stop. */
function pointLatest(root: string, id: string): void {
  const temporary = join(root, `.latest.${id}`)
  try {
    try {
      symlinkSync(id, temporary, 'dir')
    } catch {
      writeFileSync(temporary, `${id}\n`)
    }
    renameSync(temporary, join(root, 'latest'))
  } catch {
    removeQuietly(temporary)
  }
}

/**
 * The folder of a run: of the newest one when `path` is a results folder, else `path` itself. For `report` and
 * `compare`, which take either.
 */
export function findRunDirectory(path: string): string {
  const latest = join(path, 'latest')
  try {
    const id = basename(
      statSync(latest).isDirectory() ? readlinkSync(latest) : readFileSync(latest, 'utf8').trim(),
    )
    return isRunId(id) ? join(path, id) : path
  } catch {
    return path
  }
}
