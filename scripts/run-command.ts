import { spawn } from 'node:child_process'

export interface CommandOptions {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>> | undefined
  /** Milliseconds, after which the command is ended with all that it has started. */
  readonly limit?: number | undefined
}

const GRACE = 10_000

/** Runs a command with the terminal's outputs. Resolves to whether it succeeded. */
export function runCommand(
  command: readonly string[],
  { cwd, env, limit }: CommandOptions,
): Promise<boolean> {
  const [file, ...args] = command
  return new Promise((resolve) => {
    const child = spawn(file as string, args, {
      cwd,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1', NO_COLOR: '1', ...env },
      // A group of its own, so that all of it can be ended; without a limit Ctrl-C is for the command, too.
      detached: limit !== undefined,
    })
    const end = (signal: NodeJS.Signals): void => endGroup(child.pid, signal)
    const timers =
      limit === undefined
        ? []
        : [
            setTimeout(() => {
              process.stdout.write(`✗ not done after ${limit / 1000} s: ${command.join(' ')}\n`)
              end('SIGTERM')
            }, limit),
            setTimeout(() => end('SIGKILL'), limit + GRACE),
          ]
    const onExit = (): void => end('SIGTERM')
    if (limit !== undefined) process.once('exit', onExit)
    const settle = (isFine: boolean): void => {
      process.off('exit', onExit)
      for (const timer of timers) clearTimeout(timer)
      resolve(isFine)
    }
    child.once('error', () => settle(false))
    child.once('close', (code) => settle(code === 0))
  })
}

/** Ends a process that leads a group, with the whole group. */
export function endGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal)
  } catch {
    // It is over.
  }
}
