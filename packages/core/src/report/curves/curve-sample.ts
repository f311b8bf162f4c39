/** Times of one case, counted in buckets that rise: whole nanoseconds from `low` to `last`. */
export interface CurveSample {
  /** In the legend. */
  readonly name: string
  readonly buckets: readonly CurveBucket[]
  /** Requests without a time, which count as longer than all: those that failed. */
  readonly missing?: number
}

export interface CurveBucket {
  readonly low: number
  readonly last: number
  readonly count: number
}

/** Points of a curve at most. */
export const MOST_POINTS = 200
/** Curves in one picture at most. */
export const MOST_CURVES = 12

export function countOf({ buckets }: CurveSample): number {
  return buckets.reduce((sum, { count }) => sum + count, 0)
}

/** The samples that one picture holds, and what to say of the others. */
export function fittingSamples(samples: readonly CurveSample[]): {
  readonly shown: readonly CurveSample[]
  readonly notes: readonly string[]
} {
  const measured = samples.filter((sample) => countOf(sample) > 0)
  const shown = measured.slice(0, MOST_CURVES)
  const empty = samples.length - measured.length
  return {
    shown,
    notes: [
      ...(empty > 0 ? [`${empty} of ${samples.length} cases have no valid times.`] : []),
      ...(shown.length < measured.length
        ? [`Of ${measured.length} cases the first ${shown.length} are drawn.`]
        : []),
    ],
  }
}
