import { spawn, type ChildProcess } from 'node:child_process'
import { writeSync } from 'node:fs'
import { moduleUrl } from '../hooks/module-reference.ts'
import { fileURLToPath } from 'node:url'

/** What clients of container runtimes look up; the rest of the environment is none of the guard's business. */
const NEEDED =
  /^(?:PATH|HOME|USER|LOGNAME|TMPDIR|DBUS_SESSION_BUS_ADDRESS|SSH_AUTH_SOCK|(?:XDG|DOCKER|CONTAINERS?|PODMAN)_\w+)$/

/**
 * A small process that outlives this one by a moment: it is told every process group that is started here, and when its
 * pipe from here closes (a crash, `kill -9`), it ends those that are left. What lives elsewhere, such as a container, it
 * ends by running a command.
 */
export class Guard {
  readonly #child: ChildProcess
  readonly #pipe: number

  constructor() {
    // A session of its own: Ctrl-C in the terminal must not reach it before it has done its work.
    this.#child = spawn(process.execPath, [fileURLToPath(moduleUrl(import.meta.url, './guard-process'))], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
      env: Object.fromEntries(Object.entries(process.env).filter(([name]) => NEEDED.test(name))),
    })
    this.#child.unref()
    this.#child.on('error', () => {})
    const stdin = this.#child.stdin as unknown as {
      _handle?: { fd?: number; unref?(): void }
      unref?(): void
    }
    stdin.unref?.()
    this.#pipe = stdin._handle?.fd ?? -1
  }

  /** To be called right after the spawn: the line is in the pipe when this returns. */
  watch(group: number): void {
    this.#tell(`+${group}\n`)
  }

  release(group: number): void {
    this.#tell(`-${group}\n`)
  }

  /**
   * A command for the end, run when it has not been called off by then: to be told before what it ends is started.
   * @param name without blanks
   */
  plan(name: string, command: readonly string[]): void {
    this.#tell(`>${name} ${JSON.stringify(command)}\n`)
  }

  callOff(name: string): void {
    this.#tell(`<${name}\n`)
  }

  /** Ends the guard; everything it watched must have been released. */
  close(): void {
    this.#child.stdin?.end()
  }

  #tell(line: string): void {
    try {
      if (this.#pipe >= 0) writeSync(this.#pipe, line)
      else this.#child.stdin?.write(line)
    } catch {
      // A guard that is gone cannot help; the normal exit paths still end everything.
    }
  }
}
