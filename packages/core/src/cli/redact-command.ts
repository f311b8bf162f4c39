import { isSecretName, REDACTED, redactSecrets, redactText } from '../transport/secret-redaction.ts'
import type { JsonValue } from '../units/json.ts'

/**
 * The command line as results may hold it: without what is secret by its name (`--header authorization:…`, members of a
 * JSON body) and without credentials in URLs.
 */
export function redactCommand(argv: readonly string[]): string[] {
  return argv.map((argument) => redactJson(argument) ?? redactHeader(argument) ?? redactText(argument))
}

/** `authorization: Bearer x`, also behind `--header=` or `-H`; a reference to a variable stays. */
function redactHeader(argument: string): string | null {
  const match = /^(--[\w-]+=|-H)?\s*([\w-]+)\s*:(?!\/\/)\s*(.*)$/s.exec(argument)
  if (match === null) return null
  const [, option = '', name = '', value = ''] = match
  if (!isSecretName(name) || /^\$\w+$/.test(value)) return null
  return `${option}${name}: ${REDACTED}`
}

function redactJson(argument: string): string | null {
  const start = argument.search(/[{[]/)
  if (start < 0) return null
  try {
    const value = JSON.parse(argument.slice(start)) as JsonValue
    return redactText(argument.slice(0, start)) + JSON.stringify(redactSecrets(value))
  } catch {
    return null
  }
}
