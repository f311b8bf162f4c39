import { join } from 'node:path'
import { parseLogLine } from './log-line.ts'
import type { LoggedMetric } from './log-line.ts'
import { LogTail } from './log-tail.ts'
import { RequestTimes, TIMES } from './request-times.ts'
import { addMetric, modelIn } from './server-counters.ts'
import type { AnswerClass, Counted, CountedModel } from './server-counters.ts'

const FILES = ['ts_metrics.log', 'model_metrics.log', 'ts_log.log'] as const
const NANOS_PER_MILLISECOND = 1e6
const NANOS_PER_MICROSECOND = 1000

/** Follows the logs of a server with `metrics_mode=log`, from their beginning. */
export class LogReader {
  /** Of the requests that the last call of `read` has found, by model; `''` for what the server does not attribute. */
  times: ReadonlyMap<string, RequestTimes> = new Map()
  readonly #tails: readonly LogTail[]
  readonly #models = new Map<string, CountedModel>()
  readonly #answers: Record<AnswerClass, number> = { '2xx': 0, '4xx': 0, '5xx': 0 }
  /** Lines of profiles are written twice. */
  #profile = ''

  constructor(folder: string) {
    this.#tails = FILES.map((file) => new LogTail(join(folder, file)))
  }

  /** Reads what has been written since the last call; everything so far counts in what is returned. */
  async read(): Promise<Counted> {
    const times = new Map<string, RequestTimes>()
    for (const tail of this.#tails) {
      for (const line of await tail.read()) {
        const metric = parseLogLine(line)
        if (metric !== null) this.#add(metric, times)
      }
    }
    this.times = times
    return { models: this.#models, answers: this.#answers }
  }

  #add(metric: LoggedMetric, times: Map<string, RequestTimes>): void {
    const { name, value, labels, requestIds } = metric
    addMetric(this.#models, this.#answers, name, labels, value)
    const time = TIMES[name as keyof typeof TIMES]
    // The server logs that of its workers without saying whose it is.
    const model = time === 'worker' ? '' : (labels['model_name'] ?? labels['ModelName'])
    if (time === undefined || model === undefined) return
    if (time === 'queue') return timesOf(times, model).add(time, value * NANOS_PER_MICROSECOND, 1)
    const nanos = value * NANOS_PER_MILLISECOND
    if (time === 'worker') return timesOf(times, '').add(time, nanos, 1)
    if (name.startsWith('ts_handler_')) {
      const key = `${name} ${value} ${requestIds.join()}`
      if (key === this.#profile) return
      this.#profile = key
    }
    timesOf(times, model).add(time, nanos, requestIds.length)
    if (time !== 'prediction' || requestIds.length === 0) return
    const { batches } = modelIn(this.#models, model)
    const { count, ns } = batches.get(requestIds.length) ?? { count: 0, ns: 0 }
    batches.set(requestIds.length, { count: count + 1, ns: ns + nanos })
  }
}

function timesOf(times: Map<string, RequestTimes>, model: string): RequestTimes {
  const known = times.get(model)
  if (known !== undefined) return known
  const made = new RequestTimes()
  times.set(model, made)
  return made
}
