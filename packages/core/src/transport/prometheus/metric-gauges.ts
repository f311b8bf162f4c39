import type { Gauge } from '../../aide/sampler.ts'
import type { Nanos } from '../../units/nanos.ts'
import { isCounter, type MetricFamily, type MetricSample } from '../../units/prometheus.ts'
import { CounterGrowth } from './counter-growth.ts'
import type { MetricSelection } from './metric-selection.ts'

const UNITS: readonly (readonly [ending: RegExp, unit: string])[] = [
  [/_bytes$/, 'By'],
  [/_seconds$/, 's'],
  [/_(milliseconds|ms)$/, 'ms'],
  [/_(microseconds|us)$/, 'us'],
  [/_celsius$/, 'Cel'],
  [/_watts$/, 'W'],
]

/** Makes gauges of the pages of a metrics endpoint, which are read one after the other. */
export class MetricGauges {
  readonly gauges: readonly Gauge[]
  readonly #series: readonly GaugeSeries[]
  #at: Nanos = NaN

  /** @param families of a first page: they tell counters from levels */
  constructor(selections: readonly MetricSelection[], families: ReadonlyMap<string, MetricFamily>) {
    this.#series = selections.map((selection) => new GaugeSeries(selection, families))
    this.gauges = this.#series.map(({ gauge }) => gauge)
  }

  /** Metrics that a page has nothing of. */
  missing(samples: readonly MetricSample[]): readonly string[] {
    return this.#series.filter((series) => !series.isIn(samples)).map(({ metric }) => metric)
  }

  /**
   * Sets one value per gauge, from the slot `first` on. What the page does not have is left as it is, and so are rates of
   * the first page, and of one on which a counter has gone back.
   * @returns metrics whose counters have gone back
   */
  read(samples: readonly MetricSample[], into: Float64Array, now: Nanos, first = 0): readonly string[] {
    const seconds = (now - this.#at) / 1e9
    this.#at = now
    const resets: string[] = []
    for (const [index, series] of this.#series.entries()) {
      const value = series.read(samples, seconds)
      if (value === 'reset') resets.push(series.metric)
      else if (value !== null && Number.isFinite(value)) into[first + index] = value
    }
    return resets
  }
}

class GaugeSeries {
  readonly metric: string
  readonly gauge: Gauge
  readonly #selection: MetricSelection
  readonly #value: NonNullable<MetricSelection['value']>
  readonly #growth = new CounterGrowth()
  readonly #counts = new CounterGrowth()

  constructor(selection: MetricSelection, families: ReadonlyMap<string, MetricFamily>) {
    const { metric } = selection
    const value = selection.value ?? (isCounter(metric, families) ? 'rate' : 'level')
    this.metric = metric
    this.#selection = selection
    this.#value = value
    this.gauge = {
      name: selection.as ?? metric.replaceAll(':', '.').replace(/^\.+/, ''),
      unit: selection.unit ?? unitOf(metric, value),
      covers: value === 'level' ? 'instant' : 'interval',
    }
  }

  isIn(samples: readonly MetricSample[]): boolean {
    return this.#meant(samples, this.#value === 'mean' ? '_count' : '').length > 0
  }

  /** @param seconds since the page before */
  read(samples: readonly MetricSample[], seconds: number): number | 'reset' | null {
    const { of = 'sum' } = this.#selection
    if (this.#value === 'level') {
      const values = this.#meant(samples, '').map(({ value }) => value)
      return fold(of, values.filter(Number.isFinite))
    }
    if (this.#value === 'rate') {
      const grown = this.#growth.next(this.#meant(samples, ''))
      if (typeof grown === 'string') return grown === 'reset' ? grown : null
      return fold(
        of,
        grown.map((growth) => growth / seconds),
      )
    }
    const sums = this.#growth.next(this.#meant(samples, '_sum'))
    const counts = this.#counts.next(this.#meant(samples, '_count'))
    if (sums === 'reset' || counts === 'reset') return 'reset'
    if (typeof sums === 'string' || typeof counts === 'string') return null
    const count = fold('sum', counts) ?? 0
    return count > 0 ? (fold('sum', sums) ?? 0) / count : null
  }

  #meant(samples: readonly MetricSample[], part: '' | '_sum' | '_count'): readonly MetricSample[] {
    const { metric, labels = {} } = this.#selection
    const wanted = Object.entries(labels)
    return samples.filter(
      (sample) =>
        sample.name === metric + part &&
        wanted.every(([name, accepted]) => {
          const value = sample.labels[name] ?? null
          return Array.isArray(accepted) ? accepted.includes(value) : accepted === value
        }),
    )
  }
}

function fold(of: NonNullable<MetricSelection['of']>, values: readonly number[]): number | null {
  if (values.length === 0) return null
  if (of === 'min') return Math.min(...values)
  if (of === 'max') return Math.max(...values)
  const sum = values.reduce((all, value) => all + value, 0)
  return of === 'mean' ? sum / values.length : sum
}

function unitOf(metric: string, value: NonNullable<MetricSelection['value']>): string {
  const name = metric.replace(/_total$/, '')
  const unit = UNITS.find(([ending]) => ending.test(name))?.[1]
  if (value !== 'rate') return unit ?? 'value'
  // Seconds per second are a share of time.
  return unit === 's' ? '1' : `${unit ?? ''}/s`
}
