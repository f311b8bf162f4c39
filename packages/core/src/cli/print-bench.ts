import { importLines, literal, quote, source } from '../dsl/bench-source.ts'
import { env } from '../dsl/secret.ts'
import { isSecretName, REDACTED, redactText } from '../transport/secret-redaction.ts'
import type { QuickScenario } from './quick-scenario.ts'

/**
 * The bench file that measures the same as a `servebench quick` command. A secret is not written down: the file reads
 * it from a variable.
 */
export function printBench(typed: QuickScenario, url: string): string {
  const { scenario, notes } = withoutSecrets(typed)
  const target = source(scenario.target, 1)
  const calls = [scenario.target, scenario.input, scenario.load].flatMap((written) =>
    written !== null && 'call' in written ? [written] : [],
  )
  const lines = importLines(
    [{ call: 'scenario', from: 'servebench' }, ...calls],
    calls.map(({ argument }) => argument),
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
