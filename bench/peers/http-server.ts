import type { ChildProcess } from 'node:child_process'
import path from 'node:path'
import { CountingServer, freePort, startServer } from './counting-server.ts'
import { buildNative } from './native.ts'

export interface HttpServerOptions {
  /** Time in service, µs. */
  readonly delay?: number
  /** Requests in the log; none by default. */
  readonly rows?: number
  /** Seconds after the first request. */
  readonly freezes?: readonly (readonly [from: number, until: number])[]
}

/** `bench/servers/truth-server.c`: HTTP/1.1. */
export class HttpServer extends CountingServer {
  static async start(folder: string, options: HttpServerOptions = {}): Promise<HttpServer> {
    const port = await freePort()
    const file = path.join(folder, `stats-${port}`)
    const { delay = 0, rows = 0, freezes = [] } = options
    const flags = ['--port', String(port), '--stats', file, '--delay', String(delay), '--rows', String(rows)]
    if (freezes.length > 0)
      flags.push('--freeze', freezes.map(([from, until]) => `${from}:${until}`).join(','))
    const open = (child: ChildProcess) => new HttpServer(child, `127.0.0.1:${port}`, file)
    return startServer(open, buildNative('truth-server'), flags, file)
  }

  get url(): string {
    return `http://${this.authority}/v1/infer`
  }
}
