import { parseMetricFamilies, parsePrometheus, type MetricSample } from '../../plugin.ts'
import {
  MetricGauges,
  MetricsFile,
  RestCaller,
  scrapePage,
  type CreateSampler,
  type Gauge,
  type Sampler,
  type SamplingContext,
} from '../../session.ts'
import type { PrometheusSettings } from './settings.ts'

/** A read that takes two seconds ends the sampler: better is one that is missed. */
const TIMEOUT_MS = 1500

export const createSampler: CreateSampler = async (options, context) => {
  const settings = options as unknown as PrometheusSettings
  const { headers, tls, urls } = settings
  const caller = new RestCaller({ headers, timeout: TIMEOUT_MS, ...(tls === null ? {} : { tls }) })
  const pages = await Promise.all(urls.map((url) => scrapePage(caller, url)))
  return new PrometheusSampler(settings, caller, pages, context)
}

class PrometheusSampler implements Sampler {
  readonly gauges: readonly Gauge[]
  readonly period: number
  readonly #urls: readonly string[]
  readonly #caller: RestCaller
  readonly #selected: MetricGauges
  readonly #file: MetricsFile | null
  readonly #warn: (message: string) => void
  readonly #warned = new Set<string>()

  constructor(
    { select, period, keep, urls }: PrometheusSettings,
    caller: RestCaller,
    pages: readonly string[],
    { warn, file }: SamplingContext,
  ) {
    this.period = period
    this.#urls = urls
    this.#caller = caller
    this.#warn = warn
    this.#selected = new MetricGauges(select, parseMetricFamilies(pages.join('\n')))
    this.gauges = this.#selected.gauges
    for (const metric of this.#selected.missing(this.#samples(pages)))
      warn(`the page has no metric '${metric}' that was asked for, so far`)
    const path = keep ? file('metrics.ndjson') : null
    this.#file = path === null ? null : new MetricsFile(path, { period, urls }, warn)
  }

  async read(into: Float64Array, now: number): Promise<void> {
    let pages: readonly string[]
    try {
      pages = await Promise.all(this.#urls.map((url) => scrapePage(this.#caller, url)))
    } catch (error) {
      // A busy server may be late once: that is a gap.
      return this.#warnOnce((error as Error).message)
    }
    const samples = this.#samples(pages)
    for (const metric of this.#selected.read(samples, into, now))
      this.#warnOnce(`'${metric}' went back: the server counts anew`)
    this.#file?.add(now, samples, parseMetricFamilies(pages.join('\n')))
  }

  dispose(): void {
    this.#file?.close()
  }

  #samples(pages: readonly string[]): readonly MetricSample[] {
    const [only = '', ...others] = pages
    if (others.length === 0) return parsePrometheus(only)
    return pages.flatMap((page, index) => {
      const instance = new URL(this.#urls[index] as string).host
      return parsePrometheus(page).map((sample) => ({ ...sample, labels: { ...sample.labels, instance } }))
    })
  }

  #warnOnce(message: string): void {
    if (this.#warned.has(message)) return
    this.#warned.add(message)
    this.#warn(message)
  }
}
