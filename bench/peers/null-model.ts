import type { ChildProcess } from 'node:child_process'
import path from 'node:path'
import { CountingServer, freePort, startServer } from './counting-server.ts'

/** `bench/servers/null-model`: gRPC. */
export class NullModel extends CountingServer {
  static async start(folder: string, binary: string): Promise<NullModel> {
    const authority = `127.0.0.1:${await freePort()}`
    const file = path.join(folder, 'stats-grpc')
    const open = (child: ChildProcess) => new NullModel(child, authority, file)
    return startServer(open, binary, ['--address', authority, '--stats', file], file)
  }
}
