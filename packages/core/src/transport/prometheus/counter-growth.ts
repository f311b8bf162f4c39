import type { MetricSample } from '../../units/prometheus.ts'

/** What counters grow by from one page to the next. */
export class CounterGrowth {
  readonly #before = new Map<string, number>()
  #isFirst = true

  /**
   * By series; `null` for the first page, and for one in which a counter has gone back: its server, or what it counts, was
   * started anew. A series that was not on the page before began at 0.
   */
  next(samples: readonly MetricSample[]): readonly number[] | 'first' | 'reset' {
    const isFirst = this.#isFirst
    this.#isFirst = false
    const grown = samples.map((sample) => {
      const key = seriesKey(sample)
      const growth = sample.value - (this.#before.get(key) ?? 0)
      this.#before.set(key, sample.value)
      return growth
    })
    if (isFirst) return 'first'
    return grown.some((growth) => growth < 0) ? 'reset' : grown
  }
}

/** The same for the same name and labels, in whatever order they are written. */
export function seriesKey({ name, labels }: Pick<MetricSample, 'name' | 'labels'>): string {
  const pairs = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify([name, ...pairs])
}
