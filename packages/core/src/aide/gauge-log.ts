import type { GaugeSummary } from '../report/result.ts'
import type { Nanos } from '../units/nanos.ts'
import type { SamplerDescription } from './describe-sampler.ts'

const FIRST_ROWS = 256
/** A reading that comes later than this many periods after the one before has missed one. */
const LATE = 1.5

/** All readings of one sampler, each with the time that it stands for: from `from` to `until`, both in ns. */
export class GaugeLog {
  readonly #description: SamplerDescription
  #at = new Float64Array(FIRST_ROWS)
  readonly #values: Float64Array[]
  #rows = 0

  constructor(description: SamplerDescription) {
    this.#description = description
    this.#values = description.gauges.map(() => new Float64Array(FIRST_ROWS))
  }

  get rows(): number {
    return this.#rows
  }

  /** @param at after those of all readings before */
  add(at: Nanos, values: Float64Array): void {
    if (this.#rows === this.#at.length) this.#grow()
    this.#at[this.#rows] = at
    for (let gauge = 0; gauge < this.#values.length; gauge++) {
      ;(this.#values[gauge] as Float64Array)[this.#rows] = values[gauge] as number
    }
    this.#rows += 1
  }

  /** Where the time begins that a reading stands for; its end, when it is the first: it stands for no time. */
  from(gauge: number, row: number): Nanos {
    const until = this.until(row)
    if (row === 0) return until
    const before = this.until(row - 1)
    const { period, gauges } = this.#description
    return gauges[gauge]?.covers === 'interval' || until - before <= LATE * period ? before : until - period
  }

  until(row: number): Nanos {
    return this.#at[row] as number
  }

  /** NaN where there was none. */
  value(gauge: number, row: number): number {
    return (this.#values[gauge] as Float64Array)[row] as number
  }

  /** Time-weighted; `null` when no reading stands for any of this time. */
  mean(gauge: number, from: Nanos, until: Nanos): number | null {
    let covered = 0
    let area = 0
    this.#each(gauge, from, until, (value, weight) => {
      covered += weight
      area += value * weight
    })
    return covered > 0 ? area / covered : null
  }

  /** Over the measurement [from, until). The p95 is the smallest value that was not exceeded for 95 % of the covered time. */
  summary(gauge: number, from: Nanos, until: Nanos): GaugeSummary {
    const { unit, device } = this.#description.gauges[gauge] as SamplerDescription['gauges'][number]
    const parts: { readonly value: number; readonly weight: number }[] = []
    this.#each(gauge, from, until, (value, weight) => parts.push({ value, weight }))
    const covered = parts.reduce((sum, { weight }) => sum + weight, 0)
    if (parts.length === 0) return { unit, device, mean: null, min: null, max: null, p95: null, coverage: 0 }
    parts.sort((one, other) => one.value - other.value)
    const mean = parts.reduce((sum, { value, weight }) => sum + value * weight, 0) / covered
    const min = (parts[0] as (typeof parts)[number]).value
    const max = (parts.at(-1) as (typeof parts)[number]).value
    return {
      unit,
      device,
      // Rounding must not put a constant outside of itself.
      mean: Math.min(max, Math.max(min, mean)),
      min,
      max,
      p95: weightedRank(parts, 0.95 * covered),
      coverage: Math.min(1, covered / (until - from)),
    }
  }

  /** Readings that stand for some of the time, and for how much of it. */
  #each(gauge: number, from: Nanos, until: Nanos, take: (value: number, weight: number) => void): void {
    for (let row = this.#firstAfter(from); row < this.#rows; row++) {
      const begins = this.from(gauge, row)
      if (begins >= until) return
      const value = this.value(gauge, row)
      const weight = Math.min(this.until(row), until) - Math.max(begins, from)
      if (weight > 0 && value === value) take(value, weight)
    }
  }

  #firstAfter(instant: Nanos): number {
    let low = 0
    let high = this.#rows
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.until(middle) > instant) high = middle
      else low = middle + 1
    }
    return low
  }

  #grow(): void {
    this.#at = doubled(this.#at)
    for (const [gauge, values] of this.#values.entries()) this.#values[gauge] = doubled(values)
  }
}

function weightedRank(
  sorted: readonly { readonly value: number; readonly weight: number }[],
  wanted: number,
): number {
  let below = 0
  for (const { value, weight } of sorted) {
    below += weight
    // Sums of the same weights in another order may differ in their last bits.
    if (below >= wanted * (1 - 1e-12)) return value
  }
  return (sorted.at(-1) as (typeof sorted)[number]).value
}

function doubled(values: Float64Array): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(values.length * 2)
  larger.set(values)
  return larger
}
