import { isSecret } from '../dsl/secret.ts'
import type { JsonValue } from '../units/json.ts'

/** What stands in the place of a secret in outputs. */
export const REDACTED = '[redacted]'

const SECRET_WORDS: ReadonlySet<string> = new Set(
  'authorization authentication auth authz apikey cookie cookie2 credential credentials jwt passphrase passwd password secret secrets sessionid token'.split(
    ' ',
  ),
)
const SECRET_PAIRS = /(?:^| )(?:api keys?|access key|private key|session id)(?: |$)|^x .*signature$/

/**
 * Whether a header, query parameter or option of this name is taken for a secret even when it was written in plain
 * text: `authorization`, `cookie`, `x-api-key`, `accessToken`, … Decided by the words in the name.
 */
export function isSecretName(name: string): boolean {
  const words = name
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[-_.\s]+/)
  return words.some((word) => SECRET_WORDS.has(word)) || SECRET_PAIRS.test(words.join(' '))
}

/**
 * A copy of plain data that may be printed and stored: references to secrets stay as they are, text under a secret
 * name becomes `[redacted]`, and URLs lose credentials and secret query parameters. Lists of `[name, value]` pairs and
 * flat `name: value` texts are treated like objects.
 */
export function redactSecrets(value: JsonValue): JsonValue {
  if (typeof value === 'string') return redactText(value)
  if (typeof value !== 'object' || value === null || isSecret(value)) return value
  if (Array.isArray(value)) {
    const list = value as readonly JsonValue[]
    const [name, text] = list
    const pair =
      list.length === 2 && typeof name === 'string' && typeof text === 'string' && isSecretName(name)
    return pair ? [name, REDACTED] : list.map(redactSecrets)
  }
  const members: [string, JsonValue | undefined][] = []
  for (const [key, member] of Object.entries(value) as [string, JsonValue | undefined][]) {
    members.push([
      key,
      member === undefined ? undefined : isSecretName(key) ? redactPlain(member) : redactSecrets(member),
    ])
  }
  return Object.fromEntries(members)
}

/** Longer text is no request that somebody wrote by hand. */
const LONGEST_BODY = 64 * 1024

/**
 * A URL without credentials, and without the values of query parameters whose names are secret; JSON and form fields
 * without what stands under secret names. Other text as it is.
 */
export function redactText(text: string): string {
  if (text.length <= LONGEST_BODY) {
    const body = redactBody(text)
    if (body !== null) return body
  }
  const line = /^([\w-]+):\s/.exec(text)
  if (line !== null && isSecretName(line[1] as string)) return `${line[1]}: ${REDACTED}`
  if (!text.includes('://')) return text
  return text
    .replace(/(:\/\/)[^/?#@\s]*@/g, `$1${REDACTED}@`)
    .replace(/([?&])([^=&#\s]+)=([^&#\s]*)/g, (whole, mark: string, name: string) =>
      isSecretName(name) ? `${mark}${name}=${REDACTED}` : whole,
    )
}

/** Text that is JSON, or fields as a form sends them; `null` when it is neither. */
function redactBody(text: string): string | null {
  if (/^\s*[{[]/.test(text)) {
    try {
      const value = JSON.parse(text) as JsonValue
      const shown = JSON.stringify(redactSecrets(value))
      return shown === JSON.stringify(value) ? text : shown
    } catch {
      return null
    }
  }
  if (!/^[\w.~-]+=[^&\s]*(?:&[\w.~-]+=[^&\s]*)*$/.test(text)) return null
  return text.replace(/(^|&)([^=]+)=([^&]*)/g, (whole, mark: string, name: string) =>
    isSecretName(name) ? `${mark}${name}=${REDACTED}` : whole,
  )
}

/** Hides the text below a secret name, but keeps references, numbers and switches. */
function redactPlain(value: JsonValue): JsonValue {
  if (typeof value === 'string') return REDACTED
  if (typeof value !== 'object' || value === null || isSecret(value)) return value
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map(redactPlain)
  return redactSecrets(value)
}
