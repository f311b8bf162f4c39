/**
 * Erlang's C: the probability that an arrival has to wait in M/M/c.
 * By the recursion of Erlang's B, B(k) = a·B(k−1) / (k + a·B(k−1)), which is stable for any number of servers.
 * @param servers c
 * @param load a = λ/μ, offered to all of them; from c on everybody waits
 */
export function erlangC(servers: number, load: number): number {
  if (load >= servers) return 1
  const blocked = erlangB(servers, load)
  return blocked / (1 - (load / servers) * (1 - blocked))
}

/** Erlang's B: the probability that an arrival finds all of `servers` busy, where nobody waits. */
export function erlangB(servers: number, load: number): number {
  let blocked = 1
  for (let server = 1; server <= servers; server++) blocked = (load * blocked) / (server + load * blocked)
  return blocked
}

/** One queue in front of `servers` equal servers with exponential service times; Poisson arrivals. Per second. */
export interface SharedQueue {
  readonly servers: number
  readonly arrivals: number
  readonly services: number
}

/**
 * P(response time > t) in M/M/c, `t` in seconds. With θ = c·μ − λ, a wait is 0 or, with probability C, exponential with
 * rate θ; the response time is that and an independent exponential with rate μ.
 */
export function responseTail({ servers, arrivals, services }: SharedQueue, t: number): number {
  const drift = servers * services - arrivals
  if (drift <= 0) return 1
  const waits = erlangC(servers, arrivals / services)
  const service = Math.exp(-services * t)
  const gap = drift - services
  // Both rates (nearly) equal: the limit, which the quotient would lose to cancellation.
  const both =
    Math.abs(gap) * t < 1e-6 && Math.abs(gap) < 1e-6 * services
      ? (1 + services * t) * service
      : (drift * service - services * Math.exp(-drift * t)) / gap
  return (1 - waits) * service + waits * both
}

/** Mean response time in M/M/c, in seconds; `Infinity` where the queue grows for ever. */
export function meanResponseTime({ servers, arrivals, services }: SharedQueue): number {
  const drift = servers * services - arrivals
  return drift <= 0 ? Infinity : 1 / services + erlangC(servers, arrivals / services) / drift
}
