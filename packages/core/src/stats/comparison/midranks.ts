/** Values with their ranks from 1 in the joint order; ties share the mean of their ranks, so ranks are doubled. */
export interface Midranks {
  /** Twice the rank of each value, in the order of the values: integers also where there are ties. */
  readonly doubled: Int32Array
  /** Σ (t³ − t) over groups of t equal values: what ties take from the variance of rank sums. */
  readonly tieTerm: number
}

export function midranks(values: Float64Array): Midranks {
  const order = Array.from(values, (_, index) => index).sort(
    (a, b) => (values[a] as number) - (values[b] as number),
  )
  const doubled = new Int32Array(values.length)
  let tieTerm = 0
  let from = 0
  while (from < order.length) {
    const value = values[order[from] as number] as number
    let until = from + 1
    while (until < order.length && values[order[until] as number] === value) until += 1
    const size = until - from
    // Ranks from + 1 … until: twice their mean.
    for (let place = from; place < until; place++) doubled[order[place] as number] = from + until + 1
    tieTerm += size * size * size - size
    from = until
  }
  return { doubled, tieTerm }
}
