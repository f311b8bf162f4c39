import type { BurstWindow } from '../arrival/bursts.ts'
import { Outcome } from '../engine/outcome.ts'
import type { BurstReport } from '../report/result.ts'
import { rankInterval } from '../stats/interval/order-statistic.ts'
import { nearestRank } from '../stats/quantile/percentile.ts'
import { MICROSECOND, type Nanos } from '../units/nanos.ts'

/** The requests of one stream, in the order of their intended starts. */
export interface BurstSamples {
  readonly count: number
  readonly intended: Float64Array
  readonly dispatched: Float64Array
  readonly completion: Float64Array
  readonly outcome: Float64Array
}

export interface BurstStream {
  readonly name: string
  readonly samples: BurstSamples
  /** On the trial's clock, in their order. */
  readonly bursts: readonly BurstWindow[]
  /** The name of a failed request's failure. */
  failureOf(row: number): string
}

/** Instants are sums of others: equal ones may differ in their last bits. */
const ROUNDING: Nanos = MICROSECOND
/** Background requests whose p95 is looked at: one of them may be above the level. */
const WINDOW = 20
const ALLOWED = 1
/** Fewer requests before the first burst have no p95. */
const LEAST_BEFORE = 20

/** What became of each burst of a trial, and of the other requests around it. */
export function reportBursts(streams: readonly BurstStream[]): readonly BurstReport[] {
  const quiet = streams.filter(({ bursts }) => bursts.length === 0)
  return streams.flatMap((stream) => {
    if (stream.bursts.length === 0) return []
    // Without another stream, what is due outside of the bursts is the background.
    const background = quiet.length > 0 ? responsesOf(quiet) : responsesOf([stream], stream.bursts)
    const level = levelBefore(background, (stream.bursts[0] as BurstWindow).from)
    return stream.bursts.map((burst, index) => ({
      ...outcomesOf(stream, burst),
      background: level && {
        stream: quiet.length > 0 ? quiet.map(({ name }) => name).join('+') : stream.name,
        ...level,
        recovery: recoveryTime(background, burst, stream.bursts[index + 1]?.from ?? Infinity, level.limit),
      },
    }))
  })
}

type Outcomes = Omit<BurstReport, 'background'>

function outcomesOf({ name, samples, failureOf }: BurstStream, { from, until }: BurstWindow): Outcomes {
  const { intended, dispatched, completion, outcome } = samples
  const counts = { due: 0, completed: 0, failed: 0, timedOut: 0, dropped: 0, censored: 0 }
  const failures: Record<string, number> = {}
  let first = Infinity
  let last = -Infinity
  let settled = -Infinity
  for (let row = firstFrom(intended, from - ROUNDING); row < samples.count; row++) {
    if ((intended[row] as number) > until + ROUNDING) break
    counts.due += 1
    const start = dispatched[row] as number
    if (start === start) {
      first = Math.min(first, start)
      last = Math.max(last, start)
    }
    if (outcome[row] !== Outcome.dropped) settled = Math.max(settled, completion[row] as number)
    switch (outcome[row]) {
      case Outcome.completed:
        counts.completed += 1
        break
      case Outcome.failed: {
        counts.failed += 1
        const failure = failureOf(row)
        failures[failure] = (failures[failure] ?? 0) + 1
        break
      }
      case Outcome.timedOut:
        counts.timedOut += 1
        break
      case Outcome.dropped:
        counts.dropped += 1
        break
      default:
        counts.censored += 1
    }
  }
  return {
    stream: name,
    from,
    until,
    counts,
    failures,
    startSpread: last >= first ? last - first : null,
    drain: counts.censored > 0 || settled === -Infinity ? null : Math.max(0, settled - until),
  }
}

interface Responses {
  readonly intended: readonly Nanos[]
  /** Infinity for what was not completed. */
  readonly time: readonly Nanos[]
}

function responsesOf(streams: readonly BurstStream[], without: readonly BurstWindow[] = []): Responses {
  const rows: (readonly [intended: Nanos, time: Nanos])[] = []
  for (const { samples } of streams) {
    let next = 0
    for (let row = 0; row < samples.count; row++) {
      const intended = samples.intended[row] as number
      while (next < without.length && (without[next] as BurstWindow).until + ROUNDING < intended) next += 1
      if (next < without.length && intended >= (without[next] as BurstWindow).from - ROUNDING) continue
      const isCompleted = samples.outcome[row] === Outcome.completed
      rows.push([intended, isCompleted ? (samples.completion[row] as number) - intended : Infinity])
    }
  }
  if (streams.length > 1) rows.sort(([a], [b]) => a - b)
  return { intended: rows.map(([intended]) => intended), time: rows.map(([, time]) => time) }
}

/** The background's p95 before the first burst, and how far it may be off by chance. */
function levelBefore({ intended, time }: Responses, from: Nanos): { p95: Nanos; limit: Nanos } | null {
  const count = firstFrom(intended, from - ROUNDING)
  if (count < LEAST_BEFORE) return null
  const sorted = Float64Array.from(time.slice(0, count)).sort()
  const { high } = rankInterval(95, count)
  const p95 = nearestRank(sorted, 95) as number
  const limit = sorted[(high ?? count) - 1] as number
  return p95 < Infinity && limit < Infinity ? { p95, limit } : null
}

/** From the end of a burst until the p95 of the following background requests is inside its limit; `null` if it never is. */
function recoveryTime(
  { intended, time }: Responses,
  burst: BurstWindow,
  next: Nanos,
  limit: Nanos,
): Nanos | null {
  const start = firstFrom(intended, burst.from - ROUNDING)
  const end = firstFrom(intended, next - ROUNDING)
  let above = 0
  for (let row = start; row < end; row++) {
    if ((time[row] as number) > limit) above += 1
    const first = row - WINDOW + 1
    if (first < start) continue
    const isBack = (time[first] as number) <= limit
    if (isBack && above <= ALLOWED) {
      // Those that never left their level need no time to come back to it.
      return first === start ? 0 : Math.max(0, (intended[first] as number) - burst.until)
    }
    if (!isBack) above -= 1
  }
  return null
}

/** The first row that is due at or after an instant. */
function firstFrom(intended: ArrayLike<number>, instant: Nanos): number {
  let low = 0
  let high = intended.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((intended[middle] as number) < instant) low = middle + 1
    else high = middle
  }
  return low
}
