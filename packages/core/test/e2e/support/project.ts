import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { JournalLine } from '../../../src/report/journal-line.ts'
import type { RunResult, Trial } from '../../../src/report/result.ts'
import { temporaryProject } from '../../support/project.ts'

const PACKAGE = fileURLToPath(new URL('../../..', import.meta.url))
const PACKAGES = fileURLToPath(new URL('../../../..', import.meta.url))
const PLAIN_SERVER = fileURLToPath(new URL('plain-server', import.meta.url))

/** A gate that never closes: on a busy machine a verdict is an accident, and these tests are not about it. */
const OPEN = { suspect: null, invalid: null }
const CONFIG = {
  warmup: '100ms',
  duration: '300ms',
  drain: '1s',
  order: 'as-written',
  gates: {
    dispatchLag: OPEN,
    dispatched: OPEN,
    loadThreadCpu: OPEN,
    littlesLaw: OPEN,
    foreignCpu: OPEN,
    clockDrift: OPEN,
  },
}

/** A user's project: servebench is installed (as a link), and so is a small plugin that launches servers. */
export class E2eProject implements Disposable {
  readonly root: string
  /** Its own, so that runs of other projects are not noticed. */
  readonly temporary: string
  readonly #files: ReturnType<typeof temporaryProject>

  constructor(files: Readonly<Record<string, string>>, config: object = {}) {
    this.#files = temporaryProject({
      'package.json': '{ "type": "module" }',
      'servebench.config.json': JSON.stringify({ ...CONFIG, ...config }),
      ...files,
    })
    this.root = this.#files.root
    this.temporary = join(this.root, '.tmp')
    mkdirSync(this.temporary)
    mkdirSync(join(this.root, 'node_modules'), { recursive: true })
    symlinkSync(PACKAGE, join(this.root, 'node_modules', 'servebench'), 'dir')
    cpSync(PLAIN_SERVER, join(this.root, 'node_modules', 'plain-server'), { recursive: true })
  }

  path(...parts: readonly string[]): string {
    return join(this.root, ...parts)
  }

  write(file: string, text: string): void {
    const path = this.path(file)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }

  /** A built package of this workspace, as a link. */
  link(name: string): void {
    mkdirSync(this.path('node_modules/@servebench'), { recursive: true })
    symlinkSync(join(PACKAGES, name), this.path('node_modules/@servebench', name), 'dir')
  }

  /** A package in `node_modules` whose only module is this text. */
  install(name: string, source: string): void {
    this.write(
      `node_modules/${name}/package.json`,
      JSON.stringify({ name, type: 'module', exports: './index.js' }),
    )
    this.write(`node_modules/${name}/index.js`, source)
  }

  /** Folders of runs, oldest first. */
  runs(output = 'servebench-results'): string[] {
    if (!existsSync(this.path(output))) return []
    return readdirSync(this.path(output))
      .filter((name) => /^\d{8}T/.test(name))
      .sort()
      .map((name) => this.path(output, name))
  }

  /** The result of the newest run. */
  result(output = 'servebench-results'): RunResult {
    return JSON.parse(readFileSync(this.path(output, 'latest', 'result.json'), 'utf8')) as RunResult
  }

  journal(): JournalLine[] {
    const text = readFileSync(this.path('servebench-results', 'latest', 'journal.ndjson'), 'utf8')
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as JournalLine)
  }

  [Symbol.dispose](): void {
    this.#files[Symbol.dispose]()
  }
}

/** The trial of a scenario, by the last name of its path and the case's name, such as `users=2`. */
export function trialOf(
  result: RunResult,
  name: string,
  values: Readonly<Record<string, unknown>> = {},
  repeat = 0,
): Trial {
  const found = result.trials.filter(
    (trial) =>
      trial.path.at(-1) === name &&
      trial.repeat === repeat &&
      Object.entries(values).every(([axis, value]) => trial.case[axis] === value),
  )
  if (found.length !== 1) {
    throw new Error(
      `There are ${found.length} trials of '${name}' ${JSON.stringify(values)}: ${result.trials.map((trial) => trial.path.join(' > ')).join(', ')}`,
    )
  }
  return found[0] as Trial
}
