import { meanResponseTime, responseTail, type SharedQueue } from './erlang.ts'

/** A limit on the response time: of a percentile in (0, 100), or of the mean; in seconds. */
export interface ResponseLimit {
  readonly percentile: number | null
  readonly seconds: number
}

/** More machines than this are not searched for. */
export const MOST_SERVERS = 100_000

/**
 * The rate at which one machine serves, as if it were M/M/1 and `capacity` the highest rate at which all limits hold:
 * the response time is then exponential with rate μ − λ, so μ = λ − ln(1 − p) / limit, or λ + 1 / limit for a mean.
 */
export function serviceRateOf(capacity: number, limits: readonly ResponseLimit[]): number {
  return Math.max(
    ...limits.map(
      ({ percentile, seconds }) =>
        capacity + (percentile === null ? 1 : -Math.log1p(-percentile / 100)) / seconds,
    ),
  )
}

/** The highest rate at which `servers` machines of that service rate behind one queue keep all limits. */
export function sharedCapacity(servers: number, services: number, limits: readonly ResponseLimit[]): number {
  let low = 0
  let high = servers * services
  if (!holds({ servers, arrivals: 0, services }, limits)) return 0
  for (let round = 0; round < 60 && high - low > 1e-9 * high; round++) {
    const middle = (low + high) / 2
    if (holds({ servers, arrivals: middle, services }, limits)) low = middle
    else high = middle
  }
  return low
}

/** The fewest machines behind one queue that keep all limits at a rate; `null` when 100 000 do not. */
export function sharedServers(
  rate: number,
  services: number,
  limits: readonly ResponseLimit[],
): number | null {
  let low = Math.floor(rate / services)
  let step = 1
  while (!holds({ servers: low + step, arrivals: rate, services }, limits)) {
    low += step
    step *= 2
    if (low >= MOST_SERVERS) return null
  }
  let high = low + step
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (holds({ servers: middle, arrivals: rate, services }, limits)) high = middle
    else low = middle
  }
  return high <= MOST_SERVERS ? high : null
}

function holds(queue: SharedQueue, limits: readonly ResponseLimit[]): boolean {
  return limits.every(({ percentile, seconds }) =>
    percentile === null
      ? meanResponseTime(queue) <= seconds
      : responseTail(queue, seconds) <= (1 - percentile / 100) * (1 + 1e-9),
  )
}
