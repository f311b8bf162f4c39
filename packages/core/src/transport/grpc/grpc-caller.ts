import { ServebenchError } from '../../errors/servebench-error.ts'
import type { RestCallerOptions } from '../http1/rest-caller.ts'
import { GrpcError } from './grpc-error.ts'
import { grpcUnary } from './grpc-unary.ts'

/** What a server answered to a call that it refuses. */
export interface GrpcRefusal {
  /** `ModelReady at http://127.0.0.1:8001`. */
  readonly call: string
  readonly status: number
  /** The server's own words. */
  readonly details: string
  readonly cause: GrpcError
}

export interface GrpcCallerWords {
  /** Makes the error of a call that the server refuses. */
  readonly refuse: (refusal: GrpcRefusal) => Error
  /** What to do where the port speaks another protocol. */
  readonly otherPort: string
}

/** The control plane over gRPC: one call after the other, each on a connection of its own. */
export class GrpcCaller {
  readonly #url: string
  readonly #options: RestCallerOptions
  readonly #words: GrpcCallerWords

  constructor(url: string, options: RestCallerOptions, words: GrpcCallerWords) {
    this.#url = url
    this.#options = options
    this.#words = words
  }

  /**
   * @param path `/package.Service/Method`
   * @param wanted timeout in milliseconds, where it is another one than for other calls
   * @throws {Error} that of `refuse`, or a {@link ServebenchError} when there is no such server
   */
  async call(path: string, message: Uint8Array, wanted?: number): Promise<Uint8Array> {
    const { headers, tls, signal } = this.#options
    const timeout = wanted ?? this.#options.timeout
    try {
      return await grpcUnary(this.#url, path, message, {
        signal,
        ...(headers === undefined ? {} : { metadata: headers }),
        ...(tls === undefined ? {} : { tls }),
        ...(timeout === undefined ? {} : { timeout }),
      })
    } catch (error) {
      throw this.#explain(`${path.slice(path.lastIndexOf('/') + 1)} at ${this.#url}`, error)
    }
  }

  #explain(call: string, error: unknown): unknown {
    if (error instanceof GrpcError) {
      const { status, details } = error
      return details === null ? error : this.#words.refuse({ call, status, details, cause: error })
    }
    // Many HTTP servers hang up on what they do not understand.
    if (!(error instanceof ServebenchError) || error.code !== 'SERVEBENCH_TARGET_CLOSED') return error
    const advice = `Check that this is the gRPC port: ${this.#words.otherPort}`
    return new ServebenchError(error.code, error.message, { advice, cause: error, exitCode: error.exitCode })
  }
}
