import { Worker } from 'node:worker_threads'
import { messageOf } from '../../errors/plugin-error.ts'
import { ServebenchError } from '../../errors/servebench-error.ts'
import { parseDuration, type Duration } from '../../units/duration.ts'
import type { Http2Settings } from './http2-connection.ts'
import { type ArrivalLog, createLedgerMemory, Ledger, type TruthCounters } from './ledger.ts'
import type { TlsSettings } from './listener.ts'
import type { TruthProgram } from './program.ts'
import { validateProgram } from './validate-program.ts'
import type { Command, CommandMessage, CommandReply, WorkerSettings } from './worker.ts'

export interface TruthServerOptions {
  /** How requests are served; by default each gets a receipt at once. */
  readonly program?: TruthProgram
  /** `127.0.0.1` by default; loopback only. */
  readonly host?: '127.0.0.1' | '::1'
  /** Chosen by the system by default. */
  readonly port?: number
  /** Requests that the arrival log has room for; 65 536 by default, 72 bytes each. */
  readonly log?: number
  /** Settings that the server announces to HTTP/2 clients. */
  readonly http2?: Http2Settings
  readonly tls?: TlsSettings
  /** Never sleep: the most exact arrival instants, for a whole core. */
  readonly spin?: boolean
}

/**
 * A server that does exactly what it was told to and knows exactly what happened: the measure for everything that
 * measures. It speaks HTTP/1.1 and HTTP/2 (gRPC included) on one port, told apart by the first bytes or by ALPN, and
 * runs on a thread of its own, so that a busy test does not slow it down. See `docs/truth-server.md` for its accuracy.
 */
export interface TruthServer extends AsyncDisposable {
  /** `http://127.0.0.1:41234`; `https:` with TLS. */
  readonly url: string
  readonly host: string
  readonly port: number
  /** `127.0.0.1:41234`, as gRPC clients want it. */
  readonly authority: string
  /** Instants in the log are nanoseconds since this value of `process.hrtime.bigint()`, which all threads share. */
  readonly origin: bigint
  /** Replaces the program, and counts from 0 again. Connections stay open; requests in service end as they began. */
  program(program: TruthProgram): Promise<void>
  /** What has happened until now. Without waiting: the memory is shared. */
  counters(): TruthCounters
  /** A copy of the arrival log until now. */
  log(): ArrivalLog
  /** Forgets counters, log, index, sequences and clock; keeps program and connections. */
  reset(): Promise<void>
  /**
   * Resolves with the counters once `condition` holds.
   * @throws {ServebenchError} `SERVEBENCH_TRUTH_SERVER_WAIT` after `timeout`, 5 s by default.
   */
  until(condition: (counters: TruthCounters) => boolean, timeout?: Duration): Promise<TruthCounters>
  /** Freezes the server from now on for so long; see {@link Stall}. With `thread` it resolves afterwards. */
  stall(duration: Duration, what?: 'service' | 'thread'): Promise<void>
  /** Ends all open connections. Resolves with their number. */
  dropConnections(how: 'reset' | 'close'): Promise<number>
  /** Stops listening: new connections are refused, open ones stay. */
  refuseConnections(): Promise<void>
  /** Listens again, on the same port. */
  acceptConnections(): Promise<void>
}

/**
 * Starts a {@link TruthServer}.
 * @throws {ValidationError} when the program contradicts itself
 * @throws {ServebenchError} `SERVEBENCH_TRUTH_SERVER` when the port cannot be had
 */
