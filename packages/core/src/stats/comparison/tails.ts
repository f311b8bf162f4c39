import { normalCdf } from '../special/normal.ts'

/** The p-values of a test that looks both ways. */
export interface TestResult {
  /** The test's statistic. */
  readonly statistic: number
  /** Two-sided: twice the smaller tail, at most 1. */
  readonly pValue: number
  /** P(statistic ≤ observed): small when the second sample is lower. */
  readonly less: number
  /** P(statistic ≥ observed): small when the second sample is higher. */
  readonly greater: number
  readonly method: 'exact' | 'normal'
}

/** @param masses probabilities of the statistic's values, by index */
export function exactTails(masses: Float64Array, observed: number): Pick<TestResult, 'less' | 'greater'> {
  let less = 0
  let greater = 0
  for (let value = 0; value < masses.length; value++) {
    const mass = masses[value] as number
    if (value <= observed) less += mass
    if (value >= observed) greater += mass
  }
  return { less: Math.min(less, 1), greater: Math.min(greater, 1) }
}

/** The normal approximation with continuity correction. A statistic without variance says nothing. */
export function normalTails(
  observed: number,
  mean: number,
  variance: number,
): Pick<TestResult, 'less' | 'greater'> {
  if (!(variance > 0)) return { less: 1, greater: 1 }
  const deviation = Math.sqrt(variance)
  return {
    less: normalCdf((observed - mean + 0.5) / deviation),
    greater: normalCdf(-(observed - mean - 0.5) / deviation),
  }
}

export function bothSides(tails: Pick<TestResult, 'less' | 'greater'>): number {
  return Math.min(1, 2 * Math.min(tails.less, tails.greater))
}
