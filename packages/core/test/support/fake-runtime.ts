import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const PROGRAM = fileURLToPath(new URL('fake-runtime.mjs', import.meta.url))

export interface FakeImage {
  readonly id: string
  readonly digests?: readonly string[]
  /** What it starts by itself. */
  readonly entrypoint?: readonly string[]
  /** Its programs by name, as commands of this machine. */
  readonly programs?: Readonly<Record<string, readonly string[]>>
  /** How long the second layer takes, ms. */
  readonly pullTime?: number
}

/** `docker` and `podman` in a folder, for the `PATH`. */
export class FakeRuntime implements Disposable {
  readonly bin: string
  readonly #state: string
  #path: string | undefined

  constructor(
    folder: string,
    images: {
      readonly local?: Readonly<Record<string, FakeImage>>
      readonly registry?: Readonly<Record<string, FakeImage>>
    },
    runtimes: readonly string[] = ['docker', 'podman'],
  ) {
    this.bin = join(folder, 'bin')
    this.#state = join(folder, 'state')
    for (const path of [this.bin, this.#state]) mkdirSync(path, { recursive: true })
    for (const runtime of runtimes) {
      const script = join(this.bin, runtime)
      writeFileSync(
        script,
        `#!/bin/sh\nexec '${process.execPath}' '${PROGRAM}' '${this.#state}' ${runtime} "$@"\n`,
      )
      chmodSync(script, 0o755)
    }
    writeFileSync(join(this.#state, 'images.json'), JSON.stringify(images.local ?? {}))
    writeFileSync(join(this.#state, 'registry.json'), JSON.stringify(images.registry ?? {}))
  }

  /** On the `PATH` of this process, until it is disposed of. */
  install(): this {
    this.#path = process.env['PATH']
    process.env['PATH'] = this.bin + delimiter + (this.#path ?? '')
    return this
  }

  /** The service does not answer any more. */
  breakDown(): void {
    writeFileSync(join(this.#state, 'down'), '')
  }

  /** Names of the containers that there are. */
  containers(): readonly string[] {
    const folder = join(this.#state, 'containers')
    if (!existsSync(folder)) return []
    return readdirSync(folder).flatMap((file) => (file.endsWith('.json') ? [file.slice(0, -5)] : []))
  }

  /** Process ids of their programs. */
  programs(): readonly number[] {
    return this.containers().map(
      (name) =>
        JSON.parse(readFileSync(join(this.#state, 'containers', `${name}.json`), 'utf8')).pid as number,
    )
  }

  /** What a container of somebody else would have. */
  changeLabel(name: string, label: string, value: string): void {
    const file = join(this.#state, 'containers', `${name}.json`)
    const container = JSON.parse(readFileSync(file, 'utf8')) as { labels: Record<string, string> }
    container.labels[label] = value
    writeFileSync(file, JSON.stringify(container))
  }

  /** All calls, in order; with a verb, only those of it. */
  calls(verb?: string): readonly (readonly string[])[] {
    const file = join(this.#state, 'calls.ndjson')
    if (!existsSync(file)) return []
    return readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as string[])
      .filter((call) => verb === undefined || call[1] === verb)
  }

  [Symbol.dispose](): void {
    if (this.#path !== undefined) process.env['PATH'] = this.#path
  }
}
