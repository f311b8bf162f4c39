import { env } from '../dsl/secret.ts'
import { isSecretName, REDACTED, redactText } from '../transport/secret-redaction.ts'
import type { QuickScenario, Written } from './quick-scenario.ts'

/**
 * The bench file that measures the same as a `servebench quick` command. A secret is not written down: the file reads
 * it from a variable.
 */
export function printBench(typed: QuickScenario, url: string): string {
  const { scenario, notes } = withoutSecrets(typed)
  const imports = new Map<string, Set<string>>([['servebench', new Set(['scenario'])]])
  const note = (written: Written | null): void => {
    if (written === null || !('call' in written)) return
    imports.set(written.from, (imports.get(written.from) ?? new Set()).add(written.call))
  }
  note(scenario.target)
  note(scenario.input)
  note(scenario.load)
  const target = source(scenario.target, 1)
  if (target.includes('env(')) imports.get('servebench')?.add('env')
  const lines = [...imports].map(
    ([from, names]) => `import { ${[...names].sort().join(', ')} } from ${quote(from)}`,
  )
  const options = [
    `target: ${target},`,
    ...(scenario.input === null ? [] : [`input: ${source(scenario.input, 1)},`]),
    `load: ${source(scenario.load, 1)},`,
    ...Object.entries(scenario.settings).map(([key, value]) => `${key}: ${literal(value, 1)},`),
  ]
  const comments = notes.map((text) => `// ${text}\n`).join('')
  return `${lines.join('\n')}\n\n${comments}scenario(${quote(redactText(url))}, {\n${options.map((option) => `  ${option}`).join('\n')}\n})\n`
}

function withoutSecrets(typed: QuickScenario): {
  readonly scenario: QuickScenario
  readonly notes: readonly string[]
} {
  const { target } = typed
  if (!('call' in target)) return { scenario: typed, notes: [] }
  const notes: string[] = []
  const { url, headers, body } = target.argument as {
    readonly url: string
    readonly headers?: Readonly<Record<string, unknown>>
    readonly body?: string
  }
  const shown = { url: redactText(url), ...(body === undefined ? {} : { body: redactText(body) }) }
  if (shown.url !== url || shown.body !== body) notes.push(`Put back in what is ${REDACTED}.`)
  const hidden = Object.entries(headers ?? {}).map(([name, value]) => {
    if (typeof value !== 'string' || !isSecretName(name)) return [name, value]
    const variable = name.toUpperCase().replaceAll('-', '_')
    notes.push(`Set ${variable} to the value of the header '${name}'.`)
    return [name, env(variable)]
  })
  const argument = {
    ...target.argument,
    ...shown,
    ...(headers === undefined ? {} : { headers: Object.fromEntries(hidden) }),
  }
  return { scenario: { ...typed, target: { ...target, argument } }, notes }
}

export function source(written: Written, depth: number): string {
  if ('data' in written) return literal(written.data, depth)
  return `${written.call}(${literal(written.argument, depth)})`
}

export function literal(value: unknown, depth: number): string {
  if (typeof value === 'string') return quote(value)
  if (Array.isArray(value)) {
    const items = value.map((item) => literal(item, depth + 1))
    return fits(items, depth)
      ? `[${items.join(', ')}]`
      : `[\n${items.map((item) => indent(item, depth + 1)).join(',\n')},\n${'  '.repeat(depth)}]`
  }
  if (typeof value === 'object' && value !== null) {
    const secret = value as { secret?: unknown; name?: unknown }
    if (secret.secret === 'env' && typeof secret.name === 'string') return `env(${quote(secret.name)})`
    const members = Object.entries(value).map(
      ([key, member]) => `${keyOf(key)}: ${literal(member, depth + 1)}`,
    )
    if (members.length === 0) return '{}'
    return fits(members, depth)
      ? `{ ${members.join(', ')} }`
      : `{\n${members.map((member) => indent(member, depth + 1)).join(',\n')},\n${'  '.repeat(depth)}}`
  }
  return String(value)
}

function fits(parts: readonly string[], depth: number): boolean {
  return parts.every((part) => !part.includes('\n')) && parts.join(', ').length + depth * 2 < 90
}

function indent(text: string, depth: number): string {
  return '  '.repeat(depth) + text
}

export function keyOf(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : quote(key)
}

/** A string literal in single quotes; JSON's escapes are JavaScript's. */
export function quote(text: string): string {
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
}
