/**
 * A request that asks several servers and needs all of them is as slow as the slowest (Dean and Barroso: The Tail at Scale,
 * CACM 56 (2), 2013). All of it supposes that servers are slow independently of each other.
 */

/** With which probability at least one of `servers` is slow, when each is with the probability `share`. */
export function anyOf(share: number, servers: number): number {
  return -Math.expm1(servers * Math.log1p(-share))
}

/** How sure each of `servers` must be, for all of them to be as sure as `all`. */
export function eachOf(all: number, servers: number): number {
  return Math.exp(Math.log(all) / servers)
}

/**
 * The percentile of one server that is a given percentile of the slowest of several: P(max ≤ x) = F(x)ⁿ.
 * @param percentile in (0, 100)
 */
export function fanOutPercentile(percentile: number, servers: number): number {
  return servers === 1 ? percentile : 100 * eachOf(percentile / 100, servers)
}
