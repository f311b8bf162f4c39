import { isSecretName, REDACTED, redactText } from '../transport/secret-redaction.ts'

/**
 * The command line as results may hold it: without what is secret by its name (`--header authorization:…`, members of a
 * JSON body) and without credentials in URLs.
 */
export function redactCommand(argv: readonly string[]): string[] {
  return argv.map((argument) => {
    const [, option = '', value = ''] = /^(--[\w-]+=)?(.*)$/s.exec(argument) ?? []
    return option + (redactHeader(value) ?? redactText(value))
  })
}

/** `authorization: Bearer x`, also behind `-H`; a reference to a variable stays. */
function redactHeader(argument: string): string | null {
  const match = /^(-H)?\s*([\w-]+)\s*:(?!\/\/)\s*(.*)$/s.exec(argument)
  if (match === null) return null
  const [, option = '', name = '', value = ''] = match
  if (!isSecretName(name) || /^\$\w+$/.test(value)) return null
  return `${option}${name}: ${REDACTED}`
}
