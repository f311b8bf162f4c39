import { ServebenchError } from '../../errors/servebench-error.ts'
import type { Patch, Prepared } from '../../engine/session.ts'
import { layoutPatches } from './patch-layout.ts'
import type { Piece } from './patch-layout.ts'

/** A payload, read back: the bytes of a payload are an HTTP/1.1 request exactly as it goes over the wire. */
export interface WireRequest {
  readonly prepared: Prepared
  readonly bytes: Buffer
  readonly method: string
  readonly path: string
  /** As written, without `host`, `connection` and `content-length`. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly host: string
  readonly bodyStart: number
  /** Whether the answer has no content: the method is HEAD. */
  readonly bodiless: boolean
  /** Whether the request asks the server to close the connection. */
  readonly close: boolean
  /** How to send it with its patches; `null` when it has none. */
  readonly pieces: readonly Piece[] | null
}

/**
 * Reads the head of a payload.
 * @throws {ServebenchError} `SERVEBENCH_HTTP_PAYLOAD` when it is not the head of a request
 */
export function readWireRequest(prepared: Prepared): WireRequest {
  const { bytes, patches } = prepared
  const end = bytes.indexOf('\r\n\r\n')
  const [line = '', ...lines] = end === -1 ? [] : bytes.toString('latin1', 0, end).split('\r\n')
  const match = /^([!#$%&'*+\-.^_`|~\w]+) (\S+) HTTP\/1\.1$/.exec(line)
  if (match === null) {
    throw new ServebenchError(
      'SERVEBENCH_HTTP_PAYLOAD',
      `Payload ${prepared.index} is not an HTTP/1.1 request.`,
      {
        advice: 'Build payloads with encodeHttpRequest.',
      },
    )
  }
  let host = ''
  let close = false
  const headers: [string, string][] = []
  for (const text of lines) {
    const colon = text.indexOf(':')
    const name = text.slice(0, colon)
    const value = text.slice(colon + 1).trim()
    switch (name.toLowerCase()) {
      case 'host':
        host = value
        break
      case 'connection':
        close ||= /(?:^|,)\s*close\s*(?:,|$)/i.test(value)
        break
      case 'content-length':
        break
      default:
        headers.push([name, value])
    }
  }
  return {
    prepared,
    bytes,
    method: match[1] as string,
    path: match[2] as string,
    headers,
    host,
    bodyStart: end + 4,
    bodiless: match[1] === 'HEAD',
    close,
    pieces: patches.length === 0 ? null : layoutPatches(bytes, patches),
  }
}

/** Says what is sent for a payload. */
export interface RequestSource {
  /** Valid until the slot's next request. */
  of(prepared: Prepared, slot: number, patch: Patch): WireRequest
  /** Part of the slot's request is still in Node's memory: from now on its bytes must not change. */
  retain?(slot: number): void
}

/** The requests of a session by payload. A session may outlive a trial, and with it the ring of payloads. */
export class WireRequests implements RequestSource {
  readonly #byIndex: (WireRequest | undefined)[]

  /** @throws {ServebenchError} `SERVEBENCH_HTTP_PAYLOAD` */
  constructor(payloads: readonly Prepared[]) {
    this.#byIndex = payloads.map(readWireRequest)
  }

  of(prepared: Prepared): WireRequest {
    const known = this.#byIndex[prepared.index]
    if (known !== undefined && known.prepared === prepared) return known
    const read = readWireRequest(prepared)
    this.#byIndex[prepared.index] = read
    return read
  }
}
