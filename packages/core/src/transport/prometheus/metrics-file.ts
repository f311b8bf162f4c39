import { closeSync, openSync, writeSync } from 'node:fs'
import type { Nanos } from '../../units/nanos.ts'
import { isCounter, type MetricFamily, type MetricSample } from '../../units/prometheus.ts'
import { seriesKey } from './counter-growth.ts'

/** About what the metrics of a server with hundreds of models are in a day. */
const MOST_BYTES = 256 * 1024 * 1024
const MOST_SERIES = 20_000

interface Series {
  readonly id: number
  readonly counter: boolean
  /** `null` while it is not on the page. */
  value: number | null
}

/** How much of the pages a file may hold. */
export interface MetricsLimits {
  readonly bytes?: number
  readonly series?: number
}

/**
 * Writes what changes on the pages of a metrics endpoint, as lines of JSON (docs/samplers.md): each series once with its
 * name and labels, then per page the values that are not what they were. Readable up to its last whole line.
 */
export class MetricsFile {
  readonly #file: number
  readonly #warn: (message: string) => void
  readonly #series = new Map<string, Series>()
  readonly #told = new Set<string>()
  readonly #mostBytes: number
  readonly #mostSeries: number
  #bytes = 0
  #isFull = false
  #isOver = false

  constructor(
    path: string,
    about: { readonly period: Nanos; readonly urls: readonly string[] },
    warn: (message: string) => void,
    { bytes = MOST_BYTES, series = MOST_SERIES }: MetricsLimits = {},
  ) {
    this.#file = openSync(path, 'w')
    this.#warn = warn
    this.#mostBytes = bytes
    this.#mostSeries = series
    this.#write([{ format: 'servebench/metrics/1', ...about }])
  }

  /** @param at on the trial's clock */
  add(at: Nanos, samples: readonly MetricSample[], families: ReadonlyMap<string, MetricFamily>): void {
    if (this.#isOver) return
    const lines: object[] = []
    const values: Record<string, number | string> = {}
    const resets: number[] = []
    const seen = new Set<number>()
    for (const [name, { type, help }] of families) {
      if (this.#told.has(name)) continue
      this.#told.add(name)
      lines.push({ family: name, type, help })
    }
    for (const sample of samples) {
      const series = this.#find(sample, families, lines)
      if (series === null) continue
      seen.add(series.id)
      const before = series.value
      if (Object.is(before, sample.value)) continue
      if (series.counter && before !== null && sample.value < before) resets.push(series.id)
      series.value = sample.value
      values[series.id] = plain(sample.value)
    }
    const gone = [...this.#series.values()].filter(({ id, value }) => value !== null && !seen.has(id))
    for (const series of gone) series.value = null
    lines.push({
      at,
      values,
      ...(gone.length === 0 ? {} : { gone: gone.map(({ id }) => id) }),
      ...(resets.length === 0 ? {} : { resets }),
    })
    this.#write(lines)
  }

  close(): void {
    closeSync(this.#file)
  }

  #find(sample: MetricSample, families: ReadonlyMap<string, MetricFamily>, lines: object[]): Series | null {
    const key = seriesKey(sample)
    const known = this.#series.get(key)
    if (known !== undefined) return known
    if (this.#series.size >= this.#mostSeries) {
      if (!this.#isFull)
        this.#warn(`the page has more than ${this.#mostSeries} series: further ones are not kept`)
      this.#isFull = true
      return null
    }
    const made: Series = { id: this.#series.size, counter: isCounter(sample.name, families), value: null }
    this.#series.set(key, made)
    lines.push({ series: made.id, name: sample.name, labels: sample.labels })
    return made
  }

  #write(lines: readonly object[]): void {
    const text = Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
    if (this.#bytes + text.length > this.#mostBytes) {
      this.#isOver = true
      return this.#warn(`its file is at its limit of ${this.#mostBytes} bytes: it ends here`)
    }
    try {
      for (let done = 0; done < text.length;) done += writeSync(this.#file, text, done)
      this.#bytes += text.length
    } catch (error) {
      this.#isOver = true
      this.#warn(`its file ends here: ${(error as Error).message}`)
    }
  }
}

/** JSON has no numbers for these: they are written as the page has them. */
function plain(value: number): number | string {
  if (Number.isFinite(value)) return value
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'
}
