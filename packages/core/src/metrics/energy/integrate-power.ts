/** Powers with the time that each stands for: `from` to `until`, in ns; NaN where there was no reading. */
export interface PowerSeries {
  readonly rows: number
  from(row: number): number
  until(row: number): number
  value(row: number): number
}

export interface Energy {
  readonly joules: number
  /** Seconds that readings stand for. */
  readonly covered: number
}

/** A gap of more periods than this between two readings is missing, and is not drawn over. */
const MOST_PERIODS = 3

/** Means of the time before each reading (counters, averages of the device): each holds for its own time. */
export function integrateMeans(series: PowerSeries, from: number, until: number): Energy {
  let joules = 0
  let covered = 0
  for (let row = 0; row < series.rows; row++) {
    const seconds = (Math.min(series.until(row), until) - Math.max(series.from(row), from)) / 1e9
    const watts = series.value(row)
    if (!(seconds > 0) || Number.isNaN(watts)) continue
    joules += watts * seconds
    covered += seconds
  }
  return { joules, covered }
}

/** Powers at instants: trapezia between neighbours, cut off at the ends of the stretch. */
export function integrateInstants(series: PowerSeries, from: number, until: number, period: number): Energy {
  let joules = 0
  let covered = 0
  let before = NaN
  let at = NaN
  for (let row = 0; row < series.rows; row++) {
    const watts = series.value(row)
    if (Number.isNaN(watts)) continue
    const now = series.until(row)
    const [left, right] = [Math.max(at, from), Math.min(now, until)]
    if (right > left && now - at <= MOST_PERIODS * period) {
      const slope = (watts - before) / (now - at)
      const middle = before + slope * ((left + right) / 2 - at)
      joules += (middle * (right - left)) / 1e9
      covered += (right - left) / 1e9
    }
    before = watts
    at = now
  }
  return { joules, covered }
}
