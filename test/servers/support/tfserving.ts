import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { freePort } from './free-port.ts'
import { serverFiles } from './install.ts'

/**
 * TensorFlow behind TensorFlow Serving's API, or TensorFlow Serving itself where `TF_SERVING_BIN` names its program: one
 * that somebody else has started, as far as servebench can tell.
 */
export class TfServing implements AsyncDisposable {
  readonly pid: number
  readonly http: string
  readonly grpc: string
  readonly #process: ChildProcess

  private constructor(process: ChildProcess, pid: number, rest: number, grpc: number) {
    this.#process = process
    this.pid = pid
    this.http = `http://127.0.0.1:${rest}`
    this.grpc = `http://127.0.0.1:${grpc}`
  }

  static async start(): Promise<TfServing> {
    const [rest, grpc] = [await freePort(), await freePort()]
    const args = ['--rest', String(rest), '--grpc', String(grpc)]
    const server = spawn(join(serverFiles('tfserving'), 'run.sh'), args, {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    server.stderr.on('data', (chunk: Buffer) => (output += String(chunk)))
    const pid = await new Promise<number>((resolve, reject) => {
      server.stdout.on('data', (chunk: Buffer) => {
        output += String(chunk)
        const [, found] = /READY pid=(\d+)/.exec(output) ?? []
        if (found !== undefined) resolve(Number(found))
      })
      server.once('exit', (code) => reject(new Error(`The server ended with ${code}: ${output}`)))
    })
    return new TfServing(server, pid, rest, grpc)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null) return
    const exited = once(this.#process, 'exit')
    this.#process.kill('SIGTERM')
    await exited
  }
}
