import { sineOfTurns } from '../stats/sine.ts'
import type { Nanos } from '../units/nanos.ts'
import { gainAfter, timeToGain } from './linear-piece.ts'
import type { ModulationPlan } from './load-plan.ts'

/** A sine is drawn by this many straight lines, which are off by at most 5 millionths of its amplitude. */
const SINE_PIECES = 1024

/**
 * A periodic factor as a change of time: where it is f, time passes f times as fast. What is due at `warp(t)` without the
 * factor is due at t with it. Before the origin nothing is changed.
 */
export class Modulation {
  readonly #origin: Nanos
  readonly #period: Nanos
  readonly #pieces: readonly Piece[]
  /** Warped time that a period takes. */
  readonly #gain: number
  /** Where {@link unwarp} has been last. */
  #cycle = 0
  #cursor = 0

  constructor(plan: ModulationPlan, origin: Nanos) {
    this.#origin = origin
    this.#pieces = piecesOf(plan)
    const last = this.#pieces.at(-1) as Piece
    this.#period = last.from + last.length
    this.#gain = last.gained + gainAfter(last.factor, last.slope, last.length)
  }

  /** The factor at the origin. */
  static initial(plan: ModulationPlan): number {
    return plan.kind === 'sine' ? factorOf(plan, 0) : (plan.pieces[0]?.factor ?? 0)
  }

  warp(instant: Nanos): number {
    const time = instant - this.#origin
    if (time <= 0 || time === Infinity) return instant
    const cycle = Math.floor(time / this.#period)
    const rest = time - cycle * this.#period
    let low = 0
    let high = this.#pieces.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((this.#pieces[middle] as Piece).from <= rest) low = middle
      else high = middle - 1
    }
    const piece = this.#pieces[low] as Piece
    return (
      this.#origin +
      cycle * this.#gain +
      piece.gained +
      gainAfter(piece.factor, piece.slope, rest - piece.from)
    )
  }

  /** The first instant at which the warped time grows beyond `warped`. Fast for values near the last one. */
  unwarp(warped: number): Nanos {
    const gain = warped - this.#origin
    if (gain < 0 || gain === Infinity) return warped
    const cycle = Math.floor(gain / this.#gain)
    const rest = gain - cycle * this.#gain
    const pieces = this.#pieces
    let at = cycle === this.#cycle ? this.#cursor : 0
    while (at > 0 && (pieces[at] as Piece).gained > rest) at -= 1
    // A piece that gains nothing is passed: what falls on it is due at its end.
    while (at < pieces.length - 1 && (pieces[at + 1] as Piece).gained <= rest) at += 1
    this.#cycle = cycle
    this.#cursor = at
    const piece = pieces[at] as Piece
    const time = timeToGain(piece.factor, piece.slope, rest - piece.gained)
    // Rounding, and pieces without gain, may miss the end of the piece.
    const inside = time < piece.length ? time : piece.length
    return this.#origin + cycle * this.#period + piece.from + inside
  }
}

interface Piece {
  readonly from: Nanos
  readonly length: Nanos
  readonly factor: number
  readonly slope: number
  /** Warped time from the start of the period to that of the piece. */
  readonly gained: number
}

function piecesOf(plan: ModulationPlan): readonly Piece[] {
  const given = plan.kind === 'sine' ? sinePieces(plan) : plan.pieces
  let from = 0
  let gained = 0
  return given.map(({ length, factor, factorEnd }) => {
    const slope = (factorEnd - factor) / length
    const piece = { from, length, factor, slope, gained }
    from += length
    gained += gainAfter(factor, slope, length)
    return piece
  })
}

type SinePlan = Extract<ModulationPlan, { readonly kind: 'sine' }>

function sinePieces(plan: SinePlan): Extract<ModulationPlan, { readonly kind: 'pieces' }>['pieces'] {
  return Array.from({ length: SINE_PIECES }, (_, index) => ({
    length: plan.period / SINE_PIECES,
    factor: factorOf(plan, index / SINE_PIECES),
    factorEnd: factorOf(plan, (index + 1) / SINE_PIECES),
  }))
}

function factorOf({ amplitude, phase }: SinePlan, turns: number): number {
  return Math.max(0, 1 + amplitude * sineOfTurns(turns + phase))
}
