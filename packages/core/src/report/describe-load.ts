import type { LoadPlan, RateSegment, ThinkTimePlan } from '../arrival/load-plan.ts'
import type { TrialPlan } from '../plan/trial-plan.ts'
import { formatCount, formatNanos, formatRate } from './quantity.ts'

/** A load in words: `poisson 400/s`, `closed loop, 16 users`, `burst of 100 every 1.00 s`. */
export function describeLoad(load: LoadPlan): string {
  switch (load.loop) {
    case 'closed':
      return describeClosed(load.concurrency, load.requests, load.thinkTime)
    case 'stages':
      return load.stages
        .map((stage) => `${describeLoad(stage.load)} for ${formatNanos(stage.duration)}`)
        .join(', then ')
    case 'open':
      return describeOpen(load.process, load.rate)
  }
}

/** The loads of all streams of a trial. */
export function describeLoads(plan: TrialPlan): string {
  const streams = Object.entries(plan.streams)
  return streams
    .map(([name, stream]) =>
      streams.length === 1 ? describeLoad(stream.load) : `${name}: ${describeLoad(stream.load)}`,
    )
    .join('; ')
}

function describeClosed(concurrency: number, requests: number | null, thinkTime: ThinkTimePlan): string {
  const users = `closed loop, ${formatCount(concurrency)} ${concurrency === 1 ? 'user' : 'users'}`
  const fixed = requests === null ? '' : `, ${formatCount(requests)} requests`
  return users + fixed + describeThinkTime(thinkTime)
}

function describeThinkTime(thinkTime: ThinkTimePlan): string {
  switch (thinkTime.kind) {
    case 'constant':
    case 'exponential':
      return `, ${thinkTime.kind} think time ${formatNanos(thinkTime.mean)}`
    case 'uniform':
      return `, think time ${formatNanos(thinkTime.low)} to ${formatNanos(thinkTime.high)}`
    case 'function':
      return ', own think time'
    default:
      return ''
  }
}

function describeOpen(process: { readonly kind: string }, rate: readonly RateSegment[]): string {
  if (isBurst(process)) {
    const within = process.within > 0 ? ` within ${formatNanos(process.within)}` : ''
    const every = process.every === null ? '' : ` every ${formatNanos(process.every)}`
    return `burst of ${formatCount(process.count)}${within}${every}`
  }
  const [first] = rate
  if (first === undefined) return process.kind
  const rates = rate.flatMap((segment) => [segment.rate, segment.rateEnd])
  const low = Math.min(...rates)
  const high = Math.max(...rates)
  return `${process.kind} ${low === high ? formatRate(low) : `${formatRate(low)} to ${formatRate(high)}`}`
}

/** Results may hold processes that this version does not know. */
function isBurst(process: { readonly kind: string }): process is {
  readonly kind: 'burst'
  readonly count: number
  readonly within: number
  readonly every: number | null
} {
  return process.kind === 'burst' && 'count' in process
}
