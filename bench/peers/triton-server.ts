import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { freePort } from './counting-server.ts'

const RUN = fileURLToPath(new URL('../../servers/triton/run.sh', import.meta.url))
const INSTALLED = fileURLToPath(new URL('../../.servers/triton/bin/tritonserver', import.meta.url))

/** A real Triton with the model `identity`. */
export class TritonServer implements AsyncDisposable {
  readonly http: string
  readonly grpc: string
  readonly pid: number
  readonly #child: ChildProcess

  private constructor(child: ChildProcess, pid: number, http: number, grpc: number) {
    this.#child = child
    this.pid = pid
    this.http = `http://127.0.0.1:${http}`
    this.grpc = `http://127.0.0.1:${grpc}`
  }

  /** Whether `servers/triton/install.sh` has put one into the repository. */
  static get isInstalled(): boolean {
    return existsSync(INSTALLED)
  }

  static async start(): Promise<TritonServer> {
    const [http, grpc, metrics] = [await freePort(), await freePort(), await freePort()]
    const ports = ['--http', String(http), '--grpc', String(grpc), '--metrics', String(metrics)]
    const control = ['--', '--model-control-mode=explicit', '--load-model=identity']
    const child = spawn(RUN, [...ports, ...control], { stdio: ['ignore', 'pipe', 'inherit'] })
    let printed = ''
    const pid = await new Promise<number>((resolve, reject) => {
      child.stdout.on('data', (chunk: Buffer) => {
        printed += String(chunk)
        const [, found] = /READY pid=(\d+)/.exec(printed) ?? []
        if (found !== undefined) resolve(Number(found))
      })
      child.once('error', reject)
      child.once('exit', (code) => reject(new Error(`Triton ended with ${code}: ${printed}`)))
    })
    return new TritonServer(child, pid, http, grpc)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return
    const exited = once(this.#child, 'exit')
    this.#child.kill('SIGTERM')
    await exited
  }
}
