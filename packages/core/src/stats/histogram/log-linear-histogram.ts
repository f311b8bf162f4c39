import { rankOf } from '../quantile/rank.ts'
import { bucketCount, FINE_LAYOUT, type HistogramLayout } from './layout.ts'

const HEADER_BYTES = 32
const COUNT = 0
const SUM = 1
const MIN = 2
const MAX = 3

/** The exponent bias of an IEEE 754 double, and the bits of its mantissa in the high word. */
const BIAS = 1023
const HIGH_MANTISSA_BITS = 20

/**
 * Counts of durations in buckets of constant relative width, on any buffer: one thread records, others may read a
 * shared buffer meanwhile (what they see may lag by a few records).
 *
 * A bucket is read off the bits of the double: its exponent and leading mantissa bits, taken as one integer, *are* the
 * position on a log-linear scale. That holds for any magnitude, where integer tricks end at 2^32 ns (4.3 s).
 * Count, sum, minimum and maximum are exact.
 */
export class LogLinearHistogram {
  readonly layout: HistogramLayout
  readonly #header: Float64Array
  readonly #counts: Uint32Array
  readonly #last: number
  /** Below this, buckets are of width `1 / #perUnit`. */
  readonly #linear: number
  readonly #perUnit: number
  readonly #shift: number
  readonly #base: number
  readonly #double = new Float64Array(1)
  /** Low word, high word: all platforms of Node are little-endian. */
  readonly #halves: Uint32Array = new Uint32Array(this.#double.buffer)

  /** Bytes that a histogram takes in a buffer: a multiple of 8. */
  static byteLength(layout: HistogramLayout = FINE_LAYOUT): number {
    return HEADER_BYTES + 4 * bucketCount(layout)
  }

  /**
   * @param buffer zeroed, or what another histogram of the same layout wrote; a new one when omitted
   * @param byteOffset a multiple of 8
   */
  constructor(layout: HistogramLayout = FINE_LAYOUT, buffer?: ArrayBufferLike, byteOffset = 0) {
    const memory = buffer ?? new ArrayBuffer(LogLinearHistogram.byteLength(layout))
    this.layout = layout
    this.#header = new Float64Array(memory, byteOffset, HEADER_BYTES / 8)
    this.#counts = new Uint32Array(memory, byteOffset + HEADER_BYTES, bucketCount(layout))
    this.#last = this.#counts.length - 1
    this.#perUnit = 1 / (1 << layout.unit)
    this.#linear = 1 << (layout.precision + layout.unit)
    this.#shift = HIGH_MANTISSA_BITS - (layout.precision - 1)
    this.#base =
      (BIAS + layout.precision + layout.unit) * (1 << (layout.precision - 1)) - (1 << layout.precision)
  }

