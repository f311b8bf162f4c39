import { isIP } from 'node:net'
import { ServebenchError } from '../../errors/servebench-error.ts'

/** Where a session connects to: what remains of a URL when path, query and credentials are gone. */
export interface Endpoint {
  readonly secure: boolean
  /** A name or an address, IPv6 without brackets. */
  readonly host: string
  readonly port: number
  /** As in a `Host` header or `:authority`: brackets around IPv6, no default port. */
  readonly authority: string
}

/**
 * Reads an `http:` or `https:` URL.
 * @throws {ServebenchError} `SERVEBENCH_URL`
 */
export function parseEndpoint(text: string): Endpoint {
  const url = parseHttpUrl(text)
  const secure = url.protocol === 'https:'
  const host = url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname
  return { secure, host, port: url.port === '' ? (secure ? 443 : 80) : Number(url.port), authority: url.host }
}

/**
 * Reads an `http:` or `https:` URL without credentials.
 * @throws {ServebenchError} `SERVEBENCH_URL`
 */
export function parseHttpUrl(text: string): URL {
  const url = URL.parse(text)
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new ServebenchError('SERVEBENCH_URL', `'${withoutCredentials(text)}' is not an HTTP URL.`, {
      advice: "Write it in full, for example 'http://127.0.0.1:8000/v1/infer'.",
    })
  }
  if (url.username !== '' || url.password !== '') {
    throw new ServebenchError(
      'SERVEBENCH_URL',
      `The URL for ${url.host} contains credentials, which would end up in results.`,
      {
        advice: "Send them as a header: headers: { authorization: ['Basic ', env('CREDENTIALS')] }.",
      },
    )
  }
  if (url.port === '0') {
    throw new ServebenchError('SERVEBENCH_URL', `'${text}' has port 0, which nothing can listen on.`, {
      advice: 'Give the port that the server listens on.',
    })
  }
  return url
}

/** Whether the endpoint is an address and needs no name resolution. */
export function isAddress(endpoint: Endpoint): boolean {
  return isIP(endpoint.host) !== 0
}

function withoutCredentials(text: string): string {
  return text.replace(/\/\/[^/?#@]*@/, '//…@')
}
