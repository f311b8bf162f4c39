import { createServer } from 'node:net'
import { ServebenchError } from '../errors/servebench-error.ts'

/** Ports that were given out in this process: the system may offer a free one twice. */
const given = new Set<number>()

/**
 * A loopback port that was free a moment ago and has not been given out before.
 * @throws {ServebenchError} `SERVEBENCH_PORT` when none can be had
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = await probe()
    if (given.has(port)) continue
    given.add(port)
    return port
  }
  throw new ServebenchError('SERVEBENCH_PORT', 'No free loopback port could be found.', {
    advice: 'Close programs that hold many ports, or give the server fixed ports.',
  })
}

function probe(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
