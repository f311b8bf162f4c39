import type { Socket } from 'node:net'
import type { Ending } from './program.ts'

/** An accepted connection. */
export interface Transport {
  /** What is read and written: a TLS socket on a TLS server. */
  readonly socket: Socket
  /** The TCP socket below. */
  readonly raw: Socket
  /** From 0, in the order of acceptance. */
  readonly number: number
}

/** Ends a connection in the way of a fault, after everything written so far has gone out. */
export function endConnection(transport: Transport, ending: Ending): void {
  const { socket, raw } = transport
  switch (ending) {
    case 'keep':
    case 'hang':
      return
    case 'close':
      socket.destroySoon()
      return
    case 'half-close':
      socket.end()
      return
    case 'reset':
      // The callback of an empty write comes when everything before it has gone.
      socket.write('', () => raw.resetAndDestroy())
  }
}
