import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { E2eProject } from './project.ts'

const BINARY = fileURLToPath(new URL('../../../bin/servebench.js', import.meta.url))
const BUILT = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url))
/** The Node that runs the command: another one than the tests' own, to try the oldest that is supported. */
export const NODE: string = process.env['SERVEBENCH_TEST_NODE'] ?? process.execPath

export interface CliResult {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
  /** Both, as they came. */
  readonly output: string
}

export interface CliOptions {
  readonly env?: Readonly<Record<string, string>>
  /** The working directory; the project's root by default. */
  readonly directory?: string
  /** Milliseconds; 60 000 by default. */
  readonly timeout?: number
  /** A shell command in front of `exec servebench …`, such as `ulimit -n 64`. */
  readonly shell?: string
}

/** The built command, running as a process of its own. It is killed when the test forgets about it. */
export class Cli implements AsyncDisposable {
  readonly done: Promise<CliResult>
  readonly #child: ChildProcess
  readonly #watchers = new Set<() => void>()
  #stdout = ''
  #stderr = ''
  #output = ''
  #ended = false

  constructor(project: E2eProject, args: readonly string[], options: CliOptions = {}) {
    if (!existsSync(BUILT)) throw new Error('These tests run the built command: `npm run build` comes first.')
    const command = [NODE, BINARY, ...args]
    const [file, ...rest] =
      options.shell === undefined
        ? command
        : ['/bin/sh', '-c', `${options.shell}; exec "$@"`, 'sh', ...command]
    this.#child = spawn(file as string, rest, {
      cwd: options.directory ?? project.root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        HOME: project.root,
        TMPDIR: project.temporary,
        NO_COLOR: '1',
        ...options.env,
      },
    })
    this.#child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      this.#stdout += chunk
      this.#take(chunk)
    })
    this.#child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      this.#stderr += chunk
      this.#take(chunk)
    })
    this.done = this.#finish(options.timeout ?? 60_000)
    this.done.catch(() => {})
  }

  get pid(): number {
    return this.#child.pid as number
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }

  /** Resolves once the output matches; rejects when the command ends before. */
  async said(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.#output)) {
      if (this.#ended) throw new Error(`The command ended without saying ${pattern}:\n${this.#output}`)
      await new Promise<void>((resolve) => this.#watchers.add(resolve))
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#ended) this.#child.kill('SIGKILL')
    await this.done.catch(() => {})
  }

  #take(chunk: string): void {
    this.#output += chunk
    this.#wake()
  }

  #wake(): void {
    for (const wake of this.#watchers) wake()
    this.#watchers.clear()
  }

  #finish(timeout: number): Promise<CliResult> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#child.kill('SIGKILL')
        reject(new Error(`The command did not end within ${timeout} ms:\n${this.#output}`))
      }, timeout)
      this.#child.once('error', reject)
      this.#child.once('close', (code, signal) => {
        clearTimeout(timer)
        this.#ended = true
        this.#wake()
        resolve({ code, signal, stdout: this.#stdout, stderr: this.#stderr, output: this.#output })
      })
    })
  }
}

/** Runs the command to its end. */
export async function servebench(
  project: E2eProject,
  args: readonly string[] = [],
  options: CliOptions = {},
): Promise<CliResult> {
  await using cli = new Cli(project, args, options)
  return await cli.done
}

/** Text without its line breaks: for sentences that a report may have wrapped. */
export function flat(text: string): string {
  return text.replace(/\s+/g, ' ')
}
