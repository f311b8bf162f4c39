import { spawn, type ChildProcess } from 'node:child_process'
import { createWriteStream, type WriteStream } from 'node:fs'
import { ServebenchError, ExitCode } from '../errors/servebench-error.ts'
import type { ServerCommand, ServerProcess } from '../hooks/server.ts'
import { MILLISECOND, SECOND, type Nanos } from '../units/nanos.ts'
import type { Guard } from './guard.ts'
import { LogTail } from './log-tail.ts'

const GRACE: Nanos = 5 * SECOND
/** How long the last output of an ended process may take to arrive, ms. */
const LAST_OUTPUT = 500

/** A launched process in a group of its own: its output is kept, and it is ended with everything it has started. */
export class LaunchedProcess implements ServerProcess {
  readonly pid: number
  readonly exited: ServerProcess['exited']
  readonly startedAt: number
  readonly #guard: Guard
  readonly #log = new LogTail()
  readonly #file: WriteStream | null
  #ended = false

  /** @throws {ServebenchError} `SERVEBENCH_SERVER_COMMAND` when the command cannot be started */
  static async start(command: ServerCommand, guard: Guard, logFile: string | null): Promise<LaunchedProcess> {
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
    return new LaunchedProcess(child, guard, startedAt, logFile)
  }

  private constructor(child: ChildProcess, guard: Guard, startedAt: number, logFile: string | null) {
    this.#guard = guard
    this.startedAt = startedAt
    this.pid = child.pid as number
    this.#file = logFile === null ? null : createWriteStream(logFile)
    this.#file?.on('error', () => {})
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8')
      stream?.on('data', (chunk: string) => {
        this.#log.append(chunk)
        this.#file?.write(chunk)
      })
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

  logTail(): string {
    return this.#log.tail()
  }

  async stop(grace: Nanos = GRACE): Promise<void> {
    if (this.#ended) return
    this.#signal('SIGTERM')
    const timer = setTimeout(() => this.#signal('SIGKILL'), grace / MILLISECOND)
    await this.exited
    clearTimeout(timer)
  }

  /** Without waiting, for an exit that cannot wait. */
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
