/** One line of a Prometheus page. */
export interface MetricSample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  /** May be `NaN` or infinite. */
  readonly value: number
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*/
const LABEL = /\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*,?/y
const VALUE = /^\s+([+-]?(?:\d[\d.eE+-]*|\.\d[\d.eE+-]*|Inf|inf|NaN|nan))(?:\s+-?\d+)?\s*$/

/**
 * The samples of a page in Prometheus' text format (https://prometheus.io/docs/instrumenting/exposition_formats), as
 * servers write it: a comma may stand behind the last label. Lines that are no samples are passed over.
 */
export function parsePrometheus(text: string): MetricSample[] {
  const samples: MetricSample[] = []
  for (const line of text.split('\n')) {
    const [name] = NAME.exec(line) ?? []
    if (name === undefined) continue
    const labels =
      line[name.length] === '{' ? parseLabels(line, name.length + 1) : { values: {}, end: name.length }
    const [, value] = labels === null ? [] : (VALUE.exec(line.slice(labels.end)) ?? [])
    if (labels === null || value === undefined) continue
    const number = parseValue(value)
    if (number !== null) samples.push({ name, labels: labels.values, value: number })
  }
  return samples
}

function parseLabels(
  line: string,
  start: number,
): { readonly values: Record<string, string>; readonly end: number } | null {
  const values: Record<string, string> = {}
  let at = start
  for (;;) {
    LABEL.lastIndex = at
    const match = LABEL.exec(line)
    if (match === null) break
    const [all, name, text] = match as unknown as readonly [string, string, string]
    Object.defineProperty(values, name, { value: unescape(text), enumerable: true, configurable: true })
    at += all.length
  }
  while (line[at] === ' ') at += 1
  return line[at] === '}' ? { values, end: at + 1 } : null
}

function unescape(text: string): string {
  return text.replace(/\\(.)/g, (_all, letter: string) => (letter === 'n' ? '\n' : letter))
}

function parseValue(text: string): number | null {
  if (/^\+?inf$/i.test(text)) return Infinity
  if (/^-inf$/i.test(text)) return -Infinity
  if (/^[+-]?nan$/i.test(text)) return NaN
  const value = Number(text)
  return Number.isNaN(value) ? null : value
}
