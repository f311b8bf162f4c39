import { MILLISECOND, type Nanos } from '../units/nanos.ts'
import { show } from '../dsl/problems.ts'
import type { Gauge, PowerRole, Sampler } from './sampler.ts'

const DEFAULT_PERIOD: Nanos = 100 * MILLISECOND
const MIN_PERIOD: Nanos = 10 * MILLISECOND
const MOST_GAUGES = 1000
const NAME = /^[A-Za-z][\w.-]{0,99}$/

const SCOPES: readonly unknown[] = ['system', 'accelerator', 'cpu', 'memory'] satisfies PowerRole['scope'][]
const METHODS: readonly unknown[] = [
  'counter',
  'average',
  'instant',
  'estimate',
] satisfies PowerRole['method'][]

/** A gauge with everything decided. */
export type GaugeDescription = Required<Omit<Gauge, 'power'>> & Pick<Gauge, 'power'>

/** What a sampler says about itself, as plain data. */
export interface SamplerDescription {
  readonly gauges: readonly GaugeDescription[]
  readonly period: Nanos
}

/** @throws {TypeError} for what is no sampler: modules are not always written in TypeScript */
export function describeSampler(sampler: Sampler | null | undefined): SamplerDescription {
  if (typeof sampler?.read !== 'function' || !Array.isArray(sampler.gauges)) {
    throw new TypeError('createSampler returned no sampler, which has `gauges` and `read`.')
  }
  const { gauges, period = DEFAULT_PERIOD } = sampler
  if (gauges.length > MOST_GAUGES) {
    throw new TypeError(`${gauges.length} gauges are more than the ${MOST_GAUGES} that a sampler may have.`)
  }
  if (!(Number.isFinite(period) && period >= MIN_PERIOD)) {
    throw new TypeError(`Its period must be at least ${MIN_PERIOD} ns (10 ms), not ${show(period)}.`)
  }
  const described = gauges.map((gauge) => describeGauge({ ...gauge }))
  const names = described.map(({ name }) => name)
  const twice = names.find((name, index) => names.indexOf(name) < index)
  if (twice !== undefined) throw new TypeError(`It names the gauge '${twice}' twice.`)
  return { gauges: described, period }
}

function describeGauge(gauge: Readonly<Record<string, unknown>>): GaugeDescription {
  const { name, unit, device = null, bounds = [-Infinity, Infinity], covers = 'instant', power } = gauge
  if (typeof name !== 'string' || !NAME.test(name)) {
    throw new TypeError(
      `${show(name)} is no name of a gauge: a letter, then letters, digits, dots, dashes and underscores.`,
    )
  }
  if (!isShort(unit, 32) || (device !== null && !isShort(device, 200))) {
    throw new TypeError(`The unit and the device of '${name}' must be short text.`)
  }
  if (!isRange(bounds)) throw new TypeError(`The bounds of '${name}' must be [lowest, highest].`)
  if (covers !== 'instant' && covers !== 'interval') {
    throw new TypeError(`What a value of '${name}' covers must be 'instant' or 'interval'.`)
  }
  const described = { name, unit, device, bounds: [bounds[0], bounds[1]], covers } as const
  return power === undefined ? described : { ...described, power: describePower(name, unit, power) }
}

function describePower(name: string, unit: string, power: unknown): PowerRole {
  const { scope, method } = (power ?? {}) as Readonly<Record<string, unknown>>
  if (unit === 'W' && SCOPES.includes(scope) && METHODS.includes(method))
    return { scope, method } as PowerRole
  throw new TypeError(
    `The power of '${name}' must be in 'W', with a scope (${SCOPES.join(', ')}) and a method (${METHODS.join(', ')}).`,
  )
}

function isShort(text: unknown, most: number): text is string {
  return typeof text === 'string' && text.length <= most
}

function isRange(bounds: unknown): bounds is readonly [number, number] {
  if (!Array.isArray(bounds) || bounds.length !== 2) return false
  const [low, high] = bounds as readonly unknown[]
  return typeof low === 'number' && typeof high === 'number' && low <= high
}
