import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { endGroup } from './run-command.ts'

/** In the order in which they are installed: what takes no time, then those whose tests take longest. */
export const SERVERS = ['chromium', 'triton', 'torchserve', 'mlserver', 'vespa', 'tfserving'] as const
export type ServerName = (typeof SERVERS)[number]

export type InstallationOutcome =
  | { readonly state: 'installed'; readonly seconds: number }
  /** What it needs could not be had: the machine lacks it, or a registry does not answer. */
  | { readonly state: 'unavailable'; readonly reason: string }
  /** The installation itself is broken. */
  | { readonly state: 'failed'; readonly reason: string }

/** See servers/common.sh. */
const UNAVAILABLE: readonly (number | null)[] = [69, 75]
/** Milliseconds for one server: several times what it takes where downloads are fast. */
const LIMIT = 600_000
const LINES = 3

/** Installs servers by their `servers/NAME/install.sh`, one after the other, at low priority where that is wanted. */
export class Installations {
  readonly #outcomes = new Map<ServerName, Promise<InstallationOutcome>>()
  #running: ChildProcess | null = null
  #isStopped = false

  constructor(root: string, names: readonly ServerName[], { inBackground = false } = {}) {
    let before: Promise<unknown> = Promise.resolve()
    for (const name of names) {
      const outcome = before.then(() =>
        this.#install(join(root, 'servers', name, 'install.sh'), inBackground),
      )
      this.#outcomes.set(name, outcome)
      before = outcome
    }
  }

  outcome(name: ServerName): Promise<InstallationOutcome> {
    return this.#outcomes.get(name) ?? Promise.resolve({ state: 'failed', reason: 'it was not asked for' })
  }

  /** Ends what is being installed, and begins nothing more. */
  stop(): void {
    this.#isStopped = true
    endGroup(this.#running?.pid, 'SIGTERM')
  }

  #install(script: string, inBackground: boolean): Promise<InstallationOutcome> {
    if (this.#isStopped) return Promise.resolve({ state: 'unavailable', reason: 'the run was ended' })
    const began = performance.now()
    const [file, args]: [string, string[]] = inBackground ? ['nice', ['-n', '19', script]] : [script, []]
    return new Promise((resolve) => {
      const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true })
      this.#running = child
      let output = ''
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding('utf8').on('data', (text: string) => (output += text))
      let isLate = false
      const timer = setTimeout(() => {
        isLate = true
        endGroup(child.pid, 'SIGKILL')
      }, LIMIT)
      const settle = (outcome: InstallationOutcome): void => {
        clearTimeout(timer)
        this.#running = null
        resolve(outcome)
      }
      child.once('error', ({ message }) => settle({ state: 'failed', reason: message }))
      child.once('close', (code) => {
        const reason = output.trim().split('\n').slice(-LINES).join(' · ')
        if (code === 0) settle({ state: 'installed', seconds: (performance.now() - began) / 1000 })
        else if (isLate)
          settle({ state: 'unavailable', reason: `not done after ${LIMIT / 1000} s: ${reason}` })
        else settle({ state: UNAVAILABLE.includes(code) ? 'unavailable' : 'failed', reason })
      })
    })
  }
}
