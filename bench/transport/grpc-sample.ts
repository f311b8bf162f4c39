/** What a client reports of one run: a line of JSON on its standard output. */
export interface Sample {
  readonly perSecond: number
  /** CPU time of the client per call, in microseconds; `null` when the tool does not tell. */
  readonly cpu: number | null
  /** Milliseconds. */
  readonly p50: number | null
  readonly p99: number | null
}

/** What each client gets on its command line. */
export interface Job {
  readonly address: string
  readonly streams: number
  readonly bytes: number
  readonly seconds: number
}

export const METHOD = '/servebench.bench.Echo/Unary'
const WARMUP_MS = 1000

export function readJob(): Job {
  const [address = '', streams, bytes, seconds] = process.argv.slice(2)
  return { address, streams: Number(streams), bytes: Number(bytes), seconds: Number(seconds) }
}

/** A protobuf message with one field of `bytes` bytes. */
export function message(bytes: number): Buffer {
  const length: number[] = []
  let rest = bytes
  for (; rest >= 0x80; rest >>>= 7) length.push((rest & 0x7f) | 0x80)
  return Buffer.concat([Buffer.from([0x0a, ...length, rest]), Buffer.alloc(bytes, 'x')])
}

/** Counts and times the calls of a closed loop, after a warm-up, with the clock of the client's own thread. */
export class Stopwatch {
  readonly #latencies = new Float64Array(4_000_000)
  #calls = 0
  #measuring = false
  stopped = false

  completed(since: number): void {
    if (!this.#measuring) return
    if (this.#calls < this.#latencies.length) this.#latencies[this.#calls] = performance.now() - since
    this.#calls += 1
  }

  async measure(seconds: number): Promise<Sample> {
    await wait(WARMUP_MS)
    const cpu = process.cpuUsage()
    const start = performance.now()
    this.#measuring = true
    await wait(seconds * 1000)
    this.#measuring = false
    this.stopped = true
    const elapsed = (performance.now() - start) / 1000
    const { user, system } = process.cpuUsage(cpu)
    const sorted = this.#latencies.subarray(0, Math.min(this.#calls, this.#latencies.length)).sort()
    const at = (quantile: number): number | null => sorted[Math.ceil(sorted.length * quantile) - 1] ?? null
    return {
      perSecond: this.#calls / elapsed,
      cpu: (user + system) / this.#calls,
      p50: at(0.5),
      p99: at(0.99),
    }
  }
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}
