/** What the server's own log tells about one request; ns, `null` for what it does not say. */
export interface LoggedRequest {
  readonly id: string
  readonly model: string
  /** Requests in the batch that it was part of. */
  readonly batch: number | null
  /** In the model's job queue. */
  readonly queue: number | null
  /** From the queue to the answer: the worker, with the way there and back. */
  readonly backend: number | null
  /** PredictionTime: in the worker's Python. */
  readonly prediction: number | null
  /** HandlerTime: of handlers that are made of TorchServe's BaseHandler. */
  readonly handler: number | null
  readonly preprocess: number | null
  readonly inference: number | null
  readonly postprocess: number | null
}

type Draft = { -readonly [Key in keyof LoggedRequest]: LoggedRequest[Key] }

/** Of a batch, and so of each request in it. */
const TIMES: Readonly<Record<string, HandlerPart>> = {
  PredictionTime: 'prediction',
  HandlerTime: 'handler',
  ts_handler_preprocess: 'preprocess',
  ts_handler_inference: 'inference',
  ts_handler_postprocess: 'postprocess',
}
type HandlerPart = 'prediction' | 'handler' | 'preprocess' | 'inference' | 'postprocess'

const LINE = /^\S+ \[[A-Z]+ *\] (\S+) (\S+) - (.*)$/
const METRIC =
  /^result=\[METRICS\](\w+)\.Milliseconds:(\d[\d.eE+-]*)\|#([^|]*)\|#type:\w+\|#hostname:([^|]*), pattern=/
const MODEL = /(?:^|,)ModelName:([^,]+)/
const ANSWER = /^Sending response for jobId ([\da-f-]{36})$/
const TIMING = /^Waiting time ns: (\d+), (?:Backend|Inference) time ns: (\d+)$/
const ID = /[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}/g
/** Batches have dozens of requests; a longer line is none of these. */
const LONGEST = 100_000
const NANOS_PER_MILLISECOND = 1e6
/** About 100 MB in this process. */
const MOST_REQUESTS = 200_000

/**
 * The requests that `ts_log.log` speaks of, which the server writes whatever its mode of metrics is. Its lines are there
 * twice, and those of handlers and of the server in no order; those of one thread of the server are.
 */
export class RequestLog {
  readonly #requests = new Map<string, Draft>()
  /** Which request each thread is answering. */
  readonly #answering = new Map<string, string>()
  /** Whether there were more requests than are kept. */
  isFull = false

  get requests(): IterableIterator<LoggedRequest> {
    return this.#requests.values()
  }

  get size(): number {
    return this.#requests.size
  }

  add(line: string): void {
    if (line.length > LONGEST) return
    const [, thread = '', logger = '', message = ''] = LINE.exec(line) ?? []
    if (logger.endsWith('.WorkerLifeCycle')) this.#addMetric(message)
    else if (logger.endsWith('.BatchAggregator')) {
      const [, id] = ANSWER.exec(message) ?? []
      if (id !== undefined) this.#answering.set(thread, id)
    } else if (logger.endsWith('.RestJob') || logger.endsWith('.GRPCJob')) {
      const [, queue, backend] = TIMING.exec(message) ?? []
      const id = this.#answering.get(thread)
      if (queue === undefined || id === undefined) return
      const request = this.#request(id)
      if (request !== null) Object.assign(request, { queue: Number(queue), backend: Number(backend) })
    }
  }

  #addMetric(message: string): void {
    const [, name = '', value, labels = '', tail = ''] = METRIC.exec(message) ?? []
    const part = TIMES[name]
    const nanos = Math.round(Number(value) * NANOS_PER_MILLISECOND)
    const [, model] = MODEL.exec(labels) ?? []
    if (part === undefined || model === undefined || !Number.isFinite(nanos)) return
    const ids = tail.match(ID) ?? []
    for (const id of ids) {
      const request = this.#request(id)
      if (request === null) continue
      request.model = model
      request.batch = ids.length
      request[part] = nanos
    }
  }

  #request(id: string): Draft | null {
    const known = this.#requests.get(id)
    if (known !== undefined) return known
    if (this.#requests.size >= MOST_REQUESTS) {
      this.isFull = true
      return null
    }
    const made = blank(id)
    this.#requests.set(id, made)
    return made
  }
}

function blank(id: string): Draft {
  return {
    id,
    model: '',
    batch: null,
    queue: null,
    backend: null,
    prediction: null,
    handler: null,
    preprocess: null,
    inference: null,
    postprocess: null,
  }
}
