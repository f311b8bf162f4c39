/** From where on a range is shown on a logarithmic axis. */
const WIDE = 8
const MOST = 60

/** Numbers from `low` to `high`, both included, for a curve between them: even on the axis that {@link axisScale} says. */
export function sampleRange(low: number, high: number): readonly number[] {
  if (!(high > low)) return [low]
  const isLog = axisScale([low, high]) === 'log'
  return Array.from({ length: MOST }, (_, index) => {
    const share = index / (MOST - 1)
    if (index === 0) return low
    if (index === MOST - 1) return high
    return isLog ? low * Math.exp(share * Math.log(high / low)) : low + share * (high - low)
  })
}

export function axisScale(values: readonly number[]): 'linear' | 'log' {
  const [low, high] = [Math.min(...values), Math.max(...values)]
  return low > 0 && high / low >= WIDE ? 'log' : 'linear'
}

/** Ends of an axis that show all values; intervals that reach far beyond them are cut off. None for values of 0. */
export function axisEnds(
  values: readonly (number | null)[],
  scale: 'linear' | 'log',
): { readonly from?: number; readonly to?: number } {
  const known = values.filter((value) => value !== null && value > 0) as readonly number[]
  if (known.length === 0) return {}
  const [low, high] = [Math.min(...known), Math.max(...known)]
  return scale === 'log'
    ? { from: roundTo(low / 2), to: roundTo(high * 2) }
    : { from: 0, to: roundTo(high * 1.3) }
}

/** To two digits, so that the end of an axis can be read. */
function roundTo(value: number): number {
  return Number(value.toPrecision(2))
}
