import { spawn, type ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { NODE } from './cli.ts'
import type { E2eProject } from './project.ts'

const BINARY = fileURLToPath(new URL('../../../bin/servebench.js', import.meta.url))

export interface PtyOptions {
  readonly columns?: number
  readonly rows?: number
  readonly env?: Readonly<Record<string, string>>
}

/** The built command on a terminal: util-linux' `script` makes one, and a shell notes its settings before and after. */
export class Pty implements AsyncDisposable {
  readonly code: Promise<number | null>
  readonly #child: ChildProcess
  readonly #project: E2eProject
  readonly #watchers = new Set<() => void>()
  #output = ''
  #ended = false

  constructor(
    project: E2eProject,
    args: readonly string[],
    { columns = 80, rows = 30, env = {} }: PtyOptions = {},
  ) {
    this.#project = project
    const command = [NODE, BINARY, ...args].map((word) => `'${word}'`).join(' ')
    const shell = [
      // Ctrl-C is for the command; the shell goes on.
      'trap : INT',
      `stty cols ${columns} rows ${rows}`,
      'stty -a > .tmp/before',
      command,
      'code=$?',
      'stty -a > .tmp/after',
      'exit $code',
    ].join('\n')
    this.#child = spawn('/bin/sh', ['-c', 'exec script -qefc "$1" /dev/null', 'sh', shell], {
      cwd: project.root,
      stdio: ['pipe', 'pipe', 'inherit'],
      env: {
        PATH: process.env['PATH'],
        HOME: project.root,
        TMPDIR: project.temporary,
        TERM: 'xterm-256color',
        SHELL: '/bin/sh',
        ...env,
      },
    })
    this.#child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      this.#output += chunk
      this.#wake()
    })
    this.code = new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#child.kill('SIGKILL'), 40_000)
      this.#child.once('error', reject)
      this.#child.once('close', (code) => {
        clearTimeout(timer)
        this.#ended = true
        this.#wake()
        resolve(code)
      })
    })
    this.code.catch(() => {})
  }

  get output(): string {
    return this.#output
  }

  /** Without colours and movements. */
  get text(): string {
    return stripVTControlCharacters(this.#output)
  }

  type(text: string): void {
    this.#child.stdin?.write(text)
  }

  /** Resolves once the text since `from` matches; to where the match ends. */
  async said(pattern: RegExp, from = 0): Promise<number> {
    for (;;) {
      const found = pattern.exec(this.text.slice(from))
      if (found !== null) return from + found.index + found[0].length
      if (this.#ended) throw new Error(`The command ended without saying ${pattern}:\n${this.#output}`)
      await new Promise<void>((resolve) => this.#watchers.add(resolve))
    }
  }

  /** Whether the cursor can be seen after all that was written. */
  get showsCursor(): boolean {
    return this.#output.lastIndexOf('\u001b[?25h') >= this.#output.lastIndexOf('\u001b[?25l')
  }

  /** The settings of the terminal, before the command and after it. */
  get settings(): { readonly before: string; readonly after: string } {
    const read = (name: string): string => readFileSync(this.#project.path('.tmp', name), 'utf8')
    return { before: read('before'), after: read('after') }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#ended) this.#child.kill('SIGKILL')
    await this.code.catch(() => {})
  }

  #wake(): void {
    for (const wake of this.#watchers) wake()
    this.#watchers.clear()
  }
}
