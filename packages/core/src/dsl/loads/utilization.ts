import type { ClosedLoadPlan, ControlPlan, OpenLoadPlan } from '../../arrival/load-plan.ts'
import type { Duration } from '../../units/duration.ts'
import { readChoice, readCount, readDuration, readFields, readPositive, readString } from '../fields.ts'
import { show, type Problems } from '../problems.ts'
import type { ThinkTime } from '../think-time.ts'
import { readArrivals, type ArrivalKind } from './arrivals.ts'
import type { LoadDefinition } from './definition.ts'
import { readRate, steadyRate } from './rate.ts'
import { planThinkTime } from './think-time.ts'

interface ControlOptions {
  /** The gauge of a sampler, such as `host.cpu.utilization` or `server.cpu.cores`. */
  readonly of: string
  /** Where the gauge is to stay, in its unit: 0.8 of a share, 1.5 of `cores`. */
  readonly target: number
  /** How far from the target the mean of the measurement may be, in the gauge's unit. Default 0.02 of a share, else 2.5 % of the target. */
  readonly tolerance?: number
  /** From one decision about the load to the next. Default `'2s'`, and at least three readings of the gauge. */
  readonly period?: Duration
  /** The longest time until the target is held. Default 150 periods. */
  readonly within?: Duration
  /**
   * `'controller'` (the default) learns how the gauge follows the load, goes to where the target should be and corrects;
   * `'steps'` goes one step up in every period until the target is reached.
   */
  readonly method?: 'controller' | 'steps'
}

export interface UtilizationUsersOptions extends ControlOptions {
  /** The users of a closed loop. */
  readonly vary: 'concurrency'
  /** The most users that may ever be there. */
  readonly max: number
  /** Users at first. Default 1. */
  readonly from?: number
  /** With `'steps'`: users in a step. Default 1. */
  readonly step?: number
  /** Pause of a user between a settlement and its next request; none by default. */
  readonly thinkTime?: ThinkTime
}
export interface UtilizationRateOptions extends ControlOptions {
  /** The arrivals per second of an open loop. */
  readonly vary: 'rate'
  /** The highest rate that may ever be offered. */
  readonly max: number
  /** Arrivals per second at first. Default a 64th of `max`. */
  readonly from?: number
  /** With `'steps'`: arrivals per second in a step. Default `from`. */
  readonly step?: number
  /** Default `'poisson'`. */
  readonly arrivals?: ArrivalKind
}
export type UtilizationOptions = UtilizationUsersOptions | UtilizationRateOptions
export type UtilizationLoad = UtilizationOptions & { readonly load: 'utilization' }

/**
 * As much load as keeps a gauge at a target: `utilization({ of: 'host.cpu.utilization', target: 0.8, vary: 'rate', max: 2000 })`.
 * The measurement begins when the target is held; what comes before it belongs to the warm-up.
 */
export function utilization(options: UtilizationOptions): UtilizationLoad {
  return { ...options, load: 'utilization' }
}

const COMMON = [
  'load',
  'of',
  'target',
  'tolerance',
  'period',
  'within',
  'method',
  'vary',
  'max',
  'from',
  'step',
]
const MOST_USERS = 1_000_000
const SHARE_TOLERANCE = 0.02
const RELATIVE_TOLERANCE = 0.025
const FIRST_RATE = 1 / 64
/** Shares are called so, by the conventions of OpenTelemetry: whether a gauge is one is known before it is read. */
const SHARE = /\.(utilization|ratio)$/

export const utilizationLoad: LoadDefinition<OpenLoadPlan | ClosedLoadPlan> = {
  name: 'utilization',
  plan(fields, path, problems) {
    const vary = readChoice(problems, `${path}.vary`, fields['vary'], ['concurrency', 'rate'])
    if (vary === undefined) return undefined
    const own = vary === 'rate' ? 'arrivals' : 'thinkTime'
    readFields(problems, path, fields, [...COMMON, own])
    const readLoad = (name: string): number | undefined =>
      vary === 'rate'
        ? readRate(problems, `${path}.${name}`, fields[name])
        : readCount(problems, `${path}.${name}`, fields[name], { max: MOST_USERS })
    const of = readString(problems, `${path}.of`, fields['of'])
    const target = of === undefined ? undefined : readTarget(problems, `${path}.target`, fields['target'], of)
    const most = readLoad('max')
    const from =
      fields['from'] !== undefined ? readLoad('from') : vary === 'rate' ? (most ?? 0) * FIRST_RATE : 1
    const step = fields['step'] !== undefined ? readLoad('step') : vary === 'rate' ? from : 1
    const tolerance = readTolerance(problems, `${path}.tolerance`, fields['tolerance'], of ?? '', target ?? 1)
    const period = readTime(problems, `${path}.period`, fields['period'])
    const within = readTime(problems, `${path}.within`, fields['within'])
    const method =
      fields['method'] === undefined
        ? 'controller'
        : readChoice(problems, `${path}.method`, fields['method'], ['controller', 'steps'])
    if (fields['step'] !== undefined && method === 'controller')
      problems.error(`${path}.step`, "belongs to method: 'steps'; the controller finds its own.")
    if (from !== undefined && most !== undefined && from > most)
      problems.error(`${path}.from`, `${from} is above \`max\`, ${most}.`)
    const arrivals = readArrivals(problems, `${path}.arrivals`, fields['arrivals'])
    const thinkTime = planThinkTime(problems, `${path}.thinkTime`, fields['thinkTime'])
    if (
      of === undefined ||
      target === undefined ||
      most === undefined ||
      from === undefined ||
      step === undefined ||
      tolerance === undefined ||
      period === undefined ||
      within === undefined ||
      method === undefined ||
      arrivals === undefined ||
      thinkTime === undefined
    )
      return undefined
    const control: ControlPlan = { of, target, tolerance, method, from, most, step, period, within }
    return vary === 'rate'
      ? { loop: 'open', process: arrivals, rate: steadyRate(from), control }
      : { loop: 'closed', concurrency: most, requests: null, thinkTime, control }
  },
}

function readTarget(problems: Problems, path: string, value: unknown, gauge: string): number | undefined {
  if (!SHARE.test(gauge)) return readPositive(problems, path, value, "a value in the gauge's unit, a number")
  if (typeof value === 'number' && value > 0 && value < 1) return value
  const percent =
    typeof value === 'number' && value > 1 && value < 100 ? ` For ${value} % write ${value / 100}.` : ''
  problems.error(
    path,
    `'${gauge}' is a share: expected a number above 0 and below 1, not ${show(value)}.${percent}`,
  )
  return undefined
}

function readTolerance(
  problems: Problems,
  path: string,
  value: unknown,
  gauge: string,
  target: number,
): number | undefined {
  if (value === undefined) return SHARE.test(gauge) ? SHARE_TOLERANCE : RELATIVE_TOLERANCE * target
  const tolerance = readPositive(problems, path, value, "a distance in the gauge's unit, a number")
  if (tolerance === undefined || tolerance < target) return tolerance
  problems.error(path, `${tolerance} allows everything from 0 on; it has to be below the target, ${target}.`)
  return undefined
}

function readTime(problems: Problems, path: string, value: unknown): number | undefined | null {
  return value === undefined ? null : readDuration(problems, path, value, 'positive')
}
