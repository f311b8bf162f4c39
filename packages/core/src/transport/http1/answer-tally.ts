import type { AnswerCounts, Exchange } from '../../engine/session.ts'
import type { AnswerObserver } from './answer-observer.ts'
import { matches, readNumber } from './stage-observer.ts'

/** Vespa sends it to those who ask for it with `X-Yahoo-Vespa-Benchmarkdata: true`. */
const HITS: Uint8Array = Buffer.from('x-yahoo-vespa-totalhitcount')
const OK = 200
const LF = 10
const COLON = 58

/** Counts answers by status, and those that say that they have no hits. */
export class AnswerTally implements AnswerObserver {
  readonly #exchange: Pick<Exchange, 'measures'>
  readonly #statuses = new Float64Array(1000)
  #total = 0
  #withHits = 0
  #zeroHits = 0

  constructor(exchange: Pick<Exchange, 'measures'>) {
    this.#exchange = exchange
  }

  head(slot: number, status: number, buffer: Uint8Array, start: number, end: number): void {
    this.#total += 1
    if (this.#exchange.measures?.(slot) !== true) return
    this.#statuses[status]! += 1
    if (status !== OK) return
    const hits = readHits(buffer, start, end)
    if (hits < 0) return
    this.#withHits += 1
    if (hits === 0) this.#zeroHits += 1
  }

  counts(): AnswerCounts {
    const statuses: Record<string, number> = {}
    for (const [status, count] of this.#statuses.entries()) if (count > 0) statuses[status] = count
    return { total: this.#total, statuses, withHits: this.#withHits, zeroHits: this.#zeroHits }
  }
}

/** −1 when the header is not there, or is no number. */
function readHits(buffer: Uint8Array, start: number, end: number): number {
  for (let line = start; line < end;) {
    const colon = line + HITS.length
    const next = buffer.indexOf(LF, line)
    const until = next === -1 || next > end ? end : next
    if (colon < until && buffer[colon] === COLON && matches(buffer, line, HITS)) {
      return readNumber(buffer, colon + 1, until)
    }
    line = until + 1
  }
  return -1
}
