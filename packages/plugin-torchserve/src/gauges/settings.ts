import { parseDuration, ValidationError } from 'servebench/plugin'
import type { Duration, JsonObject, Nanos, Problem, SamplerContext } from 'servebench/plugin'
import type { TokenSource } from '../token/token-source.ts'

/** What the sampler's thread gets. Plain data. */
export interface SamplerSettings {
  readonly model: string
  readonly metrics: readonly string[]
  readonly period: Nanos
  readonly managementUrl: string
  /** `null`: the server has no Prometheus endpoint. */
  readonly metricsUrl: string | null
  readonly token: TokenSource | null
}

const OPTIONS = ['model', 'metrics', 'period']
const LEAST_PERIOD = 100e6

/** @throws {ValidationError} with all problems of the options */
export function readSamplerSettings(
  options: JsonObject,
  { server }: Pick<SamplerContext, 'server'>,
  token: TokenSource | null,
): SamplerSettings {
  const problems: Problem[] = []
  for (const name of Object.keys(options)) {
    if (!OPTIONS.includes(name)) problems.push({ path: name, message: 'is no option.' })
  }
  const { model, metrics = [], period = '1s' } = options
  if (typeof model !== 'string' || model === '') problems.push({ path: 'model', message: 'is missing.' })
  const names = Array.isArray(metrics) ? (metrics as readonly unknown[]) : [null]
  if (!names.every((name) => typeof name === 'string' && /^[A-Za-z_]\w*$/.test(name)))
    problems.push({ path: 'metrics', message: 'must be names of metrics.' })
  let nanos = 0
  try {
    nanos = parseDuration(period as Duration)
    if (nanos < LEAST_PERIOD) problems.push({ path: 'period', message: "must be at least '100ms'." })
  } catch (error) {
    problems.push({ path: 'period', message: (error as Error).message })
  }
  const management = server?.endpoints['management']
  if (management === undefined)
    problems.push({
      path: 'server',
      message: 'is missing: the case needs one whose management API can be reached.',
    })
  if (problems.length > 0) throw new ValidationError('torchserveSampler()', problems)
  return {
    model: model as string,
    metrics: [...new Set(names as readonly string[])],
    period: nanos,
    managementUrl: management as string,
    metricsUrl: server?.endpoints['metrics'] ?? null,
    token,
  }
}
