import { show, type Problems } from '../problems.ts'

/** More than this is not a distribution that a run could ever show. */
const LARGEST = 100

/** Reads a coefficient of variation: the standard deviation as a multiple of the mean. */
export function readVariation(
  problems: Problems,
  path: string,
  value: unknown,
  above = 0,
): number | undefined {
  if (typeof value === 'number' && value > above && value <= LARGEST) return value
  problems.error(
    path,
    `expected a coefficient of variation above ${above} and up to ${LARGEST}, not ${show(value)}.`,
  )
  return undefined
}

/** Reads the shape of a Weibull distribution. */
export function readShape(problems: Problems, path: string, value: unknown): number | undefined {
  if (typeof value === 'number' && value >= 0.1 && value <= LARGEST) return value
  problems.error(
    path,
    `expected a shape from 0.1 (bursty) over 1 (Poisson) to ${LARGEST} (even), not ${show(value)}.`,
  )
  return undefined
}
