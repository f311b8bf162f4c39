import {
  parseDuration,
  readOption,
  refuseUnknown,
  ValidationError,
  type JsonObject,
  type Nanos,
  type Problem,
  type RunningServer,
} from '../../plugin.ts'
import type { HttpHeaders, MetricSelection, TlsOptions } from '../../session.ts'
import type { PrometheusSamplerOptions } from './prometheus.ts'

/** What the sampler's thread gets. Plain data. */
export interface PrometheusSettings {
  readonly urls: readonly string[]
  readonly select: readonly MetricSelection[]
  readonly keep: boolean
  readonly period: Nanos
  readonly headers: HttpHeaders
  readonly tls: TlsOptions | null
}

const OPTIONS = ['url', 'select', 'keep', 'period', 'headers', 'tls']
const SELECTION = ['metric', 'labels', 'as', 'value', 'of', 'unit']
const METRIC = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/
const VALUES: readonly unknown[] = [undefined, 'level', 'rate', 'mean']
const FOLDS: readonly unknown[] = [undefined, 'sum', 'mean', 'min', 'max']
const LEAST_PERIOD = 100e6

/** @throws {ValidationError} with all problems of the options */
export function readPrometheusSettings(
  options: JsonObject,
  server: Pick<RunningServer, 'endpoints' | 'replicas'> | null,
): PrometheusSettings {
  const problems: Problem[] = []
  refuseUnknown(options, OPTIONS, '', problems)
  const {
    url,
    select = [],
    keep = true,
    period = '1s',
    headers = {},
    tls,
  } = options as unknown as PrometheusSamplerOptions
  const urls = url === undefined ? serverUrls(server) : typeof url === 'string' ? [url] : url
  if (!Array.isArray(urls) || urls.length === 0)
    problems.push({ path: 'url', message: 'is missing, and the case has no server whose metrics are known.' })
  else if (!urls.every(isHttp))
    problems.push({ path: 'url', message: "must be like 'http://127.0.0.1:8002/metrics'." })
  if (typeof keep !== 'boolean') problems.push({ path: 'keep', message: 'must be true or false.' })
  const nanos = readOption('period', period, parseDuration, LEAST_PERIOD, problems)
  if (nanos < LEAST_PERIOD) problems.push({ path: 'period', message: "must be at least '100ms'." })
  const selections = readSelections(select, problems)
  if (!keep && selections.length === 0)
    problems.push({ path: 'select', message: 'is empty, and nothing is kept: there is nothing to read.' })
  if (problems.length > 0) throw new ValidationError('prometheusSampler()', problems)
  return {
    urls: urls,
    select: selections,
    keep,
    period: nanos,
    headers,
    tls: tls ?? null,
  }
}

function readSelections(select: unknown, problems: Problem[]): readonly MetricSelection[] {
  if (!Array.isArray(select)) {
    problems.push({ path: 'select', message: 'must be a list of metrics.' })
    return []
  }
  return select.map((entry: unknown, index): MetricSelection => {
    const path = `select[${index}]`
    const selection = (typeof entry === 'string' ? { metric: entry } : (entry ?? {})) as MetricSelection
    refuseUnknown(selection, SELECTION, path, problems)
    const { metric, labels = {}, value, of } = selection
    if (typeof metric !== 'string' || !METRIC.test(metric))
      problems.push({ path: `${path}.metric`, message: "must be a metric's name." })
    if (!VALUES.includes(value))
      problems.push({ path: `${path}.value`, message: "must be 'level', 'rate' or 'mean'." })
    if (!FOLDS.includes(of))
      problems.push({ path: `${path}.of`, message: "must be 'sum', 'mean', 'min' or 'max'." })
    for (const [name, accepted] of Object.entries(labels)) {
      const all: readonly unknown[] = Array.isArray(accepted) ? accepted : [accepted]
      if (!all.every((one) => one === null || typeof one === 'string'))
        problems.push({ path: `${path}.labels.${name}`, message: 'must be text, null, or a list of these.' })
    }
    return selection
  })
}

function serverUrls(server: Pick<RunningServer, 'endpoints' | 'replicas'> | null): readonly string[] {
  if (server === null) return []
  return (server.replicas ?? [server]).flatMap(({ endpoints }) => endpoints['metrics'] ?? [])
}

function isHttp(url: unknown): boolean {
  return typeof url === 'string' && URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)
}
