/** What anybody can compute about a load of a constant interval on a server that freezes for the second half of it. */
export interface View {
  readonly requests: number
  readonly mean: number
  readonly percentile: (percentile: number) => number
}

export interface Freeze {
  /** Between two requests, ms. */
  readonly interval: number
  /** Of an answer, while the server works, ms. */
  readonly service: number
  /** How long it works, and then is frozen, ms. */
  readonly freeze: number
}

/** Every request that was due: half of them are answered at once, the others wait for interval, 2 × interval, … freeze. */
export function everyRequest({ interval, service, freeze }: Freeze): View {
  const half = Math.round(freeze / interval)
  return {
    requests: 2 * half,
    mean: (service + (freeze + interval) / 2) / 2,
    percentile: (percentile) => {
      const rank = nearestRank(percentile, 2 * half)
      return rank <= half ? service : (rank - half) * interval
    },
  }
}

/** What one user sees, who waits for each answer: the freeze is a single slow request. */
export function oneUser({ interval, service, freeze }: Freeze): View {
  const fast = Math.round(freeze / interval)
  return {
    requests: fast + 1,
    mean: (fast * service + freeze) / (fast + 1),
    percentile: (percentile) => (nearestRank(percentile, fast + 1) <= fast ? service : freeze),
  }
}

/** 99.9 % of 20 000 are 19 980, whatever the last digit of a product says. */
function nearestRank(percentile: number, count: number): number {
  return Math.ceil((percentile / 100) * count - 1e-9)
}
