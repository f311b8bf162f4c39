import { normalQuantile } from '../special/normal.ts'
import { studentTQuantile } from '../special/student-t.ts'

/** How scores of two configurations differ over rounds in which both were measured. */
export interface PairedDifference {
  /** Mean of one − other. */
  readonly mean: number
  /** At the confidence that was asked for. */
  readonly interval: readonly [low: number, high: number]
  readonly rounds: number
}

export interface Judgement {
  /** Index of the configuration whose mean score is highest; `null` when none was measured in two rounds. */
  readonly best: number | null
  /** Those that are not certainly worse than it, itself included, and those of which too little is known. */
  readonly tied: readonly number[]
  /** Of the best against every other one. */
  readonly differences: readonly (PairedDifference | null)[]
}

/**
 * Which of several configurations is best, by scores of rounds in which all of them were measured one after the other: a
 * drift of the machine hits all of a round alike, and pairs leave it out. The best wins against another when Student's
 * interval of the mean difference is above 0; the confidence is shared by all pairs (Bonferroni), since which one is best is
 * chosen by the same numbers.
 * @param scores by configuration, by round; `null` where a round has none
 * @param repeated standard error of the difference of two configurations that all rounds share, and thus do not show
 */
export function judgeLeaders(
  scores: readonly (readonly (number | null)[])[],
  confidence: number,
  repeated: (one: number, other: number) => number = () => 0,
): Judgement {
  const known = scores.map((rounds) => rounds.filter((score) => score !== null))
  const means = known.map((rounds) =>
    rounds.length < 2 ? null : rounds.reduce((sum, score) => sum + score, 0) / rounds.length,
  )
  let best: number | null = null
  for (const [index, mean] of means.entries()) {
    if (mean !== null && (best === null || mean > (means[best] as number))) best = index
  }
  if (best === null) return { best: null, tied: [], differences: scores.map(() => null) }
  const pairs = Math.max(1, (scores.length * (scores.length - 1)) / 2)
  const level = 1 - (1 - confidence) / pairs
  const leader = best
  const own = scores[leader] as readonly (number | null)[]
  const differences = scores.map((other, index) =>
    index === leader ? null : pairedDifference(own, other, level, repeated(leader, index)),
  )
  const tied = differences.flatMap((difference, index) =>
    index === best || difference === null || difference.interval[0] <= 0 ? [index] : [],
  )
  return { best, tied, differences }
}

/**
 * `null` with fewer than two rounds that both took part in.
 * @param repeated standard error of the difference that all rounds share: more rounds do not make it smaller
 */
export function pairedDifference(
  one: readonly (number | null)[],
  other: readonly (number | null)[],
  confidence: number,
  repeated: number = 0,
): PairedDifference | null {
  const differences = one.flatMap((score, round) => {
    const against = other[round] ?? null
    return score === null || against === null ? [] : [score - against]
  })
  const rounds = differences.length
  if (rounds < 2) return null
  const mean = differences.reduce((sum, value) => sum + value, 0) / rounds
  const squares = differences.reduce((sum, value) => sum + (value - mean) * (value - mean), 0)
  const seen = studentTQuantile(0.5 + confidence / 2, rounds - 1) * Math.sqrt(squares / (rounds - 1) / rounds)
  const half = Math.hypot(seen, normalQuantile(0.5 + confidence / 2) * repeated)
  return { mean, interval: [mean - half, mean + half], rounds }
}
