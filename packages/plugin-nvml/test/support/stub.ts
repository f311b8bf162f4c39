import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const SOURCE = fileURLToPath(new URL('stub-nvml.c', import.meta.url))

/** Whether the stub can be built here. Without a compiler, what it would answer is replayed instead; see `replay.ts`. */
export const hasCompiler: boolean =
  process.platform === 'linux' && spawnSync('cc', ['--version'], { stdio: 'ignore' }).status === 0

/** A board as an H100 says it is, by the keys of stub-nvml.c. */
export const H100: Readonly<Record<string, number>> = {
  architecture: 9,
  power: 350_000,
  'field.185': 340_000,
  'field.186': 351_500,
  'field.82': 55,
  'field.197': 1_000_000,
  'field.198': 2_000_000,
  limit: 700_000,
  energy: 5_000_000,
  utilization: 87,
  busy: 42,
  memory: 20 * 2 ** 30,
  sm: 1980,
  mem: 2619,
  temperature: 61,
  throttle: 0,
  processes: 1,
}

/** A library with the binary interface of NVML whose answers can be changed while it is used. */
export class StubLibrary implements Disposable {
  readonly path: string
  readonly #folder: string
  readonly #state: string

  constructor() {
    this.#folder = mkdtempSync(join(tmpdir(), 'stub-nvml-'))
    this.path = join(this.#folder, 'libnvidia-ml.so.1')
    this.#state = join(this.#folder, 'state')
    execFileSync('cc', ['-shared', '-fPIC', '-Wall', '-Werror', '-o', this.path, SOURCE])
    this.set(H100)
    process.env['STUB_NVML_STATE'] = this.#state
  }

  set(state: Readonly<Record<string, number>>): void {
    const lines = Object.entries(state).map(([key, value]) => `${key} ${value}\n`)
    writeFileSync(this.#state, lines.join(''))
  }

  [Symbol.dispose](): void {
    delete process.env['STUB_NVML_STATE']
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
