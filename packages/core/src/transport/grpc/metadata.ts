import { ValidationError } from '../../errors/validation-error.ts'
import type { Problem } from '../../errors/validation-error.ts'
import type { Field } from '../http2/static-table.ts'
import { resolveText } from '../secret-resolution.ts'
import type { SecretText } from '../secret-resolution.ts'

/**
 * Metadata by key. The value of a key that ends in `-bin` is bytes, or base64 as text.
 * Text may be, or contain, secrets.
 */
export type GrpcMetadata = Readonly<Record<string, SecretText | Uint8Array>>

const RESERVED = new Set(['te', 'content-type', 'host', 'connection', 'content-length', 'transfer-encoding'])

/**
 * Metadata as header fields, with secrets read.
 * @throws {ValidationError} with all keys and values that gRPC does not allow
 * @throws {ServebenchError} `SERVEBENCH_SECRET` when a secret is missing
 */
export function encodeMetadata(metadata: GrpcMetadata): Field[] {
  const problems: Problem[] = []
  const fields = Object.entries(metadata).map(([key, value]) => {
    const name = key.toLowerCase()
    const path = `metadata.${key}`
    if (!/^[0-9a-z_.-]+$/.test(name))
      problems.push({ path, message: 'keys consist of letters, digits, _, - and .' })
    else if (name.startsWith('grpc-') || RESERVED.has(name))
      problems.push({ path, message: 'this key is reserved for gRPC itself' })
    const text = encodeValue(name, value, path, problems)
    return { name, value: text }
  })
  if (problems.length > 0) throw new ValidationError('The gRPC metadata', problems)
  return fields
}

function encodeValue(
  name: string,
  value: SecretText | Uint8Array,
  path: string,
  problems: Problem[],
): string {
  const binary = name.endsWith('-bin')
  if (value instanceof Uint8Array) {
    if (!binary) problems.push({ path, message: 'bytes need a key that ends in -bin' })
    return Buffer.from(value).toString('base64').replace(/=+$/, '')
  }
  const text = resolveText(value)
  if (binary && !/^[0-9A-Za-z+/]*={0,2}$/.test(text))
    problems.push({ path, message: 'the value of a -bin key is base64 text, or bytes' })
  else if (!/^[ -~]*$/.test(text))
    problems.push({ path, message: 'values consist of printable ASCII characters' })
  return text.trim()
}
