import { parsePrometheus } from 'servebench/plugin'
import type { Counter, ModelStatistics, ServerStatistics } from 'servebench/plugin'

const NANOS_PER_MICROSECOND = 1000
const NOTHING = { count: 0, ns: 0 } as const

/** What TorchServe has counted for a model. The times are those of answered requests, also of errors that handlers answer. */
export interface CountedModel {
  requests: number
  inferenceNs: number
  queueNs: number
  /** Calls of the handler by their batch size; empty where that is not known. */
  readonly batches: Map<number, Counter>
}

/** What TorchServe has counted since it was started. */
export interface Counted {
  /** By model, all versions together. */
  readonly models: ReadonlyMap<string, CountedModel>
  readonly answers: Readonly<Record<AnswerClass, number>>
}

const ANSWERS = { '2xx': 'Requests2XX', '4xx': 'Requests4XX', '5xx': 'Requests5XX' } as const
export type AnswerClass = keyof typeof ANSWERS

/** Whether the endpoint has TorchServe's counters; it is empty with `metrics_mode=log`. */
export function hasCounters(text: string): boolean {
  return /^# TYPE ts_inference_requests_total counter/m.test(text)
}

/**
 * Makes cumulative statistics of what the Prometheus endpoint says.
 *
 * The counter of requests has those that failed, too, and the sums of times have not: a mean over it would be too small.
 * Failed ones are counted for the server as a whole only. What they grow by between two readings belongs to the model
 * that was asked between them, as long as it was one.
 */
export class ServerCounters {
  #before: Counted | null = null
  readonly #failed = new Map<string, number>()

  /** @param ownCalls of the control's own, which the server has answered with 2xx up to this reading */
  read(counted: Counted, ownCalls: number): ServerStatistics {
    this.#attribute(counted)
    this.#before = snapshot(counted)
    const models: Record<string, ModelStatistics> = {}
    for (const [name, { requests, inferenceNs, queueNs, batches }] of counted.models) {
      const failed = this.#failed.get(name) ?? 0
      const success = requests - failed
      models[name] = {
        success: { count: success, ns: inferenceNs },
        fail: { count: failed, ns: 0 },
        queue: { count: success, ns: queueNs },
        computeInput: NOTHING,
        computeInfer: { count: success, ns: inferenceNs - queueNs },
        computeOutput: NOTHING,
        inferences: success,
        executions: [...batches.values()].reduce((sum, batch) => sum + batch.count, 0),
        batches: [...batches].map(([size, computeInfer]) => ({ size, computeInfer })),
      }
    }
    const { answers } = counted
    return {
      models,
      totals: {
        'answers.2xx': answers['2xx'] - ownCalls,
        'answers.4xx': answers['4xx'],
        'answers.5xx': answers['5xx'],
      },
    }
  }

  #attribute(now: Counted): void {
    const before = this.#before
    if (before === null) return
    const failures = now.answers['5xx'] - before.answers['5xx']
    const asked = [...now.models].filter(
      ([name, { requests }]) => requests > (before.models.get(name)?.requests ?? 0),
    )
    const [only, second] = asked
    if (failures <= 0 || only === undefined || second !== undefined) return
    const [name, { requests }] = only
    // Calls of the management API can fail with 5xx, too.
    const most = requests - (before.models.get(name)?.requests ?? 0)
    this.#failed.set(name, (this.#failed.get(name) ?? 0) + Math.min(failures, most))
  }
}

/** Counters of logs grow in place. */
function snapshot({ models, answers }: Counted): Counted {
  return {
    models: new Map([...models].map(([name, model]) => [name, { ...model }])),
    answers: { ...answers },
  }
}

/** What the text of a Prometheus endpoint says. */
export function countPrometheus(text: string): Counted {
  const models = new Map<string, CountedModel>()
  const answers = { '2xx': 0, '4xx': 0, '5xx': 0 }
  for (const { name, labels, value } of parsePrometheus(text)) {
    if (Number.isFinite(value)) addMetric(models, answers, name, labels, value)
  }
  return { models, answers }
}

/** Adds a counter's value, or what it has grown by. */
export function addMetric(
  models: Map<string, CountedModel>,
  answers: Record<AnswerClass, number>,
  name: string,
  labels: Readonly<Record<string, string>>,
  value: number,
): void {
  for (const kind of ['2xx', '4xx', '5xx'] as const) if (name === ANSWERS[kind]) answers[kind] += value
  const model = labels['model_name']
  if (model === undefined) return
  const counted = modelIn(models, model)
  if (name === 'ts_inference_requests_total') counted.requests += value
  if (name === 'ts_inference_latency_microseconds') counted.inferenceNs += value * NANOS_PER_MICROSECOND
  if (name === 'ts_queue_latency_microseconds') counted.queueNs += value * NANOS_PER_MICROSECOND
}

export function modelIn(models: Map<string, CountedModel>, name: string): CountedModel {
  const known = models.get(name)
  if (known !== undefined) return known
  const made: CountedModel = { requests: 0, inferenceNs: 0, queueNs: 0, batches: new Map() }
  models.set(name, made)
  return made
}
