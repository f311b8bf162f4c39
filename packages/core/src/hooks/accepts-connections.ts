import { connect } from 'node:net'

/** A proxy that finds nobody behind it closes a connection at once; a server waits for a request. */
const PROXY_MS = 250

export interface ConnectionProbe {
  readonly signal: AbortSignal
  /** Whether the port is that of a proxy, which accepts connections also while nobody listens behind it. */
  readonly proxied?: boolean
}

/** Whether somebody listens on a port of this machine. */
export function acceptsConnections(
  port: number,
  { signal, proxied = false }: ConnectionProbe,
): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', signal })
    const end = (found: boolean): void => {
      socket.destroy()
      resolve(found)
    }
    socket.once('connect', () => {
      if (proxied) socket.setTimeout(PROXY_MS, () => end(true)).resume()
      else end(true)
    })
    // It has something to say: it is no proxy that finds nobody.
    socket.once('data', () => end(true))
    socket.once('end', () => end(false))
    socket.once('close', () => end(false))
    socket.once('error', () => end(false))
  })
}
