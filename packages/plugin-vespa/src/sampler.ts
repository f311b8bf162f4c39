import type { CreateSampler, Gauge, Sampler } from 'servebench/session'
import type { SamplerSettings } from './metrics.ts'
import { VespaClient } from './server/vespa-client.ts'

interface Source {
  readonly gauge: Gauge
  readonly metric: string
  readonly dimensions: Readonly<Record<string, string>>
}

/** By the name that Vespa has for it. */
const POOLS = { container: 'default-pool', search: 'search-handler' } as const

const SOURCES: readonly Source[] = [
  ...Object.entries(POOLS).flatMap(([pool, threadpool]): Source[] => [
    source(`vespa.${pool}.threads.active`, 'threads', 'jdisc.thread_pool.active_threads', { threadpool }),
    source(`vespa.${pool}.threads`, 'threads', 'jdisc.thread_pool.size', { threadpool }),
    source(`vespa.${pool}.queue`, 'requests', 'jdisc.thread_pool.work_queue.size', { threadpool }),
  ]),
  source('vespa.heap.used', 'By', 'mem.heap.used', {}),
  source('vespa.heap.total', 'By', 'mem.heap.total', {}),
]

function source(
  name: string,
  unit: string,
  metric: string,
  dimensions: Readonly<Record<string, string>>,
): Source {
  return { gauge: { name, unit, bounds: [0, Infinity] }, metric, dimensions }
}

export const createSampler: CreateSampler = (options): Sampler => {
  const { url, period, headers, tls } = options as unknown as SamplerSettings
  const client = new VespaClient(url, { headers, timeout: 1500, ...(tls === null ? {} : { tls }) })
  return {
    gauges: SOURCES.map(({ gauge }) => gauge),
    period,
    async read(into) {
      const metrics = await client.metrics()
      for (const [index, { metric, dimensions }] of SOURCES.entries())
        into[index] = metrics.last(metric, dimensions) ?? NaN
    },
  }
}
