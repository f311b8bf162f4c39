import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { freePort } from './free-port.ts'
import { serverFiles } from './install.ts'

/** A real server that somebody else has started, as far as servebench can tell. */
export class RealTorchServe implements AsyncDisposable {
  readonly pid: number
  readonly http: string
  readonly management: string
  readonly metrics: string
  readonly grpc: string
  /** Of the server's working directory. */
  readonly folder: string
  readonly #process: ChildProcess

  private constructor(process: ChildProcess, ready: Readonly<Record<string, string>>) {
    const url = (name: string): string => `http://127.0.0.1:${ready[name]}`
    this.#process = process
    this.pid = Number(ready['pid'])
    this.http = url('inference')
    this.management = url('management')
    this.metrics = `${url('metrics')}/metrics`
    this.grpc = url('grpc')
    this.folder = ready['folder'] as string
  }

  static async start(...args: readonly string[]): Promise<RealTorchServe> {
    const ports: string[] = []
    for (const name of ['inference', 'management', 'metrics', 'grpc', 'grpc-management'])
      ports.push(`--${name}`, String(await freePort()))
    const server = spawn(join(serverFiles('torchserve'), 'run.sh'), [...ports, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    server.stderr.on('data', (chunk: Buffer) => (output += String(chunk)))
    const ready = await new Promise<Record<string, string>>((resolve, reject) => {
      server.stdout.on('data', (chunk: Buffer) => {
        output += String(chunk)
        const [, line] = /^READY (.*)$/m.exec(output) ?? []
        if (line !== undefined && output.endsWith('\n'))
          resolve(Object.fromEntries(line.split(' ').map((pair) => pair.split('=') as [string, string])))
      })
      server.once('exit', (code) => reject(new Error(`TorchServe ended with ${code}: ${output}`)))
    })
    return new RealTorchServe(server, ready)
  }

  /** Registers an archive of the store. */
  async register(archive: string, query = ''): Promise<void> {
    const url = `${this.management}/models?url=${archive}&initial_workers=1&synchronous=true${query}`
    const answer = await fetch(url, { method: 'POST' })
    if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null) return
    const exited = once(this.#process, 'exit')
    this.#process.kill('SIGTERM')
    await exited
  }
}