  /** Adds a duration in ns. Negative ones count as 0, those past the top in the last bucket. */
  record(value: number): void {
    let index: number
    if (value >= this.#linear) {
      this.#double[0] = value
      index = ((this.#halves[1] as number) >>> this.#shift) - this.#base
      if (index > this.#last) index = this.#last
    } else {
      index = value > 0 ? (value * this.#perUnit) | 0 : 0
    }
    this.#counts[index] = (this.#counts[index] as number) + 1
    const header = this.#header
    // The header of a fresh buffer is all zeros, so the first record sets the extremes.
    if (header[COUNT] === 0) {
      header[MIN] = value
      header[MAX] = value
    } else if (value < (header[MIN] as number)) header[MIN] = value
    else if (value > (header[MAX] as number)) header[MAX] = value
    header[COUNT] = (header[COUNT] as number) + 1
    header[SUM] = (header[SUM] as number) + value
  }

  get buckets(): number {
    return this.#last + 1
  }

  get count(): number {
    return this.#header[COUNT] as number
  }

  get sum(): number {
    return this.#header[SUM] as number
  }

  /** `null` when empty, as are `min` and `max`. */
  get mean(): number | null {
    return this.count === 0 ? null : this.sum / this.count
  }

  get min(): number | null {
    return this.count === 0 ? null : (this.#header[MIN] as number)
  }

  get max(): number | null {
    return this.count === 0 ? null : (this.#header[MAX] as number)
  }

  /**
   * The nearest-rank percentile: the highest value of the bucket that holds it (as HdrHistogram reports), but never
   * beyond the exact extremes. `null` when empty.
   */
  percentile(percentile: number): number | null {
    return this.count === 0 ? null : this.valueAtRank(rankOf(percentile, this.count))
  }

  /** The value of the `rank`-th smallest record (from 1), as {@link percentile} reports it. */
  valueAtRank(rank: number): number | null {
    if (this.count === 0) return null
    const counts = this.#counts
    let seen = 0
    for (let index = 0; index < counts.length; index++) {
      seen += counts[index] as number
      if (seen >= rank) return this.#clamp(this.#highest(index))
    }
    return this.max
  }

  /** The position of a value's bucket among `buckets`, rising with the value. */
  bucketOf(value: number): number {
    if (!(value >= this.#linear)) return value > 0 ? Math.floor(value * this.#perUnit) : 0
    this.#double[0] = value
    return Math.min(((this.#halves[1] as number) >>> this.#shift) - this.#base, this.#last)
  }

  /** Adds all records of a histogram of the same layout. */
  add(other: LogLinearHistogram): void {
    if (other.count === 0) return
    const mine = this.#header
    const theirs = other.#header
    mine[MIN] =
      this.count === 0 ? (theirs[MIN] as number) : Math.min(mine[MIN] as number, theirs[MIN] as number)
    mine[MAX] =
      this.count === 0 ? (theirs[MAX] as number) : Math.max(mine[MAX] as number, theirs[MAX] as number)
    mine[COUNT] = (mine[COUNT] as number) + (theirs[COUNT] as number)
    mine[SUM] = (mine[SUM] as number) + (theirs[SUM] as number)
    const counts = this.#counts
    const added = other.#counts
    for (let index = 0; index < counts.length; index++) {
      counts[index] = (counts[index] as number) + (added[index] as number)
    }
  }

  /**
   * The records since an earlier copy of this histogram, as a new one: a window. Its extremes are those of its buckets.
   */
  since(earlier: LogLinearHistogram): LogLinearHistogram {
    const window = new LogLinearHistogram(this.layout)
    const counts = window.#counts
    let first = -1
    let last = -1
    let count = 0
    for (let index = 0; index < counts.length; index++) {
      const added = (this.#counts[index] as number) - (earlier.#counts[index] as number)
      if (added === 0) continue
      if (first < 0) first = index
      last = index
      counts[index] = added
      count += added
    }
    if (count === 0) return window
    window.#header[COUNT] = count
    window.#header[SUM] = this.sum - earlier.sum
    window.#header[MIN] = Math.max(this.#lowest(first), this.min as number)
    window.#header[MAX] = Math.min(this.#highest(last), this.max as number)
    return window
  }

  /** A copy on memory of its own. */
  copy(): LogLinearHistogram {
    const copy = new LogLinearHistogram(this.layout)
    copy.#header.set(this.#header)
    copy.#counts.set(this.#counts)
    return copy
  }

  reset(): void {
    this.#header.fill(0)
    this.#counts.fill(0)
  }

  /** Lowest value (ns) and count of each bucket that is not empty, in rising order. */
  entries(): readonly (readonly [value: number, count: number])[] {
    const entries: (readonly [number, number])[] = []
    for (let index = 0; index <= this.#last; index++) {
      const count = this.#counts[index] as number
      if (count > 0) entries.push([this.#lowest(index), count])
    }
    return entries
  }

  #clamp(value: number): number {
    return Math.min(Math.max(value, this.#header[MIN] as number), this.#header[MAX] as number)
  }

  /** The smallest value of a bucket. */
  #lowest(index: number): number {
    if (index < 1 << this.layout.precision) return index / this.#perUnit
    this.#halves[1] = (index + this.#base) << this.#shift
    this.#halves[0] = 0
    return this.#double[0] as number
  }

  /** The largest whole number of nanoseconds in a bucket; the last bucket has no end. */
  #highest(index: number): number {
    return index === this.#last ? Infinity : this.#lowest(index + 1) - 1
  }
}
