import type { connect, SecureContext } from 'node:tls'
import { ServebenchError } from '../../errors/servebench-error.ts'
import { codeOf } from '../socket/failure.ts'
import { resolveSecret } from '../secret-resolution.ts'
import type { PemSource, TlsOptions } from './tls-options.ts'

/** {@link TlsOptions} with all files read and parsed: made once, used for every connection. */
export interface TlsMaterial {
  readonly context: SecureContext
  readonly serverName: string | undefined
  readonly insecure: boolean
  /** The protocols to offer, in order of preference. */
  readonly protocols: readonly string[]
  /** Node's `tls.connect`: loading it takes 20 ms, which sessions without TLS do not spend. */
  readonly connect: typeof connect
}

/**
 * Reads certificates and keys.
 * @throws {ServebenchError} `SERVEBENCH_SECRET` when a source is missing, `SERVEBENCH_TLS_MATERIAL` when it is not PEM, or
 *   when key and certificate do not belong together.
 */
export function loadTlsMaterial(options: TlsOptions, protocols: readonly string[]): TlsMaterial {
  const { ca, cert, key, passphrase } = options
  if ((cert === undefined) !== (key === undefined)) {
    throw new ServebenchError(
      'SERVEBENCH_TLS_MATERIAL',
      `The client's ${cert === undefined ? 'key has no certificate' : 'certificate has no key'}.`,
      {
        advice: 'Give both tls.cert and tls.key, or neither.',
      },
    )
  }
  const authorities =
    ca === undefined ? undefined : Array.isArray(ca) ? (ca as readonly PemSource[]) : [ca as PemSource]
  const context = makeContext({
    ca: authorities?.map((source) => readCertificates(source, 'tls.ca')),
    cert: cert === undefined ? undefined : readCertificates(cert, 'tls.cert'),
    key: key === undefined ? undefined : readPem(key, 'tls.key'),
    passphrase: passphrase === undefined ? undefined : resolveSecret(passphrase),
  })
  return {
    context,
    serverName: options.serverName,
    insecure: options.insecure === true,
    protocols,
    connect: process.getBuiltinModule('node:tls').connect,
  }
}

interface Pem {
  readonly ca: string[] | undefined
  readonly cert: string | undefined
  readonly key: string | undefined
  readonly passphrase: string | undefined
}

function makeContext(pem: Pem): SecureContext {
  try {
    return process.getBuiltinModule('node:tls').createSecureContext(pem)
  } catch (cause) {
    throw new ServebenchError(
      'SERVEBENCH_TLS_MATERIAL',
      `The TLS certificates cannot be used: ${explain(codeOf(cause), cause)}.`,
      {
        advice: 'Check tls.ca, tls.cert, tls.key and tls.passphrase.',
        cause,
      },
    )
  }
}

function explain(code: string, cause: unknown): string {
  if (code === 'ERR_OSSL_X509_KEY_VALUES_MISMATCH') return 'the key does not belong to the certificate'
  if (code === 'ERR_MISSING_PASSPHRASE') return 'the key is encrypted and no passphrase was given'
  if (code === 'ERR_OSSL_BAD_DECRYPT' || code.includes('PASSWORD'))
    return 'the passphrase does not open the key'
  return cause instanceof Error ? cause.message : String(cause)
}

/** Node passes over authorities that it cannot read; a run must not. */
function readCertificates(source: PemSource, name: string): string {
  const text = readPem(source, name)
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? []
  const { X509Certificate } = process.getBuiltinModule('node:crypto')
  try {
    for (const block of blocks) new X509Certificate(block)
  } catch (cause) {
    throw unreadable(name, cause)
  }
  if (blocks.length === 0) throw unreadable(name, undefined)
  return text
}

function unreadable(name: string, cause: unknown): ServebenchError {
  return new ServebenchError('SERVEBENCH_TLS_MATERIAL', `${name} holds no readable certificate.`, {
    advice: `Check the PEM file behind ${name}.`,
    cause,
  })
}

function readPem(source: PemSource, name: string): string {
  const text = typeof source === 'string' ? source : resolveSecret(source)
  if (text.includes('-----BEGIN ')) return text
  throw new ServebenchError('SERVEBENCH_TLS_MATERIAL', `${name} holds no PEM block ('-----BEGIN …').`, {
    advice: `Give ${name} as PEM text, or as file('path/to/file.pem').`,
  })
}
