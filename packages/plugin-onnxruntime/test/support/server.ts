import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../src/server/main.ts', import.meta.url))

/** The server as a process, started from source. */
export class ServerUnderTest {
  readonly http: string
  /** `host:port`, as gRPC clients want it. */
  readonly grpc: string
  readonly pid: number
  readonly ready: Readonly<Record<string, unknown>>
  readonly process: ChildProcess
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>

  static async start(args: readonly string[], input: 'ignore' | 'pipe' = 'ignore'): Promise<ServerUnderTest> {
    const process = launch(['--http-port=0', '--grpc-port=0', ...args], input)
    const errors = collect(process.stderr)
    const line = await new Promise<string>((resolve, reject) => {
      process.stdout?.once('data', (chunk: Buffer) => resolve(String(chunk)))
      process.once('exit', () => reject(new Error(`The server ended: ${errors()}`)))
    })
    return new ServerUnderTest(process, JSON.parse(line))
  }

  private constructor(process: ChildProcess, ready: { http: string; grpc: string; pid: number }) {
    this.process = process
    this.ready = { ...ready }
    this.http = ready.http
    this.grpc = ready.grpc.replace('http://', '')
    this.pid = ready.pid
    this.exited = once(process, 'exit').then(([code, signal]) => ({ code, signal }) as never)
  }

  async stop(): Promise<void> {
    this.process.kill('SIGTERM')
    await this.exited
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  async json(path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(
      this.http + path,
      body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) },
    )
    const text = await response.text()
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`)
    return text === '' ? null : JSON.parse(text)
  }

  /** One model's statistics. */
  async statistics(model: string): Promise<ReportedStatistics> {
    const { model_stats } = (await this.json(`/v2/models/${model}/stats`)) as {
      model_stats: [ReportedStatistics]
    }
    return model_stats[0]
  }
}

export interface ReportedStatistics {
  readonly inference_count: number
  readonly execution_count: number
  readonly inference_stats: Readonly<Record<string, { count: number; ns: number }>>
  readonly batch_stats: readonly { batch_size: number; compute_infer: { count: number; ns: number } }[]
}

/** Runs the program to its end. */
export async function runServer(
  args: readonly string[],
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const process = launch(args, 'ignore')
  const stdout = collect(process.stdout)
  const stderr = collect(process.stderr)
  const [code] = (await once(process, 'close')) as [number | null]
  return { code, stdout: stdout(), stderr: stderr() }
}

function launch(args: readonly string[], input: 'ignore' | 'pipe'): ChildProcess {
  return spawn(process.execPath, [MAIN, ...args], { stdio: [input, 'pipe', 'pipe'] })
}

function collect(stream: NodeJS.ReadableStream | null): () => string {
  let text = ''
  stream?.on('data', (chunk: Buffer) => (text += String(chunk)))
  return () => text
}
