import { ExitCode, ServebenchError } from '../../errors/servebench-error.ts'
import { FailureKind } from '../../engine/outcome.ts'
import { codeOf, failureOf } from './failure.ts'
import type { Endpoint } from './endpoint.ts'

/**
 * A connection that could not be opened, as an error for people: what happened, and what to do.
 * @param protocol what was to be spoken on it
 */
export function connectError(
  cause: unknown,
  endpoint: Endpoint,
  protocol: 'HTTP' | 'HTTP/2' = 'HTTP',
): ServebenchError {
  const { host, port } = endpoint
  const at = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
  const code = codeOf(cause)
  switch (failureOf(cause)) {
    case FailureKind.refused:
      return targetError(
        'SERVEBENCH_TARGET_REFUSED',
        `Nothing listens on ${at}.`,
        'Start the server, or correct the port in the URL.',
        cause,
      )
    case FailureKind.dns:
      return targetError(
        'SERVEBENCH_TARGET_DNS',
        `The host name '${host}' has no address (${code}).`,
        'Correct the host in the URL, or the name resolution of this machine.',
        cause,
      )
    case FailureKind.unreachable:
      return targetError(
        'SERVEBENCH_TARGET_UNREACHABLE',
        `${at} cannot be reached (${code}).`,
        'Check the address, the network and firewalls on the way.',
        cause,
      )
    case FailureKind.exhausted:
      return targetError(
        'SERVEBENCH_TARGET_EXHAUSTED',
        `This machine has no file descriptor or local port left to connect to ${at} (${code}).`,
        'Raise the limit (ulimit -n), or use fewer connections.',
        cause,
      )
    case FailureKind.tls:
      return tlsError(cause, code, at, endpoint, protocol)
    default:
      return targetError(
        'SERVEBENCH_TARGET_CLOSED',
        `${at} closed the connection before it could be used${code === '' ? '' : ` (${code})`}.`,
        endpoint.secure
          ? 'Check that this port speaks TLS, and whether it asks for a client certificate (tls.cert, tls.key).'
          : protocol === 'HTTP/2'
            ? 'Check that this is the gRPC port, and whether it expects TLS (https://).'
            : 'Check that this is the port for HTTP requests.',
        cause,
      )
  }
}

/**
 * A server that accepts connections too slowly, or not at all.
 * @param accepted whether only the TLS handshake is missing
 */
export function connectTimeout(endpoint: Endpoint, seconds: number, accepted = false): ServebenchError {
  if (accepted) {
    return targetError(
      'SERVEBENCH_TARGET_TIMEOUT',
      `${endpoint.authority} accepted the connection, but did not finish the TLS handshake within ${seconds} s.`,
      `Check that this port speaks TLS (http://${endpoint.authority} may be meant), and whether the server hangs.`,
      undefined,
    )
  }
  return targetError(
    'SERVEBENCH_TARGET_TIMEOUT',
    `${endpoint.authority} did not accept a connection within ${seconds} s.`,
    'Check the address, firewalls on the way, and whether the server hangs.',
    undefined,
  )
}

function tlsError(
  cause: unknown,
  code: string,
  at: string,
  endpoint: Endpoint,
  protocol: 'HTTP' | 'HTTP/2',
): ServebenchError {
  const text = cause instanceof Error ? cause.message : String(cause)
  if (
    code === 'ERR_SSL_WRONG_VERSION_NUMBER' ||
    code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG' ||
    /wrong version number|packet length too long|http request/i.test(text)
  ) {
    return targetError(
      'SERVEBENCH_TARGET_NOT_TLS',
      `${at} does not speak TLS.`,
      `Use http://${endpoint.authority}, or the port on which the server speaks TLS.`,
      cause,
    )
  }
  if (/no.application.protocol/i.test(`${code} ${text}`)) {
    return targetError(
      'SERVEBENCH_TARGET_TLS',
      `${at} does not offer ${protocol === 'HTTP/2' ? 'HTTP/2' : 'HTTP/1.1'} in the TLS handshake.`,
      protocol === 'HTTP/2'
        ? 'Check that this is the gRPC port, and that what terminates TLS there offers h2.'
        : 'Check that this is the port for HTTP requests: it may be that of gRPC.',
      cause,
    )
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID' || code === 'HOSTNAME_MISMATCH') {
    return targetError(
      'SERVEBENCH_TARGET_TLS',
      `The certificate of ${at} is not for '${endpoint.host}': ${text}.`,
      'Set tls.serverName to a name in the certificate.',
      cause,
    )
  }
  if (
    /certificate required|bad certificate|handshake failure|unknown ca|certificate unknown/i.test(text) ||
    /CERTIFICATE_REQUIRED|BAD_CERTIFICATE|HANDSHAKE_FAILURE|UNKNOWN_CA/.test(code)
  ) {
    return targetError(
      'SERVEBENCH_TARGET_TLS',
      `${at} refused the TLS handshake: ${reason(cause, text)}.`,
      'If the server asks for a client certificate, give one that it trusts with tls.cert and tls.key.',
      cause,
    )
  }
  return targetError(
    'SERVEBENCH_TARGET_TLS',
    `The TLS handshake with ${at} failed: ${reason(cause, text)}.`,
    advise(code),
    cause,
  )
}

function advise(code: string): string {
  if (/SELF_SIGNED|UNABLE_TO_(?:VERIFY|GET_ISSUER)|UNTRUSTED/.test(code)) {
    return "Give the authority that signed the server's certificate with tls.ca: file('ca.pem'), or accept any certificate with tls.insecure: true."
  }
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID')
    return "Renew the server's certificate, or accept it with tls.insecure: true."
  return 'Check the URL, the TLS versions of the server, and the options under tls.'
}

/** OpenSSL's own words, without its thread and file numbers. */
function reason(cause: unknown, text: string): string {
  const inner = (cause as { readonly reason?: unknown } | null | undefined)?.reason
  return typeof inner === 'string' ? inner : (text.split('\n')[0] ?? text)
}

function targetError(
  code: `SERVEBENCH_${string}`,
  message: string,
  advice: string,
  cause: unknown,
): ServebenchError {
  return new ServebenchError(code, message, { advice, cause, exitCode: ExitCode.target })
}
