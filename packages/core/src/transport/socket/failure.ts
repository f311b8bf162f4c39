import { FailureKind } from '../../engine/outcome.ts'

const KINDS: Readonly<Record<string, FailureKind>> = {
  ECONNREFUSED: FailureKind.refused,
  EHOSTUNREACH: FailureKind.unreachable,
  ENETUNREACH: FailureKind.unreachable,
  EHOSTDOWN: FailureKind.unreachable,
  ENETDOWN: FailureKind.unreachable,
  ETIMEDOUT: FailureKind.unreachable,
  EACCES: FailureKind.unreachable,
  EPERM: FailureKind.unreachable,
  ENOTFOUND: FailureKind.dns,
  EAI_AGAIN: FailureKind.dns,
  EAI_FAIL: FailureKind.dns,
  EAI_NODATA: FailureKind.dns,
  EAI_NONAME: FailureKind.dns,
  ECONNRESET: FailureKind.reset,
  ECONNABORTED: FailureKind.reset,
  EPIPE: FailureKind.reset,
  ENOTCONN: FailureKind.reset,
  EMFILE: FailureKind.exhausted,
  ENFILE: FailureKind.exhausted,
  ENOBUFS: FailureKind.exhausted,
  ENOMEM: FailureKind.exhausted,
  EADDRNOTAVAIL: FailureKind.exhausted,
  EADDRINUSE: FailureKind.exhausted,
  CERT_HAS_EXPIRED: FailureKind.tls,
  CERT_NOT_YET_VALID: FailureKind.tls,
  CERT_REVOKED: FailureKind.tls,
  CERT_UNTRUSTED: FailureKind.tls,
  CERT_REJECTED: FailureKind.tls,
  DEPTH_ZERO_SELF_SIGNED_CERT: FailureKind.tls,
  SELF_SIGNED_CERT_IN_CHAIN: FailureKind.tls,
  UNABLE_TO_GET_ISSUER_CERT: FailureKind.tls,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: FailureKind.tls,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: FailureKind.tls,
  HOSTNAME_MISMATCH: FailureKind.tls,
  INVALID_CA: FailureKind.tls,
  INVALID_PURPOSE: FailureKind.tls,
  EPROTO: FailureKind.tls,
}

/** The kind of failure behind an error of a socket, of name resolution or of TLS. */
export function failureOf(error: unknown): FailureKind {
  const code = codeOf(error)
  const kind = KINDS[code]
  if (kind !== undefined) return kind
  if (code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_')) return FailureKind.tls
  return FailureKind.closed
}

/** Node's error code, also where several addresses were tried and all failed. */
export function codeOf(error: unknown): string {
  const { code, errors } = (error ?? {}) as { readonly code?: unknown; readonly errors?: readonly unknown[] }
  if (typeof code === 'string') return code
  return errors === undefined || errors.length === 0 ? '' : codeOf(errors[0])
}
