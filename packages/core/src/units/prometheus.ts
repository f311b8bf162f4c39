/** One line of a Prometheus page. */
export interface MetricSample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  /** May be `NaN` or infinite. */
  readonly value: number
}

/** What a page says about metrics of one name. */
export interface MetricFamily {
  /** `counter`, `gauge`, `histogram`, `summary`, …; `untyped` where it does not say. */
  readonly type: string
  readonly help: string
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*/
const LABEL = /\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*,?/y
/** A page of a model server has hundreds of lines. */
const MOST_LINES = 100_000
const VALUE = /^\s+([+-]?(?:\d[\d.eE+-]*|\.\d[\d.eE+-]*|Inf|inf|NaN|nan))(?:\s+-?\d+)?\s*$/

/**
 * The samples of a page in Prometheus' text format (https://prometheus.io/docs/instrumenting/exposition_formats), as
 * servers write it: a comma may stand behind the last label. Lines that are no samples are passed over, and so is what
 * comes after the first 100 000.
 */
export function parsePrometheus(text: string): MetricSample[] {
  const samples: MetricSample[] = []
  for (const line of text.split('\n', MOST_LINES)) {
    const [name] = NAME.exec(line) ?? []
    if (name === undefined) continue
    const labels = parseLabels(line, name.length)
    const [, value] = labels === null ? [] : (VALUE.exec(line.slice(labels.end)) ?? [])
    if (labels === null || value === undefined) continue
    const number = parseValue(value)
    if (number !== null) samples.push({ name, labels: labels.values, value: number })
  }
  return samples
}

const FAMILY = /^# (TYPE|HELP) ([a-zA-Z_:][a-zA-Z0-9_:]*)(?: (.*))?$/
const LONGEST_HELP = 500

/** What the comments of a page say about its metrics, by name. */
export function parseMetricFamilies(text: string): ReadonlyMap<string, MetricFamily> {
  const families = new Map<string, MetricFamily>()
  for (const line of text.split('\n', MOST_LINES)) {
    const [, what, name, rest = ''] = FAMILY.exec(line) ?? []
    if (name === undefined) continue
    const { type, help } = families.get(name) ?? { type: 'untyped', help: '' }
    families.set(
      name,
      what === 'TYPE' ? { type: rest.trim(), help } : { type, help: unescape(rest).slice(0, LONGEST_HELP) },
    )
  }
  return families
}

/** Whether a metric only grows until its server is started anew, as far as its page and its name say. */
export function isCounter(name: string, families: ReadonlyMap<string, MetricFamily>): boolean {
  const own = families.get(name)?.type
  if (own !== undefined && own !== 'untyped') return own === 'counter'
  const [family = name, part] = /^(.*)_(bucket|count|sum|total)$/.exec(name)?.slice(1) ?? []
  const { type = 'untyped' } = families.get(family) ?? {}
  if (part === undefined || type === 'gauge') return false
  // Quantiles of a summary, which have no such ending, go up and down.
  return true
}

function parseLabels(
  line: string,
  start: number,
): { readonly values: Record<string, string>; readonly end: number } | null {
  // Any name may be a label's, also one that all objects have.
  const values = Object.create(null) as Record<string, string>
  if (line[start] !== '{') return { values, end: start }
  let at = start + 1
  for (;;) {
    LABEL.lastIndex = at
    const match = LABEL.exec(line)
    if (match === null) break
    const [all, name, text] = match as unknown as readonly [string, string, string]
    values[name] = unescape(text)
    at += all.length
  }
  while (line[at] === ' ') at += 1
  return line[at] === '}' ? { values, end: at + 1 } : null
}

function unescape(text: string): string {
  return text.replace(/\\([\\"n])/g, (_all, letter: string) => (letter === 'n' ? '\n' : letter))
}

function parseValue(text: string): number | null {
  if (/^\+?inf$/i.test(text)) return Infinity
  if (/^-inf$/i.test(text)) return -Infinity
  if (/^[+-]?nan$/i.test(text)) return NaN
  const value = Number(text)
  return Number.isNaN(value) ? null : value
}
