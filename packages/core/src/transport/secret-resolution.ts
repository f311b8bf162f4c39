import { readFileSync } from 'node:fs'
import { isAbsolute, resolve } from 'node:path'
import { isSecret } from '../dsl/secret.ts'
import type { Secret } from '../dsl/secret.ts'
import { ServebenchError } from '../errors/servebench-error.ts'
import type { JsonValue } from '../units/json.ts'

/** Text that may be, or contain, secrets: its parts are joined. */
export type SecretText = string | Secret | readonly (string | Secret)[]

/**
 * Reads a secret, in the process that needs it; its value must not leave that process.
 * @throws {ServebenchError} `SERVEBENCH_SECRET` when the variable is not set or the file cannot be read.
 */
export function resolveSecret(secret: Secret): string {
  if (secret.secret === 'env') {
    const value = process.env[secret.name]
    if (value !== undefined) return value
    throw new ServebenchError('SERVEBENCH_SECRET', `The environment variable ${secret.name} is not set.`, {
      advice: `Set ${secret.name} before starting servebench; the bench file reads it with env('${secret.name}').`,
    })
  }
  try {
    return readFileSync(secret.path, 'utf8').replace(/\r?\n$/, '')
  } catch (cause) {
    throw new ServebenchError('SERVEBENCH_SECRET', `The file '${secret.path}' cannot be read.`, {
      advice: 'Check the path that the bench file gives to file(…), and that this user may read it.',
      cause,
    })
  }
}

/** Joins text and secrets, for example `['Bearer ', env('TOKEN')]`. */
export function resolveText(text: SecretText): string {
  if (typeof text === 'string') return text
  if (isSecret(text)) return resolveSecret(text)
  return text.map((part) => (typeof part === 'string' ? part : resolveSecret(part))).join('')
}

/** A copy of plain data in which relative paths of secret files start from `root`, so that every process finds them. */
export function anchorSecrets<T extends JsonValue>(value: T, root: string): T {
  return anchor(value, root) as T
}

function anchor(value: JsonValue, root: string): JsonValue {
  if (typeof value !== 'object' || value === null) return value
  if (isSecret(value)) {
    return value.secret === 'file' && !isAbsolute(value.path)
      ? { ...value, path: resolve(root, value.path) }
      : { ...value }
  }
  if (Array.isArray(value)) return value.map((element: JsonValue) => anchor(element, root))
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      key,
      member === undefined ? undefined : anchor(member, root),
    ]),
  )
}
