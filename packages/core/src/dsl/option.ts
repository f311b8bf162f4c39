import type { Case, Matrix } from './matrix.ts'

/** A value, or a function of the case (and of what `setup` returned) that gives it. Called once per case, before any load. */
export type Option<T, M extends Matrix = Matrix, Setup = unknown> = T | ((at: Case<M>, setup: Setup) => T)
