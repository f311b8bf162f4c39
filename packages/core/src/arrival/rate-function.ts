import { ServebenchError } from '../errors/servebench-error.ts'
import { SECOND, type Nanos } from '../units/nanos.ts'
import { gainAfter, timeToGain } from './linear-piece.ts'
import type { RateSegment } from './load-plan.ts'

/**
 * A piecewise linear arrival rate λ(t) and the inverse of its integral Λ(t), which turns the points of a unit-rate
 * process into instants. Walks forward only, in constant time per arrival.
 */
export class RateFunction {
  readonly #pieces: Piece[] = []
  /** The piece that holds the latest arrival. */
  #cursor = 0

  /**
   * Lets a segment take over from its start; what was planned beyond that is dropped.
   * @throws {ServebenchError} `SERVEBENCH_LOAD` when it is not a finite, non-negative rate over a positive length.
   */
  append(segment: RateSegment): void {
    const { from, until, rate, rateEnd } = segment
    const length = until === null ? Infinity : until - from
    if (!(from >= 0 && length > 0 && rate >= 0 && rateEnd >= 0 && Number.isFinite(rate + rateEnd))) {
      throw invalid(
        segment,
        'has an impossible time or rate',
        'Use rates of at least 0 and an end after the start.',
      )
    }
    if (until === null && rate !== rateEnd) {
      throw invalid(segment, 'ramps without an end', 'Give the ramp an end, or the same rate at both ends.')
    }
    while (this.#pieces.length > 0 && (this.#pieces.at(-1) as Piece).from >= from) this.#pieces.pop()
    const last = this.#pieces.at(-1)
    // The slope of a piece that is cut short stays as it was computed: cutting changes no bit of what lies before.
    if (last !== undefined && last.until > from) last.until = from
    const points = last === undefined ? 0 : last.cumulative + last.integral(last.until - last.from)
    const slope = until === null ? 0 : (rateEnd - rate) / length
    this.#pieces.push(new Piece(from, until ?? Infinity, rate, slope, points))
    this.#cursor = Math.min(this.#cursor, this.#pieces.length - 1)
  }

  /**
   * The instant at which Λ grows beyond `points`; `Infinity` when it never does. Where the rate is 0 nothing arrives:
   * a point that falls on such a gap arrives at its end. `points` must not decrease between calls.
   */
  instantOf(points: number): Nanos {
    while (this.#cursor < this.#pieces.length) {
      const piece = this.#pieces[this.#cursor] as Piece
      const time = piece.instantOf(points)
      if (time < piece.until) return time
      // Beyond this piece, but the next one may be appended later: the last one is not left.
      if (this.#cursor === this.#pieces.length - 1) return Infinity
      this.#cursor += 1
    }
    return Infinity
  }
}

/** A stretch of linear rate: `rate` per second at `from`, changing by `slope` per second for each nanosecond. */
class Piece {
  readonly from: Nanos
  until: Nanos
  readonly rate: number
  readonly slope: number
  /** Λ(from). */
  readonly cumulative: number

  constructor(from: Nanos, until: Nanos, rate: number, slope: number, cumulative: number) {
    this.from = from
    this.until = until
    this.rate = rate
    this.slope = slope
    this.cumulative = cumulative
  }

  /** Λ gained over the first `length` ns. */
  integral(length: Nanos): number {
    if (length === Infinity) return this.rate === 0 ? 0 : Infinity
    return gainAfter(this.rate, this.slope, length) / SECOND
  }

  instantOf(points: number): Nanos {
    const due = Math.max(points - this.cumulative, 0) * SECOND
    // 0 / 0 is NaN where nothing arrives; the comparison in the caller then goes on to the next piece.
    return this.from + timeToGain(this.rate, this.slope, due)
  }
}

function invalid(segment: RateSegment, what: string, advice: string): ServebenchError {
  const until = segment.until === null ? 'the end' : `${segment.until} ns`
  return new ServebenchError(
    'SERVEBENCH_LOAD',
    `The rate segment from ${segment.from} ns to ${until} (${segment.rate}/s to ${segment.rateEnd}/s) ${what}.`,
    { advice },
  )
}
