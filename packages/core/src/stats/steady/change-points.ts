import { noiseOf, withoutOutliers } from './noise.ts'

/** Values between two change points, at least. */
const SHORTEST = 3
const BIC = 3
/** A change that something is judged by needs more: windows of queues that are busy for 90 % show none of it in 9 of 10 runs. */
const EVIDENCE = 10

/** The penalty for changes that a verdict rests on, in variances of the noise. */
export function verdictPenalty(count: number): number {
  return EVIDENCE * Math.log(count)
}

export interface ChangePointOptions {
  /** The cost of one more change point, in variances of the noise. Default 3·ln n. */
  readonly penalty?: number
  /** The variance of the noise; by default that of {@link noiseOf}, with what correlation adds. */
  readonly variance?: number
  /** Values between two change points, at least; 3 by default. */
  readonly shortest?: number
}

/**
 * Where the level of a series changes: the segmentation with the least sum of squares around the means of its segments,
 * plus a penalty for each change. Exact, by PELT (R. Killick, P. Fearnhead, I. A. Eckley, *Optimal detection of
 * changepoints with a linear computational cost*, JASA 107, 2012).
 *
 * The penalty is 3·ln n noise variances, the leading term of the modified BIC (N. R. Zhang, D. O. Siegmund, Biometrics
 * 63, 2007). Where neighbours correlate, the long-run variance takes the place of the plain one, since it is what means
 * of segments scatter by (M. Lavielle, É. Moulines, J. Time Series Analysis 21, 2000). One or two outliers are moved to
 * the edge of their surroundings before.
 *
 * @returns indices of the first value of each segment but the first, rising
 */
export function changePoints(series: Float64Array, options: ChangePointOptions = {}): number[] {
  const shortest = options.shortest ?? SHORTEST
  const count = series.length
  if (count < 2 * shortest) return []
  const values = withoutOutliers(series)
  return pelt(values, changePenalty(values, options), shortest)
}

/** What one more change point costs, as a sum of squares; of values {@link withoutOutliers}. */
export function changePenalty(values: Float64Array, options: ChangePointOptions = {}): number {
  const { longRun } = noiseOf(values)
  const variance = options.variance ?? longRun * longRun
  // Without noise every difference is a change; a penalty of almost nothing still keeps equal values together.
  return (options.penalty ?? BIC * Math.log(values.length)) * Math.max(variance, smallest(values))
}

function pelt(values: Float64Array, penalty: number, shortest: number): number[] {
  const count = values.length
  const cost = segmentCosts(values)
  const best = new Float64Array(count + 1).fill(Infinity)
  const last = new Int32Array(count + 1)
  best[0] = -penalty
  let starts: Start[] = [{ from: 0, dropAt: Infinity }]
  for (let end = shortest; end <= count; end++) {
    starts = starts.filter(({ dropAt }) => dropAt > end)
    for (const start of starts) {
      const total = (best[start.from] as number) + cost(start.from, end)
      if (total + penalty < (best[end] as number)) {
        best[end] = total + penalty
        last[end] = start.from
      }
    }
    // A start that is worse without a penalty than the best with one never wins where `end` itself can be a start.
    for (const start of starts) {
      if (start.dropAt < Infinity) continue
      if ((best[start.from] as number) + cost(start.from, end) > (best[end] as number))
        start.dropAt = end + shortest
    }
    const next = end + 1 - shortest
    if (next >= shortest) starts.push({ from: next, dropAt: Infinity })
  }
  const points: number[] = []
  for (let end = last[count] as number; end > 0; end = last[end] as number) points.unshift(end)
  return points
}

interface Start {
  readonly from: number
  /** From this end on it cannot win. */
  dropAt: number
}

/** The sum of squares around the mean of any range, from running sums; centred first, so that digits are not lost. */
function segmentCosts(values: Float64Array): (from: number, until: number) => number {
  let centre = 0
  for (const value of values) centre += value / values.length
  const sums = new Float64Array(values.length + 1)
  const squares = new Float64Array(values.length + 1)
  for (let index = 0; index < values.length; index++) {
    const value = (values[index] as number) - centre
    sums[index + 1] = (sums[index] as number) + value
    squares[index + 1] = (squares[index] as number) + value * value
  }
  return (from, until) => {
    const sum = (sums[until] as number) - (sums[from] as number)
    return (squares[until] as number) - (squares[from] as number) - (sum * sum) / (until - from)
  }
}

/** A variance that is nothing beside the values, for series without noise. */
function smallest(values: Float64Array): number {
  let size = 0
  for (const value of values) size = Math.max(size, Math.abs(value))
  return size * size * 1e-12 + 1e-300
}
