import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Nanos } from '../../units/nanos.ts'
import type { TlsMaterial } from '../tls/tls-material.ts'
import { connectError, connectTimeout } from './connect-error.ts'
import { Dialer } from './dialer.ts'
import type { Endpoint } from './endpoint.ts'

export interface EndpointCheck {
  /** Time to connect, TLS included. */
  readonly connectNanos: Nanos
  /** The protocol that the server chose by ALPN, or `null`. */
  readonly protocol: string | null
  /** See {@link endpointWarnings}. */
  readonly warnings: readonly string[]
}

const TIMEOUT_SECONDS = 5
/** A TLS 1.3 server that accepts the client sends a session ticket at once; one that refuses it, an alert. */
const VERDICT_MS = 20
const USUAL_TLS_PORTS: ReadonlySet<number> = new Set([443, 8443, 9443])

/**
 * Opens one connection and closes it, so that a wrong address, port, scheme or certificate is a clear error before any
 * load. Sends no request.
 * @throws {ServebenchError} as `connectError` says, or `SERVEBENCH_TARGET_TIMEOUT` after 5 s
 */
export async function checkEndpoint(
  endpoint: Endpoint,
  tls: TlsMaterial | null,
  signal?: AbortSignal,
): Promise<EndpointCheck> {
  signal?.throwIfAborted()
  const dialer = new Dialer(endpoint, tls)
  const { promise, resolve, reject } = Promise.withResolvers<string | null>()
  const fail = (error: unknown): void => reject(connectError(error, endpoint))
  const onAbort = (): void => reject(signal?.reason as Error)
  signal?.addEventListener('abort', onAbort)
  let accepted = false
  const timeout = setTimeout(
    () => reject(connectTimeout(endpoint, TIMEOUT_SECONDS, accepted)),
    TIMEOUT_SECONDS * 1000,
  )
  let verdict: NodeJS.Timeout | undefined
  let socket: Socket | undefined
  const dialed = (): void => {
    socket?.on('error', fail)
    if (tls === null) return resolve(null)
    const secure = socket as TLSSocket
    const protocol = secure.alpnProtocol === false ? null : secure.alpnProtocol
    if (secure.getProtocol() !== 'TLSv1.3') return resolve(protocol)
    secure.once('session', () => resolve(protocol))
    secure.resume()
    verdict = setTimeout(() => resolve(protocol), VERDICT_MS)
  }
  try {
    await dialer.resolve().catch(fail)
    socket = dialer.dial({ dialed, dialFailed: fail })
    socket.once('connect', () => {
      accepted = true
    })
    const protocol = await promise
    return { connectNanos: dialer.connectNanos, protocol, warnings: endpointWarnings(endpoint) }
  } finally {
    clearTimeout(timeout)
    clearTimeout(verdict)
    signal?.removeEventListener('abort', onAbort)
    socket?.destroy()
  }
}

/** What is legal, but hardly meant. */
export function endpointWarnings({ secure, port, authority }: Endpoint): string[] {
  if (secure || !USUAL_TLS_PORTS.has(port)) return []
  return [`Port ${port} usually speaks TLS: https://${authority} may be meant.`]
}
