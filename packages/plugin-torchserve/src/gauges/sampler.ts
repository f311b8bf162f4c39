import { RestCaller } from '@servebench/plugin-oip/control'
import { parsePrometheus } from 'servebench/plugin'
import type { CreateSampler, Gauge, Sampler } from 'servebench/session'
import { ManagementClient } from '../control/management-client.ts'
import type { SamplerSettings } from './settings.ts'

const OK = 200
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
  const text = metricsUrl === null || metrics.length === 0 ? '' : await scrape(metricsUrl)
  if (metrics.length > 0 && text === '')
    warn('the server has no gauges: start it with metrics_mode=prometheus')
  return new TorchServeSampler(settings, text)
}

class TorchServeSampler implements Sampler {
  readonly gauges: readonly Gauge[]
  readonly period: number
  readonly #settings: SamplerSettings
  readonly #client: ManagementClient
  readonly #metrics: readonly string[]

  /** @param text of the Prometheus endpoint; empty where there is none */
  constructor(settings: SamplerSettings, text: string) {
    this.#settings = settings
    this.period = settings.period
    this.#client = new ManagementClient({ url: settings.managementUrl, token: settings.token })
    this.#metrics = text === '' ? [] : settings.metrics
    this.gauges = [
      ...QUEUE,
      ...this.#metrics.map((name) => ({ name: `torchserve.${name}`, unit: unitOf(name, text) })),
    ]
  }

  async read(into: Float64Array): Promise<void> {
    const { model, metricsUrl } = this.#settings
    const [description, text] = await Promise.all([
      this.#client.describe(model, ''),
      this.#metrics.length === 0 ? '' : scrape(metricsUrl as string),
    ])
    const [found] = description
    if (found !== undefined) {
      into[0] = found.pending ?? NaN
      into[1] = found.ready
    }
    const samples = parsePrometheus(text)
    for (const [index, metric] of this.#metrics.entries()) {
      // Those of the server as a whole name no model; of several workers, the mean.
      const values = samples
        .filter(({ name, labels }) => name === metric && (labels['ModelName'] ?? model) === model)
        .map(({ value }) => value)
        .filter((value) => Number.isFinite(value))
      if (values.length > 0)
        into[QUEUE.length + index] = values.reduce((sum, value) => sum + value, 0) / values.length
    }
  }
}

async function scrape(url: string): Promise<string> {
  const { status, body } = await new RestCaller({}).call('GET', url)
  if (status === OK) return body.toString()
  throw new Error(`${url} answers ${status} instead of metrics`)
}

/** `# HELP PredictionTime Torchserve prometheus gauge metric with unit: ms` */
function unitOf(name: string, text: string): string {
  const [, unit = ''] = new RegExp(`^# HELP ${name} .*unit: (\\S+)$`, 'm').exec(text) ?? []
  return UNITS[unit] ?? 'value'
}
