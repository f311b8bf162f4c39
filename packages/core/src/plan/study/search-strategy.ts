/** What one configuration has shown. */
export interface Observation {
  /** Higher is better: a logarithm of what is aimed at, so that differences are gains. `null`: nothing could be measured. */
  readonly score: number | null
  /** How far a constraint is missed, as a logarithm of the ratio; up to 0 all of them hold. */
  readonly violation: number
  /** The score's interval, where it is known. */
  readonly interval?: readonly [low: number, high: number]
}

export interface Ask {
  /** A point of the space. */
  readonly point: number
  /** Share of the usual length of a measurement. */
  readonly fidelity: number
}

/**
 * Chooses configurations one after the other. Pure: what it asks follows from its space, its seed and what it was told.
 * Each `ask` is answered by one `tell` before the next.
 */
export interface SearchStrategy {
  /** `null`: the search has ended by itself. */
  ask(): Ask | null
  tell(ask: Ask, observation: Observation): void
  /** Configurations that are still to be asked for, about. */
  remaining(): number
  /** What a reader should know of how it went. */
  notes?(): readonly string[]
}

/** Below all that keeps its constraints stands what misses them, and below that what could not be measured. */
const MISSED = -1e6
const BROKEN = -1e9

/** One number to compare observations by: higher is better. */
export function merit({ score, violation }: Observation): number {
  if (score === null) return BROKEN
  return violation <= 0 ? score : MISSED - violation
}

export function isFeasible({ score, violation }: Observation): boolean {
  return score !== null && violation <= 0
}
