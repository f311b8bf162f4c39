import { spawn, type ChildProcess } from 'node:child_process'
import { createWriteStream, type WriteStream } from 'node:fs'
import { ServebenchError, ExitCode } from '../errors/servebench-error.ts'
import type { ServerCommand, ServerProcess } from '../hooks/server.ts'
import { MILLISECOND, SECOND, type Nanos } from '../units/nanos.ts'
import { ConcealedText } from './concealed-text.ts'
import type { Guard } from './guard.ts'
import { LogTail } from './log-tail.ts'

const GRACE: Nanos = 5 * SECOND
/** How long the last output of an ended process may take to arrive, ms. */
const LAST_OUTPUT = 500

export type ProgramCommand = ServerCommand & { readonly command: string }

/** What a launch has started: a process here, or a container. */
export interface LaunchedServerProcess extends ServerProcess {
  readonly hasExited: boolean
  /** Without waiting, for an exit that cannot wait. */
  kill(): void
}

/** A launched process in a group of its own: its output is kept, and it is ended with everything it has started. */
export class LaunchedProcess implements LaunchedServerProcess {
  readonly pid: number
  readonly exited: ServerProcess['exited']
  readonly startedAt: number
  readonly #guard: Guard
  readonly #log = new LogTail()
  readonly #file: WriteStream | null
  #ended = false

  /**
   * @param secrets are left out of its log
   * @throws {ServebenchError} `SERVEBENCH_SERVER_COMMAND` when the command cannot be started
   */
  static async start(
    command: ProgramCommand,
    guard: Guard,
    logFile: string | null,
    secrets: readonly string[] = [],
  ): Promise<LaunchedProcess> {
    const startedAt = performance.now()
    const child = spawn(command.command, [...command.args], {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...command.env },
      ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
    })
    if (child.pid !== undefined) guard.watch(child.pid)
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve)
      child.once('error', (cause: NodeJS.ErrnoException) =>
        reject(
          new ServebenchError(
            'SERVEBENCH_SERVER_COMMAND',
            `'${command.command}' cannot be started: ${cause.message}.`,
            {
              advice:
                cause.code === 'ENOENT'
                  ? 'Install it, or give its full path.'
                  : 'Check that the file is executable and that the machine has resources left.',
              cause,
              exitCode: ExitCode.target,
            },
          ),
        ),
      )
    })
    return new LaunchedProcess(child, guard, startedAt, logFile, secrets)
  }

  private constructor(
    child: ChildProcess,
    guard: Guard,
    startedAt: number,
    logFile: string | null,
    secrets: readonly string[],
  ) {
    this.#guard = guard
    this.startedAt = startedAt
    this.pid = child.pid as number
    this.#file = logFile === null ? null : createWriteStream(logFile)
    this.#file?.on('error', () => {})
    const keep = (text: string): void => {
      this.#log.append(text)
      this.#file?.write(text)
    }
    for (const stream of [child.stdout, child.stderr]) {
      const shown = secrets.length === 0 ? null : new ConcealedText(secrets, keep)
      stream?.setEncoding('utf8')
      stream?.on('data', (chunk: string) => (shown === null ? keep(chunk) : shown.add(chunk)))
      stream?.on('end', () => shown?.end())
    }
    this.exited = new Promise((resolve) => {
      const end = (code: number | null, signal: string | null): void => {
        if (this.#ended) return
        this.#ended = true
        this.#guard.release(this.pid)
        this.#file?.end()
        resolve({ code, signal })
      }
      child.once('exit', (code, signal) => {
        // What the leader has left behind; only somebody who has left the group can then hold its outputs open.
        this.#signal('SIGKILL')
        const timer = setTimeout(() => end(code, signal), LAST_OUTPUT)
        child.once('close', () => clearTimeout(timer))
      })
      child.once('close', end)
    })
  }

  get hasExited(): boolean {
    return this.#ended
  }

  logTail(lines?: number): string {
    return this.#log.tail(lines)
  }

  async stop(grace: Nanos = GRACE): Promise<void> {
    if (this.#ended) return
    this.#signal('SIGTERM')
    const timer = setTimeout(() => this.#signal('SIGKILL'), grace / MILLISECOND)
    await this.exited
    clearTimeout(timer)
  }

  kill(): void {
    if (!this.#ended) this.#signal('SIGKILL')
  }

  #signal(signal: NodeJS.Signals): void {
    try {
      process.kill(-this.pid, signal)
    } catch {
      // Nobody is left in the group.
    }
  }
}
