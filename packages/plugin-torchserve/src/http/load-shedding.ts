import { FailureKind } from 'servebench/session'
import type { AnswerObserver } from 'servebench/session'

const UNAVAILABLE = 503
const REFUSAL: Uint8Array = Buffer.from('has no worker to serve')

/**
 * Tells the two kinds of 503 apart. The one answers a request that found no place in the model's job queue, or no worker:
 * it was shed. The other one says that a handler has failed.
 */
export class LoadSheddingObserver implements AnswerObserver {
  /** Requests that were shed, and those that failed with the same status for another reason. */
  shed = 0
  failed = 0
  readonly #pending: Uint8Array

  constructor(slots: number) {
    this.#pending = new Uint8Array(slots)
  }

  head(slot: number, status: number): void {
    this.#pending[slot] = status === UNAVAILABLE ? 1 : 0
  }

  body(slot: number, buffer: Uint8Array, start: number, end: number): void {
    if (this.#pending[slot] !== 1 || !contains(buffer, start, end)) return
    this.#pending[slot] = 0
    this.shed += 1
  }

  end(slot: number): FailureKind {
    if (this.#pending[slot] !== 1) return FailureKind.none
    this.#pending[slot] = 0
    this.failed += 1
    return FailureKind.none
  }

  get sentences(): readonly string[] {
    if (this.shed === 0) return []
    const requests = this.shed === 1 ? '1 request was' : `${this.shed} requests were`
    const others = this.failed === 0 ? '' : `; ${this.failed} other 503 said that a handler had failed`
    return [
      `${requests} shed with 503 (warm-up and drain included): no place was left in the model's job queue ` +
        `(job_queue_size), or it had no worker${others}.`,
    ]
  }
}

function contains(buffer: Uint8Array, start: number, end: number): boolean {
  const last = end - REFUSAL.length
  for (let at = start; at <= last; at++) {
    let count = 0
    while (count < REFUSAL.length && buffer[at + count] === REFUSAL[count]) count += 1
    if (count === REFUSAL.length) return true
  }
  return false
}