export async function createTruthServer(options: TruthServerOptions = {}): Promise<TruthServer> {
  const program = options.program ?? {}
  validateProgram(program)
  const memory = createLedgerMemory(options.log ?? 65_536)
  const host = options.host ?? '127.0.0.1'
  const origin = process.hrtime.bigint()
  const settings: WorkerSettings = {
    origin,
    memory,
    program,
    host,
    port: options.port ?? 0,
    spin: options.spin ?? false,
    http2: options.http2 ?? {},
    tls: options.tls ?? null,
  }
  const remote = new Remote(settings)
  const port = await remote.started
  const authority = `${host === '::1' ? '[::1]' : host}:${port}`
  const ledger = new Ledger(memory)

  return {
    url: `${options.tls === undefined ? 'http' : 'https'}://${authority}`,
    host,
    port,
    authority,
    origin,
    counters: () => ledger.counters(),
    log: () => ledger.log(),
    async program(next) {
      validateProgram(next)
      await remote.call({ do: 'program', program: next })
    },
    async reset() {
      await remote.call({ do: 'reset' })
    },
    async until(condition, timeout = '5s') {
      const deadline = performance.now() + parseDuration(timeout) / 1e6
      for (;;) {
        const counters = ledger.counters()
        if (condition(counters)) return counters
        if (performance.now() > deadline) {
          throw new ServebenchError(
            'SERVEBENCH_TRUTH_SERVER_WAIT',
            `The truth server did not get there within ${timeout}: ${JSON.stringify(counters)}`,
          )
        }
        await new Promise((resolve) => setTimeout(resolve, 1))
      }
    },
    async stall(duration, what = 'service') {
      await remote.call({ do: 'stall', nanos: parseDuration(duration), what })
    },
    dropConnections: (how) => remote.call({ do: 'drop', ending: how }),
    async refuseConnections() {
      await remote.call({ do: 'refuse' })
    },
    async acceptConnections() {
      await remote.call({ do: 'listen' })
    },
    [Symbol.asyncDispose]: () => remote.close(),
  }
}

/** The test's side of the worker thread. */
class Remote {
  /** Resolves with the port. */
  readonly started: Promise<number>
  readonly #worker: Worker
  readonly #calls = new Map<number, PromiseWithResolvers<number>>()
  readonly #exited: Promise<void>
  #nextId = 0
  #failure: Error | null = null
  #closing = false

  constructor(settings: WorkerSettings) {
    // The same module as source and as built.
    const file = import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js'
    this.#worker = new Worker(new URL(file, import.meta.url), { workerData: settings, name: 'truth-server' })
    this.#exited = new Promise((resolve) => this.#worker.once('exit', () => resolve()))
    this.#worker.on('message', (reply: CommandReply) => this.#settle(reply))
    this.#worker.on('error', (error) =>
      this.#fail(error instanceof Error ? error : new Error(messageOf(error))),
    )
    this.#worker.once('exit', () => this.#fail(new Error('The thread of the truth server has ended.')))
    this.started = this.#expect()
    this.started.catch(() => void this.#worker.terminate())
  }

  call(command: Command): Promise<number> {
    if (this.#failure !== null) return Promise.reject(this.#failure)
    const message: CommandMessage = { id: this.#nextId, command }
    const reply = this.#expect()
    this.#worker.postMessage(message)
    return reply
  }

  async close(): Promise<void> {
    if (!this.#closing && this.#failure === null) {
      this.#closing = true
      await this.call({ do: 'close' })
    }
    await this.#exited
    const failure = this.#failure
    if (failure !== null && !this.#closing) throw failure
  }

  #expect(): Promise<number> {
    const call = Promise.withResolvers<number>()
    this.#calls.set(this.#nextId++, call)
    this.#worker.ref()
    return call.promise
  }

  #settle(reply: CommandReply): void {
    const call = this.#calls.get(reply.id)
    this.#calls.delete(reply.id)
    // A server that nobody is waiting for does not keep the process alive.
    if (this.#calls.size === 0 && !this.#closing) this.#worker.unref()
    if (reply.error === undefined) return call?.resolve(reply.value ?? 0)
    const { code, message } = reply.error
    const advice = code === 'EADDRINUSE' ? 'Leave `port` out, and the system chooses a free one.' : undefined
    call?.reject(
      new ServebenchError('SERVEBENCH_TRUTH_SERVER', message, advice === undefined ? {} : { advice }),
    )
  }

  #fail(error: Error): void {
    this.#failure ??= error
    for (const call of this.#calls.values()) call.reject(this.#failure)
    this.#calls.clear()
  }
}
