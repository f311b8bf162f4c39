/** One line of a Prometheus endpoint. */
export interface MetricSample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

const LINE = /^([A-Za-z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)(?:\s+-?\d+)?\s*$/
const LABEL = /([A-Za-z_]\w*)="((?:[^"\\]|\\.)*)"/g
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', '"': '"', '\\': '\\' }
/** An endpoint of a model server has hundreds of lines. */
const MOST_LINES = 100_000

/**
 * Reads the text format of Prometheus (https://prometheus.io/docs/instrumenting/exposition_formats). TorchServe ends
 * lists of labels with a comma. Lines that are none, and values that are no finite number, are passed over.
 */
export function readPrometheus(text: string): readonly MetricSample[] {
  const samples: MetricSample[] = []
  for (const line of text.split('\n', MOST_LINES)) {
    if (line === '' || line.startsWith('#')) continue
    const match = LINE.exec(line)
    if (match === null) continue
    const [, name = '', labels = '', value] = match
    const number = Number(value)
    if (Number.isFinite(number)) samples.push({ name, labels: readLabels(labels), value: number })
  }
  return samples
}

function readLabels(text: string): Readonly<Record<string, string>> {
  const labels = Object.create(null) as Record<string, string>
  for (const [, name = '', value = ''] of text.matchAll(LABEL)) {
    labels[name] = value.replace(/\\(.)/g, (all, letter: string) => ESCAPES[letter] ?? all)
  }
  return labels
}
