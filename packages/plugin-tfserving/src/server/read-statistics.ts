import type { Counter, MetricSample, ModelStatistics, ServerStatistics } from 'servebench/plugin'

const PREFIX = ':tensorflow:serving:'
/** Who batches: sessions, or models where the newer runtime runs them. */
const BATCHERS = [`${PREFIX}batching_session:`, `${PREFIX}saved_model_with_batching:`]
const NANOS_PER_MICROSECOND = 1000
const NONE: Counter = { count: 0, ns: 0 }

/** What is counted for all models together. */
interface Batching {
  readonly queue: Counter
  readonly executions: number
  readonly inferences: number
  readonly padding: number
  readonly batches: ModelStatistics['batches']
}
const NO_BATCHING: Batching = { queue: NONE, executions: 0, inferences: 0, padding: 0, batches: [] }

/**
 * Makes statistics of metrics, by model. What is known about batches is not counted by model: it is that of the only
 * model which has answered requests, and of none once there are several.
 */
export class StatisticsReader {
  /** `undefined`: none has answered yet. */
  #only: string | null | undefined
  #batching = NO_BATCHING

  read(samples: readonly MetricSample[]): ServerStatistics {
    const metrics = new Metrics(samples)
    const names = metrics.models()
    if (names.length > 1) this.#only = this.#only === undefined ? null : this.#only
    else if (names[0] !== undefined) this.#only ??= names[0]
    // From then on nothing is added to what was one model's own.
    if (names.length <= 1) this.#batching = metrics.batching()
    return {
      models: Object.fromEntries(
        names.map((name) => [name, metrics.model(name, name === this.#only ? this.#batching : NO_BATCHING)]),
      ),
    }
  }
}

const ANSWERED = /:(request|runtime)_latency_count$/

/** Some versions of the server have the status among the labels, others count successes only. */
function isOk({ status = 'OK' }: MetricSample['labels']): boolean {
  return status === 'OK'
}

class Metrics {
  readonly #samples: readonly MetricSample[]

  constructor(samples: readonly MetricSample[]) {
    this.#samples = samples.filter(({ name, value }) => name.startsWith(PREFIX) && Number.isFinite(value))
  }

  /** Those that have answered a request. */
  models(): string[] {
    const names = this.#samples
      .filter(({ name, labels, value }) => value > 0 && ANSWERED.test(name) && isOk(labels))
      .flatMap(({ labels }) => labels['model_name'] ?? [])
    return [...new Set(names)].sort()
  }

  model(model: string, { queue, executions, inferences, padding, batches }: Batching): ModelStatistics {
    const isOwn = ({ model_name: name }: MetricSample['labels']): boolean => name === model
    const runtime = this.#histogram(`${PREFIX}runtime_latency`, isOwn)
    return {
      success: this.#histogram(`${PREFIX}request_latency`, (labels) => isOwn(labels) && isOk(labels)),
      fail: {
        count: this.#sum(`${PREFIX}request_count`, (labels) => isOwn(labels) && !isOk(labels)),
        ns: 0,
      },
      queue,
      computeInput: NONE,
      // The time in the runtime includes the wait for a batch.
      computeInfer: { count: runtime.count, ns: Math.max(0, runtime.ns - queue.ns) },
      computeOutput: NONE,
      inferences,
      executions,
      padding,
      batches,
    }
  }

  batching(): Batching {
    const sizes = new Map<number, number>()
    let padding = 0
    let queue = NONE
    for (const batcher of BATCHERS) {
      const waited = this.#histogram(`${batcher}queuing_latency`)
      queue = { count: queue.count + waited.count, ns: queue.ns + waited.ns }
      padding += this.#sum(`${batcher}padding_size_sum`)
      for (const { labels, value } of this.#named(`${batcher}padding_size_count`)) {
        const size = Number(labels['execution_batch_size'])
        if (Number.isInteger(size)) sizes.set(size, (sizes.get(size) ?? 0) + value)
      }
    }
    const batches = [...sizes].map(([size, count]) => ({ size, computeInfer: { count, ns: 0 } }))
    const executions = batches.reduce((sum, { computeInfer }) => sum + computeInfer.count, 0)
    const rows = batches.reduce((sum, { size, computeInfer }) => sum + size * computeInfer.count, 0)
    return { queue, executions, inferences: rows - padding, padding, batches }
  }

  #named(name: string): MetricSample[] {
    return this.#samples.filter((sample) => sample.name === name)
  }

  #sum(name: string, accepts: (labels: MetricSample['labels']) => boolean = () => true): number {
    return this.#named(name).reduce((sum, { labels, value }) => (accepts(labels) ? sum + value : sum), 0)
  }

  /** Of microseconds. */
  #histogram(name: string, accepts?: (labels: MetricSample['labels']) => boolean): Counter {
    return {
      count: this.#sum(`${name}_count`, accepts),
      ns: this.#sum(`${name}_sum`, accepts) * NANOS_PER_MICROSECOND,
    }
  }
}
