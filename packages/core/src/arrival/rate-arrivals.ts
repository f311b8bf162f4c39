import type { Nanos } from '../units/nanos.ts'
import type { Arrivals } from './arrivals.ts'
import type { OpenLoadPlan, RateSegment } from './load-plan.ts'
import { Modulation } from './modulation.ts'
import type { PointProcess } from './point-process.ts'
import { RateFunction } from './rate-function.ts'

/** The points of a unit-rate process, stretched by a rate function and, over that, by a periodic factor. */
export class RateArrivals implements Arrivals {
  readonly #process: PointProcess
  readonly #plan: OpenLoadPlan
  readonly #rate = new RateFunction()
  readonly #segments: RateSegment[] = []
  #modulation: Modulation | null = null
  /** The pending arrival on the process's own scale. */
  #point: number
  /** The latest instant that was handed out. */
  #passed: Nanos = -1

  constructor(process: PointProcess, plan: OpenLoadPlan) {
    this.#process = process
    this.#plan = plan
    this.#point = process.next()
    const [first] = plan.rate
    if (first === undefined) return
    const factor = plan.modulation === undefined ? 1 : Modulation.initial(plan.modulation)
    const held = first.rate * factor
    this.append({ from: 0, until: null, rate: held, rateEnd: held })
  }

  get segments(): readonly RateSegment[] {
    return this.#segments
  }

  peek(): Nanos {
    const instant = this.#rate.instantOf(this.#point)
    return this.#modulation === null ? instant : this.#modulation.unwarp(instant)
  }

  skip(count: number): number {
    // Points do not depend on the rate: there is always another one.
    for (let left = count; left > 0; left--) this.#point = this.#process.next()
    return 0
  }

  pass(): void {
    this.#passed = this.peek()
  }

  begin(at: Nanos): void {
    const { rate, modulation } = this.#plan
    const [first] = rate
    const isHeld = rate.length === 1 && first?.until === null
    if (isHeld && modulation === undefined) return
    if (modulation !== undefined) this.#modulation = new Modulation(modulation, at)
    for (const segment of rate) {
      this.append({
        ...segment,
        from: segment.from + at,
        until: segment.until === null ? null : segment.until + at,
      })
    }
  }

  append(segment: RateSegment): Nanos {
    const effective = partAfter(this.#passed, segment)
    if (effective === null) return Infinity
    const modulation = this.#modulation
    this.#rate.append(
      modulation === null
        ? effective
        : {
            ...effective,
            from: modulation.warp(effective.from),
            until: effective.until === null ? null : modulation.warp(effective.until),
          },
    )
    this.#segments.push(effective)
    return effective.from
  }
}

/** What is left of a segment after an instant (from the next nanosecond on); `null` when nothing is. */
function partAfter(instant: Nanos, segment: RateSegment): RateSegment | null {
  const { until, rate, rateEnd } = segment
  if (segment.from > instant) return segment
  const from = instant + 1
  if (until === null) return { ...segment, from }
  if (until <= from) return null
  return {
    from,
    until,
    rate: rate + ((rateEnd - rate) * (from - segment.from)) / (until - segment.from),
    rateEnd,
  }
}
