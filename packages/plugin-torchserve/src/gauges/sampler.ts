import { parseMetricFamilies, parsePrometheus } from 'servebench/plugin'
import type { MetricFamily } from 'servebench/plugin'
import { MetricGauges, RestCaller, scrapePage } from 'servebench/session'
import type { CreateSampler, Gauge, Sampler } from 'servebench/session'
import { ManagementClient } from '../control/management-client.ts'
import type { SamplerSettings } from './settings.ts'

const UNITS: Readonly<Record<string, string>> = {
  ms: 'ms',
  Milliseconds: 'ms',
  Microseconds: 'us',
  Percent: '%',
  Count: 'count',
  Megabytes: 'MBy',
  MB: 'MBy',
}
const QUEUE: readonly Gauge[] = [
  { name: 'torchserve.queue', unit: 'requests', bounds: [0, Infinity] },
  { name: 'torchserve.workers', unit: 'workers', bounds: [0, Infinity] },
]

export const createSampler: CreateSampler<SamplerSettings> = async (settings, { warn }) => {
  const { metrics, metricsUrl } = settings
  const text =
    metricsUrl === null || metrics.length === 0 ? '' : await scrapePage(new RestCaller({}), metricsUrl)
  if (metrics.length > 0 && text === '')
    warn('the server has no gauges: start it with metrics_mode=prometheus')
  return new TorchServeSampler(settings, text)
}

class TorchServeSampler implements Sampler {
  readonly gauges: readonly Gauge[]
  readonly period: number
  readonly #settings: SamplerSettings
  readonly #client: ManagementClient
  readonly #caller = new RestCaller({})
  readonly #selected: MetricGauges | null

  /** @param text of the Prometheus endpoint; empty where there is none */
  constructor(settings: SamplerSettings, text: string) {
    const { period, managementUrl, token, metrics, model } = settings
    this.#settings = settings
    this.period = period
    this.#client = new ManagementClient({ url: managementUrl, token })
    const families = parseMetricFamilies(text)
    this.#selected =
      text === ''
        ? null
        : new MetricGauges(
            metrics.map((metric) => ({
              metric,
              as: `torchserve.${metric}`,
              // Those of the server as a whole name no model.
              labels: { ModelName: [model, null] },
              value: 'level',
              // Of several workers.
              of: 'mean',
              unit: unitOf(families.get(metric)),
            })),
            families,
          )
    this.gauges = [...QUEUE, ...(this.#selected?.gauges ?? [])]
  }

  async read(into: Float64Array, now: number): Promise<void> {
    const { model, metricsUrl } = this.#settings
    const [description, text] = await Promise.all([
      this.#client.describe(model, ''),
      this.#selected === null ? '' : scrapePage(this.#caller, metricsUrl as string),
    ])
    const [found] = description
    if (found !== undefined) {
      into[0] = found.pending ?? NaN
      into[1] = found.ready
    }
    this.#selected?.read(parsePrometheus(text), into, now, QUEUE.length)
  }
}

/** `# HELP PredictionTime Torchserve prometheus gauge metric with unit: ms` */
function unitOf(family: MetricFamily | undefined): string {
  const [, unit = ''] = /unit: (\S+)$/.exec(family?.help ?? '') ?? []
  return UNITS[unit] ?? 'value'
}
