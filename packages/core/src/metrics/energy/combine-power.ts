import type { PowerReading } from './power-reading.ts'

/** The parts of a machine in which no part contains another. */
const COMPONENTS = ['accelerator', 'cpu', 'memory'] as const
/** Best first. */
const METHODS: readonly PowerReading['method'][] = ['counter', 'average', 'instant', 'estimate']
/** Above this much two ways to measure one device contradict each other. */
export const CROSS_CHECK_LIMIT = 0.05

/** What was drawn in a stretch of time, and from which readings that is known. */
export interface CombinedPower {
  /** `system`: one or more meters of the whole machine; `components`: the parts of it that were read. */
  readonly scope: 'system' | 'components'
  readonly includes: readonly PowerReading['scope'][]
  /** Whether some of it is a model's guess. */
  readonly estimated: boolean
  /** Mean power, W: of each source over the time that it covers, summed. */
  readonly power: number
  /** The smallest share of the time that one of the sources covers. */
  readonly coverage: number
  readonly used: readonly PowerReading[]
}

/** One device, measured in two ways. */
export interface CrossCheck {
  readonly device: string | null
  readonly counter: string
  readonly readings: string
  /** Energy by readings over energy by the counter, less 1. */
  readonly gap: number
}

/**
 * Adds sources up so that nothing counts twice: a meter of the whole system alone where there is one; otherwise parts, of
 * each device its best source, and estimates only for kinds of parts that nothing measures.
 * @param seconds how long the stretch was
 */
export function combinePower(readings: readonly PowerReading[], seconds: number): CombinedPower | null {
  const known = readings.filter(({ covered }) => covered > 0)
  const measured = known.filter(({ method }) => method !== 'estimate')
  const meters = bestOfDevices(measured.filter(({ scope }) => scope === 'system'))
  const parts = COMPONENTS.flatMap((scope) => {
    const own = bestOfDevices(measured.filter((reading) => reading.scope === scope))
    return own.length > 0 ? own : bestOfDevices(known.filter((reading) => reading.scope === scope))
  })
  const guesses = bestOfDevices(known.filter(({ scope }) => scope === 'system'))
  const used = meters.length > 0 ? meters : parts.length > 0 ? parts : guesses
  if (used.length === 0 || !(seconds > 0)) return null
  return {
    scope: used.some(({ scope }) => scope === 'system') ? 'system' : 'components',
    includes: [...new Set(used.map(({ scope }) => scope))],
    estimated: used.some(({ method }) => method === 'estimate'),
    power: used.reduce((sum, { joules, covered }) => sum + joules / covered, 0),
    coverage: Math.min(1, ...used.map(({ covered }) => covered / seconds)),
    used,
  }
}

/** Devices that have a counter of energy and readings of power as well. */
export function crossCheck(readings: readonly PowerReading[]): readonly CrossCheck[] {
  const known = readings.filter(({ covered }) => covered > 0)
  return known
    .filter(({ method }) => method === 'counter')
    .flatMap((counter) => {
      const other = known.find(
        ({ scope, device, method }) =>
          scope === counter.scope &&
          device === counter.device &&
          (method === 'average' || method === 'instant'),
      )
      const reference = counter.joules / counter.covered
      if (other === undefined || !(reference > 0)) return []
      const gap = other.joules / other.covered / reference - 1
      return [{ device: counter.device, counter: counter.gauge, readings: other.gauge, gap }]
    })
}

function bestOfDevices(readings: readonly PowerReading[]): readonly PowerReading[] {
  const best = new Map<string, PowerReading>()
  for (const reading of readings) {
    const device = reading.device ?? ''
    const known = best.get(device)
    if (known === undefined || rank(reading) < rank(known)) best.set(device, reading)
  }
  return [...best.values()]
}

function rank({ method }: PowerReading): number {
  return METHODS.indexOf(method)
}
