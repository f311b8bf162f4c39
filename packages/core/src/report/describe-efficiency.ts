import { poolGauges, type GaugePart } from './pool-gauges.ts'
import { printable } from './printable.ts'
import { formatNanos, formatQuantity, formatShare } from './quantity.ts'
import type { Trial } from './result.ts'

/** Values of a measurement as a whole that stand among the gauges, and their words in a report. */
const ENERGY: Readonly<Record<string, string>> = {
  'energy.power': '',
  'energy.perItem': ' per item',
  'energy.dynamicPerItem': ' of it dynamic',
  'carbon.perItem': ' CO2e',
}
const COST: Readonly<Record<string, string>> = { 'cost.perMillion': ' per million' }

/** Gauges that have a line of their own. */
export function isEfficiency(gauge: string): boolean {
  return Object.hasOwn(ENERGY, gauge) || Object.hasOwn(COST, gauge)
}

/** `120 W`, `2.41 J per item`, `1.10 J of it dynamic`, `364 µg CO2e`; and what is guessed of it. */
export function describeEnergy(trials: readonly Trial[], parts: readonly GaugePart[]): readonly string[] {
  const drawn = trials.flatMap(({ energy }) => energy ?? [])
  const [first] = drawn
  if (first === undefined) return []
  const of = first.scope === 'system' ? 'whole machine' : `${first.includes.join(' and ')} only`
  const guess = drawn.some(({ estimated }) => estimated) ? ', estimated' : ''
  return [...valuesOf(ENERGY, parts), `(${of}${guess})`].map(printable)
}

/** `1.89 USD per million`, `248 USD per month`. */
export function describeCost(trials: readonly Trial[], parts: readonly GaugePart[]): readonly string[] {
  const cost = trials.find((trial) => trial.cost !== null)?.cost
  if (cost === undefined || cost === null) return []
  const month = cost.perMonth === null ? [] : [`${formatQuantity(cost.perMonth, cost.currency)} per month`]
  return [...valuesOf(COST, parts), ...month].map(printable)
}

/** What reading took: `host 0.74 % of a core, longest 6.67 ms`. */
export function describeSamplers(trials: readonly Trial[]): readonly string[] {
  const reports = Map.groupBy(
    trials.flatMap(({ samplers }) => samplers ?? []),
    ({ kind }) => kind,
  )
  return [...reports].flatMap(([kind, own]) => {
    const time = own.reduce((sum, report) => sum + report.time, 0)
    const span = own.reduce((sum, { period, reads, missed }) => sum + (period ?? 0) * (reads + missed), 0)
    if (span === 0) return []
    const missed = own.reduce((sum, report) => sum + report.missed, 0)
    const longest = Math.max(...own.map((report) => report.longest))
    const facts = [
      `${formatShare(time / span)} of the time`,
      `longest ${formatNanos(longest)}`,
      ...(missed === 0 ? [] : [`${missed} missed`]),
    ]
    return [printable(`${kind} ${facts.join(', ')}`)]
  })
}

function valuesOf(words: Readonly<Record<string, string>>, parts: readonly GaugePart[]): readonly string[] {
  const gauges = poolGauges(parts)
  return Object.entries(words).flatMap(([name, word]) => {
    const gauge = gauges[name]
    return gauge === undefined || gauge.mean === null
      ? []
      : [`${formatQuantity(gauge.mean, gauge.unit)}${word}`]
  })
}
