/** Seeded random numbers: the same for the same seed, on every machine. */
export interface Random {
  /** A uniform number in [0, 1). */
  next(): number
  /** A uniform integer in [0, bound). */
  int(bound: number): number
}
