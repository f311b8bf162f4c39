import type { Nanos } from '../units/nanos.ts'
import type { LoadPlan, OpenLoadPlan, RateSegment } from './load-plan.ts'

/** When a load has a burst, from the start of the measurement: the first and the last instant at which it is due. */
export interface BurstWindow {
  readonly from: Nanos
  readonly until: Nanos
}

/** A load that repeats its burst more often is told of this many. */
const MOST_BURSTS = 1000

/** The bursts of a load, and the spikes on a plateau of its rate, that begin before `end`. */
export function burstsOf(load: LoadPlan, end: Nanos): readonly BurstWindow[] {
  return burstsFrom(load, 0, end)
    .sort((a, b) => a.from - b.from)
    .slice(0, MOST_BURSTS)
}

function burstsFrom(load: LoadPlan, start: Nanos, end: Nanos): BurstWindow[] {
  if (load.loop === 'closed') return []
  if (load.loop === 'open') return burstsOfOpen(load, start, end)
  let from = start
  return load.stages.flatMap((stage) => {
    const stageStart = from
    from += stage.duration
    return burstsFrom(stage.load, stageStart, Math.min(end, from))
  })
}

function burstsOfOpen({ process, rate }: OpenLoadPlan, start: Nanos, end: Nanos): BurstWindow[] {
  switch (process.kind) {
    case 'burst': {
      const { after = 0, every, within } = process
      const found: BurstWindow[] = []
      for (let from = start + after; from < end && found.length < MOST_BURSTS; from += every) {
        found.push({ from, until: from + within })
        if (every === null) break
      }
      return found
    }
    case 'superpose':
      return process.parts.flatMap((part) => burstsOfOpen(part, start, end))
    case 'slice':
      return burstsOfOpen(process.of, start, end)
    default:
      return spikes(rate).flatMap(({ from, until }) =>
        start + from < end ? [{ from: start + from, until: Math.min(end, start + until) }] : [],
      )
  }
}

/** A constant rate above the equal ones before and behind it. */
function spikes(rate: readonly RateSegment[]): readonly BurstWindow[] {
  return rate.flatMap((segment, index) => {
    const before = rate[index - 1]
    const behind = rate[index + 1]
    const { from, until } = segment
    const isSpike =
      before !== undefined &&
      behind !== undefined &&
      until !== null &&
      segment.rate === segment.rateEnd &&
      before.rateEnd === behind.rate &&
      segment.rate > behind.rate
    return isSpike ? [{ from, until }] : []
  })
}
