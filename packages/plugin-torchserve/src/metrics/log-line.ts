/** A line of `model_metrics.log` or `ts_metrics.log`, or of what handlers' profiles leave in `ts_log.log`. */
export interface LoggedMetric {
  readonly name: string
  readonly value: number
  readonly labels: Readonly<Record<string, string>>
  /** Of all requests of the batch that it was measured for; empty for metrics of the server. */
  readonly requestIds: readonly string[]
}

/** The server's own log repeats these lines with a level and a thread before the dash. */
const LINE = /^\S+ - ([A-Za-z]\w*)\.\w+:(-?\d[\d.eE+-]*)\|#([^|]*)\|#hostname:([^|]*)$/
const PROFILE =
  /result=\[METRICS\](ts_handler_\w+)\.Milliseconds:(-?\d[\d.eE+-]*)\|#([^|]*)\|#type:\w+\|#hostname:([^|]*), pattern=/
const ID = /[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}/g
/** Batches have dozens of requests; a longer line is none. */
const LONGEST = 100_000

/** `null` for lines that are none. */
export function parseLogLine(line: string): LoggedMetric | null {
  if (line.length > LONGEST) return null
  const match = LINE.exec(line) ?? PROFILE.exec(line)
  if (match === null) return null
  const [, name = '', text, labels = '', tail = ''] = match
  const value = Number(text)
  if (!Number.isFinite(value)) return null
  return { name, value, labels: parseLabels(labels), requestIds: tail.match(ID) ?? [] }
}

function parseLabels(text: string): Readonly<Record<string, string>> {
  const labels = Object.create(null) as Record<string, string>
  for (const pair of text.split(',')) {
    const colon = pair.indexOf(':')
    if (colon > 0) labels[pair.slice(0, colon)] = pair.slice(colon + 1)
  }
  return labels
}
