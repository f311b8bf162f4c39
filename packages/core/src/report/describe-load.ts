import type {
  ClosedLoadPlan,
  ControlPlan,
  LoadPlan,
  ModulationPlan,
  OpenLoadPlan,
  ProcessPlan,
  SliceShift,
  ThinkTimePlan,
  TracePlan,
} from '../arrival/load-plan.ts'
import type { TrialPlan } from '../plan/trial-plan.ts'
import { formatLoad } from './load-value.ts'
import { formatCount, formatNanos, formatNumber, formatRate } from './quantity.ts'

/** A load in words: `poisson 400/s`, `closed loop, 16 users`, `burst of 100 every 1.00 s`. */
export function describeLoad(load: LoadPlan): string {
  switch (load.loop) {
    case 'closed':
      return describeClosed(load)
    case 'stages':
      return load.stages
        .map((stage) => `${describeLoad(stage.load)} for ${formatNanos(stage.duration)}`)
        .join(', then ')
    case 'open':
      return describeOpen(load)
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

function describeClosed(load: ClosedLoadPlan): string {
  const { concurrency, requests, within, cycle, stagger, thinkTime, population, control } = load
  const [first] = population ?? []
  if (control !== undefined) return describeControl(control, 'concurrency') + describeThinkTime(thinkTime)
  const number =
    first === undefined
      ? formatCount(concurrency)
      : `${formatCount(first.users)} to ${formatCount(first.usersEnd)}`
  const until = first?.until ?? null
  return [
    `closed loop, ${number} ${concurrency === 1 ? 'user' : 'users'}`,
    until === null ? '' : ` over ${formatNanos(until)}`,
    requests === null ? '' : `, ${formatCount(requests)} requests`,
    within === undefined ? '' : ` within ${formatNanos(within)}`,
    cycle === undefined ? '' : `, one per ${formatNanos(cycle)}`,
    stagger === undefined ? '' : `, staggered over ${formatNanos(stagger)}`,
    describeThinkTime(thinkTime),
  ].join('')
}

/** `as many users as keep host.cpu.utilization at 0.8, 1 to 64` */
function describeControl(
  { of, target, method, from, most }: ControlPlan,
  vary: 'rate' | 'concurrency',
): string {
  const what = vary === 'rate' ? 'as many per second' : 'closed loop, as many users'
  const how = method === 'steps' ? ', step by step' : ''
  return `${what} as keep ${of} at ${formatNumber(target)}, ${formatNumber(from)} to ${formatLoad(vary, most)}${how}`
}

function describeThinkTime(thinkTime: ThinkTimePlan): string {
  switch (thinkTime.kind) {
    case 'constant':
    case 'exponential':
      return `, ${thinkTime.kind} think time ${formatNanos(thinkTime.mean)}`
    case 'gamma':
    case 'lognormal':
    case 'hyperexponential':
      return `, ${thinkTime.kind} think time ${formatNanos(thinkTime.mean)} (CV ${formatNumber(thinkTime.cv)})`
    case 'weibull':
      return `, weibull think time ${formatNanos(thinkTime.mean)} (shape ${formatNumber(thinkTime.shape)})`
    case 'uniform':
      return `, think time ${formatNanos(thinkTime.low)} to ${formatNanos(thinkTime.high)}`
    case 'response':
      return ', thinking as long as the answer took'
    case 'function':
      return ', own think time'
    default:
      return ''
  }
}

function describeOpen(plan: OpenLoadPlan): string {
  const { process, rate, modulation } = plan
  if (plan.control !== undefined) return `${process.kind} arrivals, ${describeControl(plan.control, 'rate')}`
  const own = describeOwn(process)
  if (own !== undefined) return own
  const rates = rate.flatMap((segment) => [segment.rate, segment.rateEnd])
  const changes = modulation === undefined ? '' : describeModulation(modulation)
  if (rates.length === 0) return process.kind + changes
  const low = Math.min(...rates)
  const high = Math.max(...rates)
  const range = low === high ? formatRate(low) : `${formatRate(low)} to ${formatRate(high)}`
  return `${describeUnitProcess(process)} ${range}${changes}`
}

/** Processes that have their own rates or instants. Results may hold kinds that this version does not know. */
function describeOwn(process: ProcessPlan): string | undefined {
  switch (process.kind) {
    case 'burst': {
      const within = process.within > 0 ? ` within ${formatNanos(process.within)}` : ''
      const after = process.after === undefined ? '' : ` after ${formatNanos(process.after)}`
      const every = process.every === null ? '' : ` every ${formatNanos(process.every)}`
      return `burst of ${formatCount(process.count)}${within}${after}${every}`
    }
    case 'mmpp': {
      const [first, second] = process.rates.map(
        (rate, index) => `${formatRate(rate)} for ${formatNanos(process.dwell[index] as number)}`,
      )
      return `poisson at random ${first} or ${second}`
    }
    case 'selfSimilar':
      return `self-similar ${formatRate(process.rate)} (H ${formatNumber(process.hurst)})`
    case 'superpose':
      return process.parts.map(describeLoad).join(' + ')
    case 'slice': {
      const then = (process.shifts ?? []).map(describeShift)
      return `${describeShare(process.low, process.high)}${then.join('')} of ${describeLoad(process.of)}`
    }
    case 'trace':
      return describeTrace(process)
    default:
      return undefined
  }
}

function describeShift({ from, low, high, until, lowEnd = low, highEnd = high }: SliceShift): string {
  return until === undefined
    ? `, ${describeShare(low, high)} from ${formatNanos(from)}`
    : `, going to ${describeShare(lowEnd, highEnd)} between ${formatNanos(from)} and ${formatNanos(until)}`
}

function describeShare(low: number, high: number): string {
  return `${formatNumber((high - low) * 100)} %`
}

function describeUnitProcess(process: ProcessPlan): string {
  if ('cv' in process) return `${process.kind} (CV ${formatNumber(process.cv)})`
  if ('shape' in process) return `${process.kind} (shape ${formatNumber(process.shape)})`
  return process.kind
}

function describeModulation(modulation: ModulationPlan): string {
  const period =
    modulation.kind === 'sine'
      ? modulation.period
      : modulation.pieces.reduce((sum, piece) => sum + piece.length, 0)
  const shape =
    modulation.kind === 'sine' ? `±${formatNumber(modulation.amplitude * 100)} % as a sine` : 'up and down'
  return ` ${shape} every ${formatNanos(period)}`
}

function describeTrace({ files, source, speed, scale, from, until }: TracePlan): string {
  const [first, ...others] = files
  const name = `${first}${others.length === 0 ? '' : ` and ${others.length} more`}`
  const part =
    until === null
      ? from === 0
        ? ''
        : ` from ${formatNanos(from)} on`
      : ` from ${formatNanos(from)} to ${formatNanos(until)}`
  const faster = speed === 1 ? '' : `, ${formatNumber(speed)} × as fast`
  const more =
    typeof scale === 'number'
      ? scale === 1
        ? ''
        : `, ${formatNumber(scale)} × as many`
      : 'mean' in scale
        ? `, scaled to a mean of ${formatRate(scale.mean)}`
        : `, scaled to a peak of ${formatRate(scale.peak)}`
  return `${source.format === 'arrivals' ? 'replay' : 'trace'} ${name}${part}${faster}${more}`
}
