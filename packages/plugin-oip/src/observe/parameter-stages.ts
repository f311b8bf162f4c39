import { ServerStage } from 'servebench/session'
import type { Exchange } from 'servebench/session'

const QUEUE: Uint8Array = Buffer.from('servebench_queue_ns')
const COMPUTE: Uint8Array = Buffer.from('servebench_compute_ns')
/** Tags of `ModelInferResponse.parameters`, of a map entry's key and value, and of `InferParameter`'s integers. */
const PARAMETERS = 0x22
const KEY = 0x0a
const VALUE = 0x12
const INT64 = 0x10
const UINT64 = 0x28
const LENGTH_DELIMITED = 2

/**
 * Reports the server's own times, read from the parameters of a `ModelInferResponse`; they stand before the outputs. Runs
 * on the load thread for every answer, on the beginning of a message that may be cut anywhere.
 */
export class ParameterStages {
  /** How much of a message is looked at. */
  static readonly bytes = 1024
  readonly #exchange: Pick<Exchange, 'serverStage'>
  #at = 0

  constructor(exchange: Pick<Exchange, 'serverStage'>) {
    this.#exchange = exchange
  }

  read(slot: number, buffer: Uint8Array, start: number, end: number): void {
    this.#at = start
    while (this.#at < end) {
      const tag = this.#varint(buffer, end)
      // All fields of the message are length-delimited.
      if ((tag & 7) !== LENGTH_DELIMITED) return
      const length = this.#varint(buffer, end)
      const next = this.#at + length
      if (next > end) return
      if (tag === PARAMETERS) this.#parameter(slot, buffer, next)
      this.#at = next
    }
  }

  #parameter(slot: number, buffer: Uint8Array, end: number): void {
    if (buffer[this.#at++] !== KEY) return
    const length = this.#varint(buffer, end)
    const key = this.#at
    const stage = matches(buffer, key, length, QUEUE)
      ? ServerStage.queue
      : matches(buffer, key, length, COMPUTE)
        ? ServerStage.compute
        : -1
    if (stage === -1) return
    this.#at = key + length
    if (buffer[this.#at++] !== VALUE) return
    this.#varint(buffer, end)
    const type = buffer[this.#at++]
    if ((type !== INT64 && type !== UINT64) || this.#at >= end) return
    const nanos = this.#varint(buffer, end)
    if (nanos <= Number.MAX_SAFE_INTEGER) this.#exchange.serverStage(slot, stage, nanos)
  }

  #varint(buffer: Uint8Array, end: number): number {
    let value = 0
    let scale = 1
    while (this.#at < end) {
      const byte = buffer[this.#at++] as number
      value += (byte & 127) * scale
      if (byte < 128) return value
      scale *= 128
    }
    // Cut off: larger than anything that follows.
    return Infinity
  }
}

function matches(buffer: Uint8Array, at: number, length: number, key: Uint8Array): boolean {
  if (length !== key.length) return false
  for (let index = 0; index < length; index++) {
    if (buffer[at + index] !== key[index]) return false
  }
  return true
}
