import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RunResult } from 'servebench/plugin'

const ROOT = join(import.meta.dirname, '../../..')
const COMMAND = join(ROOT, 'packages/core/bin/servebench.js')

/** A verdict on a busy machine is an accident, and these tests are not about it. */
const OPEN = { suspect: null, invalid: null }
const CONFIG = {
  order: 'as-written',
  warmup: '500ms',
  duration: '3s',
  gates: {
    dispatchLag: OPEN,
    dispatched: OPEN,
    loadThreadCpu: OPEN,
    littlesLaw: OPEN,
    foreignCpu: OPEN,
    clockDrift: OPEN,
  },
}

export interface Ended {
  readonly code: number | null
  readonly output: string
}

/** A user's project inside the workspace, where the packages are installed; the built command runs in it. */
export class Project implements Disposable {
  readonly root: string

  constructor(bench: string) {
    this.root = mkdtempSync(join(import.meta.dirname, '../.run-'))
    writeFileSync(join(this.root, 'servebench.config.json'), JSON.stringify(CONFIG))
    writeFileSync(join(this.root, 'server.bench.ts'), bench)
  }

  start(...args: readonly string[]): { readonly process: ChildProcess; readonly ended: Promise<Ended> } {
    const child = spawn(process.execPath, [COMMAND, ...args], {
      cwd: this.root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1' },
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (output += text))
    const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, output }))
    return { process: child, ended }
  }

  async run(...args: readonly string[]): Promise<Ended> {
    return this.start(...args).ended
  }

  /** The folder of the latest run. */
  get results(): string {
    return join(this.root, 'servebench-results/latest')
  }

  result(): RunResult {
    return JSON.parse(readFileSync(join(this.results, 'result.json'), 'utf8')) as RunResult
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true, force: true })
  }
}
