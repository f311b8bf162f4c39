import type { Duration, Slo } from 'servebench'
import type { ConfigReader } from './config-reader.ts'

const GPU = 'gpu0'
const MEGABYTE = 1e6

/** Tags of Model Analyzer by what they are called in a study. */
const METRICS: Readonly<Record<string, string>> = {
  perf_throughput: 'items.throughput',
  perf_latency_avg: 'responseTime.mean',
  perf_latency_p90: 'responseTime.p90',
  perf_latency_p95: 'responseTime.p95',
  perf_latency_p99: 'responseTime.p99',
  gpu_used_memory: `gauges.${GPU}.memory.used.max`,
  gpu_utilization: `gauges.${GPU}.utilization.mean`,
  gpu_power_usage: `gauges.${GPU}.power.mean`,
  cpu_used_ram: 'gauges.host.memory.used.max',
  cpu_available_ram: 'gauges.host.memory.available.min',
  cpu_free_ram: 'gauges.host.memory.available.min',
}
const TOKENS = /^(output_token_throughput|inter_token_latency|time_to_first_token)/
const LATENCY = /^perf_latency_(avg|p9[059])$/

/** `objectives`: names, or weights by names. */
export function readObjectives(
  value: unknown,
  path: string,
  reader: ConfigReader,
): Readonly<Record<string, number>> {
  const weights: Record<string, number> = {}
  const given: [string, unknown][] =
    typeof value === 'string' || Array.isArray(value)
      ? reader.names(value, path).map((name) => [name, 1])
      : Object.entries(reader.fields(value, path))
  for (const [tag, weight] of given) {
    const metric = METRICS[tag]
    if (metric !== undefined) weights[metric] = reader.number(weight, `${path}.${tag}`, 1)
    else refuse(tag, `${path}.${tag}`, reader)
  }
  return weights
}

/** `constraints`: least and most by metric. */
export function readConstraints(value: unknown, path: string, reader: ConfigReader): Slo {
  let slo: Slo = {}
  for (const [tag, limits] of Object.entries(reader.fields(value, path))) {
    for (const [side, limit] of Object.entries(reader.fields(limits, `${path}.${tag}`))) {
      const number = reader.number(limit, `${path}.${tag}.${side}`, 0)
      const term = constraint(tag, side, number)
      if (term !== null) slo = merge(slo, term)
      else if (METRICS[tag] === undefined) refuse(tag, `${path}.${tag}`, reader)
      else
        reader.note(
          `${path}.${tag}.${side}`,
          'unsupported',
          'has no such side here: a limit of this metric is the other one.',
        )
    }
  }
  return slo
}

function constraint(tag: string, side: string, limit: number): Slo | null {
  const [, percentile] = LATENCY.exec(tag) ?? []
  if (percentile !== undefined && side === 'max') {
    const duration: Duration = `${limit}ms`
    return percentile === 'avg'
      ? { responseTime: { mean: duration } }
      : { responseTime: { [percentile]: duration } }
  }
  if (tag === 'perf_throughput' && side === 'min') return { throughput: limit }
  if (tag === 'gpu_used_memory' && side === 'max')
    return { gauges: { [`${GPU}.memory.used`]: { max: limit * MEGABYTE } } }
  if (tag === 'gpu_utilization') {
    if (side === 'max') return { gauges: { [`${GPU}.utilization`]: { mean: limit / 100 } } }
    if (side === 'min') return { gauges: { [`${GPU}.utilization`]: { min: limit / 100 } } }
  }
  if (tag === 'gpu_power_usage' && side === 'max') return { gauges: { [`${GPU}.power`]: { mean: limit } } }
  if (tag === 'cpu_used_ram' && side === 'max')
    return { gauges: { 'host.memory.used': { max: limit * MEGABYTE } } }
  if (/^cpu_(available|free)_ram$/.test(tag) && side === 'min')
    return { gauges: { 'host.memory.available': { min: limit * MEGABYTE } } }
  return null
}

/** The narrower words win: those of a model over those of the file. */
export function merge(wide: Slo, narrow: Slo): Slo {
  return {
    ...wide,
    ...narrow,
    ...(wide.responseTime === undefined && narrow.responseTime === undefined
      ? {}
      : { responseTime: { ...wide.responseTime, ...narrow.responseTime } }),
    ...(wide.gauges === undefined && narrow.gauges === undefined
      ? {}
      : { gauges: { ...wide.gauges, ...narrow.gauges } }),
  }
}

function refuse(tag: string, path: string, reader: ConfigReader): void {
  if (TOKENS.test(tag)) reader.note(path, 'unsupported', 'there are no metrics of tokens.')
  else if (tag === 'gpu_free_memory') reader.note(path, 'unsupported', 'say it as gpu_used_memory.')
  else reader.unknown(path, Object.keys(METRICS))
}
