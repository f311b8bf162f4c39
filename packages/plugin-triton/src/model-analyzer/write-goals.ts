import { SourceText, WrittenCall, WrittenFunction } from 'servebench/plugin'
import type { Slo } from 'servebench'
import type { ModelAnalyzerModel, ModelAnalyzerServer } from './study.ts'

type Options = Readonly<Record<string, unknown>>

const THROUGHPUT = 'items.throughput'

/** `objective`; nothing where it is that of every study. */
export function writeObjective({ objective, batchSizes }: ModelAnalyzerModel): Options {
  const entries = Object.entries(objective)
  const [[metric, weight] = [THROUGHPUT, 1]] = entries
  if (entries.length > 1) return { objective }
  // Inferences are requests then.
  const isUsual = metric === THROUGHPUT && batchSizes.every((size) => size === 1)
  return isUsual || weight === 0 ? {} : { objective: metric }
}

/** `latencyBudget` and `minThroughput` where they say it all, otherwise `constraints`. */
export function writeConstraints({ constraints, batchSizes }: ModelAnalyzerModel): Options {
  const { throughput, ...others } = constraints
  const budget = onlyBudget(others)
  const [batch = 1] = batchSizes
  // A limit is of requests; Model Analyzer's is of inferences.
  const isVaried = throughput !== undefined && batchSizes.length > 1
  if (isVaried) {
    const all = { ...others, throughput: new SourceText(`${throughput} / batch`) }
    return { constraints: new WrittenFunction(['batch'], all) }
  }
  const least = throughput === undefined ? undefined : Number((throughput / batch).toPrecision(6))
  if (budget !== null)
    return { latencyBudget: budget, ...(least === undefined ? {} : { minThroughput: least }) }
  const isEmpty = Object.keys(others).length === 0
  if (isEmpty) return least === undefined ? {} : { minThroughput: least }
  return { constraints: { ...others, ...(least === undefined ? {} : { throughput: least }) } }
}

/** Of constraints that are nothing but a limit of the 99th percentile. */
function onlyBudget({ responseTime, ...others }: Slo): string | null {
  if (responseTime === undefined || Object.keys(others).length > 0) return null
  const { p99, ...rest } = responseTime
  return p99 === undefined || Object.keys(rest).length > 0 ? null : p99
}

/** What reads the GPU, if anything is said of it: on this machine, or by the server's metrics. */
export function writeSamplers(models: readonly ModelAnalyzerModel[], { mode }: ModelAnalyzerServer): Options {
  const isOfGpu = models.some(
    ({ objective, constraints }) =>
      Object.keys(objective).some((metric) => metric.startsWith('gauges.gpu')) ||
      Object.keys(constraints.gauges ?? {}).some((gauge) => gauge.startsWith('gpu')),
  )
  if (!isOfGpu) return {}
  if (mode !== 'attach') return { samplers: [new WrittenCall('nvmlSampler', '@servebench/plugin-nvml')] }
  const select = [
    { metric: 'nv_gpu_memory_used_bytes', as: 'gpu0.memory.used', unit: 'By' },
    { metric: 'nv_gpu_utilization', as: 'gpu0.utilization', unit: '1', of: 'mean' },
    { metric: 'nv_gpu_power_usage', as: 'gpu0.power', unit: 'W' },
  ]
  return { samplers: [new WrittenCall('prometheusSampler', 'servebench', { select })] }
}
