/** What a measurement did, and what power it took. */
export interface EnergyFacts {
  /** Seconds. */
  readonly duration: number
  /** Mean power, W. */
  readonly power: number
  /** Of the same machine without load; `null` when it was not measured. */
  readonly idlePower: number | null
  /** Completed per second in the same time; correct and in time per second. */
  readonly itemsPerSecond: number | null
  readonly goodItemsPerSecond: number | null
  /** Mean response time of a request, seconds. */
  readonly meanResponse: number | null
  /** Mean requests in flight. */
  readonly inFlight: number | null
}

export interface EnergyPerItem {
  /** Of the whole measurement, J. */
  readonly energy: number
  /** Gross: all energy over all completed items, J. Failed requests' energy is charged to the completed ones. */
  readonly perItem: number | null
  /** Without what the machine draws anyway: (E − P_idle·T) / n. */
  readonly dynamicPerItem: number | null
  /** The same energy over the items that were correct and in time. */
  readonly perGoodItem: number | null
  readonly itemsPerJoule: number | null
  /** Energy per item times mean response time, J·s. */
  readonly energyDelay: number | null
  /** mWh per 1000 items, as batteries are compared. */
  readonly milliwattHoursPer1000: number | null
  /** Mean power times mean response time: an item's energy only with one request in flight. */
  readonly powerTimesResponse: number | null
  /** What that is too large by: `powerTimesResponse` = `perItem` × items per request × requests in flight. */
  readonly inFlight: number | null
}

/** Energy per item: gross E/n, dynamic (E − P_idle·T)/n. */
export function energyPerItem(facts: EnergyFacts): EnergyPerItem {
  const { duration, power, idlePower, meanResponse } = facts
  const perItem = quotient(power, facts.itemsPerSecond)
  return {
    energy: power * duration,
    perItem,
    dynamicPerItem: idlePower === null ? null : quotient(power - idlePower, facts.itemsPerSecond),
    perGoodItem: quotient(power, facts.goodItemsPerSecond),
    itemsPerJoule: quotient(facts.itemsPerSecond, power),
    energyDelay: perItem === null || meanResponse === null ? null : perItem * meanResponse,
    milliwattHoursPer1000: perItem === null ? null : (perItem * 1000) / 3.6,
    powerTimesResponse: meanResponse === null ? null : power * meanResponse,
    inFlight: facts.inFlight,
  }
}

export interface MarginalFit {
  /** Joules that one more item takes: the slope of P = P0 + E·X. */
  readonly perItem: number
  /** Power at no load, W: the intercept. */
  readonly base: number
  /** Share of the variance that the line explains. */
  readonly fit: number
}

/** Least squares of power over throughput; `null` for fewer than three loads, or loads that do not differ. */
export function fitMarginal(
  loads: readonly { readonly itemsPerSecond: number; readonly power: number }[],
): MarginalFit | null {
  if (loads.length < 3) return null
  const meanX = mean(loads.map(({ itemsPerSecond }) => itemsPerSecond))
  const meanY = mean(loads.map(({ power }) => power))
  const sum = (value: (dx: number, dy: number) => number): number =>
    loads.reduce((all, { itemsPerSecond, power }) => all + value(itemsPerSecond - meanX, power - meanY), 0)
  const xx = sum((dx) => dx * dx)
  const yy = sum((_, dy) => dy * dy)
  const xy = sum((dx, dy) => dx * dy)
  if (!(xx > 1e-9 * meanX * meanX)) return null
  const perItem = xy / xx
  return { perItem, base: meanY - perItem * meanX, fit: yy > 0 ? (xy * xy) / (xx * yy) : 1 }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function quotient(value: number | null, by: number | null): number | null {
  return value === null || by === null || !(by > 0) ? null : value / by
}
