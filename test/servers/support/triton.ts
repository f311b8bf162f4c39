import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { freePort } from './free-port.ts'
import { serverFiles } from './install.ts'

/** A real server that somebody else has started, as far as servebench can tell. */
export class Triton implements AsyncDisposable {
  readonly pid: number
  readonly http: string
  readonly grpc: string
  readonly metrics: string
  readonly #process: ChildProcess

  private constructor(process: ChildProcess, pid: number, ports: readonly number[]) {
    const [http, grpc, metrics] = ports.map((port) => `http://127.0.0.1:${port}`)
    this.#process = process
    this.pid = pid
    this.http = http as string
    this.grpc = grpc as string
    this.metrics = `${metrics as string}/metrics`
  }

  static async start(args: readonly string[], repositories: readonly string[] = ['models']): Promise<Triton> {
    const files = serverFiles('triton')
    const ports = [await freePort(), await freePort(), await freePort()] as const
    const [http, grpc, metrics] = ports.map(String) as [string, string, string]
    const models = repositories.flatMap((folder) => ['--models', join(files, folder)])
    const server = spawn(
      join(files, 'run.sh'),
      ['--http', http, '--grpc', grpc, '--metrics', metrics, ...models, '--', ...args],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    )
    let output = ''
    server.stderr.on('data', (chunk: Buffer) => (output += String(chunk)))
    const pid = await new Promise<number>((resolve, reject) => {
      server.stdout.on('data', (chunk: Buffer) => {
        output += String(chunk)
        const [, found] = /READY pid=(\d+)/.exec(output) ?? []
        if (found !== undefined) resolve(Number(found))
      })
      server.once('exit', (code) => reject(new Error(`Triton ended with ${code}: ${output}`)))
    })
    return new Triton(server, pid, ports)
  }

  async json(method: string, path: string, body?: unknown): Promise<never> {
    const answer = await fetch(this.http + path, {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`)
    return (text === '' ? null : JSON.parse(text)) as never
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null) return
    const exited = once(this.#process, 'exit')
    this.#process.kill('SIGTERM')
    await exited
  }
}
