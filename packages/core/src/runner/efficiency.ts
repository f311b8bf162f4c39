import type { SamplersOutcome } from '../aide/trial-samplers.ts'
import { costOfItems, itemsForBudget, ownPerHour, serverlessPerRequest } from '../metrics/cost/cost.ts'
import { carbonOf, embodiedOver, softwareCarbonIntensity } from '../metrics/energy/carbon.ts'
import { combinePower, crossCheck, CROSS_CHECK_LIMIT } from '../metrics/energy/combine-power.ts'
import { energyPerItem } from '../metrics/energy/energy-per-item.ts'
import type { PowerReading } from '../metrics/energy/power-reading.ts'
import type { CostSettings, TrialSettings } from '../plan/trial-plan.ts'
import { machinesFor } from '../report/analyses/capacity.ts'
import { formatShare } from '../report/quantity.ts'
import type { CostReport, EnergyReport, GaugeSummary, Metrics, VerdictReason } from '../report/result.ts'
import type { Grid, Tariff, Tariffs } from './tariffs.ts'

/** Less than this of the time without load says nothing about it, in seconds. */
const LEAST_IDLE = 0.5
/** Below this share of the measurement the rest may have been anything. */
const LEAST_COVERAGE = 0.9

export interface EfficiencyParts {
  readonly settings: Pick<TrialSettings, 'energy' | 'cost'>
  readonly metrics: Metrics
  /** Seconds. */
  readonly duration: number
  readonly outcome: Pick<SamplersOutcome, 'gauges' | 'power'>
  readonly tariffs: Tariffs
}

export interface Efficiency {
  readonly energy: EnergyReport | null
  readonly cost: CostReport | null
  /** What limits, tables and comparisons can be about: one value per measurement. */
  readonly gauges: Readonly<Record<string, GaugeSummary>>
  readonly notes: readonly VerdictReason[]
}

/** Energy, carbon and cost of a measurement, as far as sources and settings allow. */
export function measureEfficiency(parts: EfficiencyParts): Efficiency {
  const { settings, tariffs } = parts
  const energy = reportEnergy(parts, tariffs.grid(settings.energy))
  const cost = reportCost(parts, tariffs.tariff(settings.cost), energy)
  const coverage = energy?.coverage ?? 0
  return {
    energy,
    cost,
    gauges: {
      ...valueGauge('energy.power', 'W', energy?.power, coverage),
      ...valueGauge('energy.perItem', 'J', energy?.perItem, coverage),
      ...valueGauge('energy.dynamicPerItem', 'J', energy?.dynamicPerItem, coverage),
      ...valueGauge('carbon.perItem', 'g', energy?.carbon?.perItem, coverage),
      ...valueGauge('cost.perMillion', cost?.currency ?? '', cost?.perMillion, 1),
    },
    notes: energy === null ? [] : energyNotes(energy),
  }
}

function reportEnergy(
  { settings, metrics, duration, outcome }: EfficiencyParts,
  grid: Grid | null,
): EnergyReport | null {
  const { measured, idle } = outcome.power
  const combined = combinePower(measured, duration)
  if (combined === null) return null
  const rest = restOf(idle, combined.used)
  const perRequest = metrics.items.perRequest ?? 1
  const items = metrics.items.throughput ?? metrics.throughput
  const energy = energyPerItem({
    duration,
    power: combined.power,
    idlePower: rest?.power ?? null,
    itemsPerSecond: items,
    goodItemsPerSecond: metrics.goodput === null ? null : metrics.goodput * perRequest,
    meanResponse: metrics.responseTime.mean === null ? null : metrics.responseTime.mean / 1e9,
    inFlight: metrics.inFlight.mean,
  })
  const capacity = outcome.gauges['battery.capacity']?.mean ?? null
  return {
    scope: combined.scope,
    includes: combined.includes,
    estimated: combined.estimated,
    power: combined.power,
    coverage: combined.coverage,
    sources: measured.map(({ gauge, device, scope, method, joules, covered }) => ({
      gauge,
      device,
      scope,
      method,
      power: covered > 0 ? joules / covered : null,
      coverage: Math.min(1, covered / duration),
      used: combined.used.some((source) => source.gauge === gauge),
    })),
    crossChecks: crossCheck(measured),
    idle: rest,
    ...energy,
    itemsPerBattery: capacity === null || energy.perItem === null ? null : capacity / energy.perItem,
    carbon:
      grid === null
        ? null
        : reportCarbon(energy.energy, (items ?? 0) * duration, duration, grid, settings.energy),
  }
}

/** Of the same sources, before the load. */
function restOf(idle: readonly PowerReading[], used: readonly PowerReading[]): EnergyReport['idle'] {
  const same = used.map(({ gauge }) => idle.find((reading) => reading.gauge === gauge))
  if (same.some((reading) => reading === undefined || reading.covered < LEAST_IDLE)) return null
  const known = same as readonly PowerReading[]
  return {
    power: known.reduce((sum, { joules, covered }) => sum + joules / covered, 0),
    seconds: Math.min(...known.map(({ covered }) => covered)),
  }
}

function reportCarbon(
  joules: number,
  items: number,
  seconds: number,
  grid: Grid,
  settings: TrialSettings['energy'],
): EnergyReport['carbon'] {
  const total = carbonOf(joules, grid.intensity, grid.pue)
  const made = settings?.embodied ?? null
  const embodied = made === null ? null : embodiedOver(seconds, made)
  return {
    intensity: grid.intensity,
    region: grid.region,
    year: grid.year,
    source: grid.source,
    kind: grid.kind,
    pue: grid.pue,
    perItem: items > 0 ? total / items : null,
    total,
    embodied,
    sci: embodied === null ? null : softwareCarbonIntensity(total, embodied, items),
  }
}

function reportCost(
  { settings, metrics }: EfficiencyParts,
  tariff: Tariff | null,
  energy: EnergyReport | null,
): CostReport | null {
  const cost = settings.cost
  if (tariff === null || cost === undefined) return null
  const perRequest = metrics.items.perRequest ?? 1
  const itemsPerSecond = metrics.goodput === null ? null : metrics.goodput * perRequest
  const common = {
    model: tariff.model,
    currency: tariff.currency,
    nodes: cost.nodes,
    hoursPerMonth: cost.hoursPerMonth,
    itemsPerSecond,
    utilization: cost.utilization,
  }
  if (tariff.model === 'serverless') {
    const seconds = (metrics.serviceTime.mean ?? NaN) / 1e9
    const perMillion = (serverlessPerRequest(tariff.gibibytes, seconds, tariff.price) / perRequest) * 1e6
    const known = Number.isFinite(perMillion) ? perMillion : null
    const amount = cost.budget
    return {
      ...common,
      price: null,
      perHour: null,
      perMonth: null,
      perMillion: known,
      // Nothing is paid for while nothing is asked.
      perMillionUsed: known,
      itemsPerMonth: null,
      budget:
        amount === null
          ? null
          : { amount, targets: null, items: known === null ? null : (amount / known) * 1e6 },
      demand: demandOf(
        cost,
        metrics,
        (requests) =>
          known === null ? null : (known / 1e6) * perRequest * requests * cost.hoursPerMonth * 3600,
        null,
      ),
    }
  }
  const price = tariff.model === 'hourly' ? tariff.price : ownPrice(tariff.own, energy, cost.nodes)
  const perHour = price === null ? null : price.perHour * cost.nodes
  if (perHour === null) {
    const unknown = { perHour, perMonth: null, perMillion: null, perMillionUsed: null, itemsPerMonth: null }
    return { ...common, price, ...unknown, budget: null, demand: null }
  }
  const items = costOfItems({ ...common, perHour })
  const amount = cost.budget
  const affordable =
    amount === null ? null : itemsForBudget(amount, items.perMonth, items.itemsPerMonth ?? NaN)
  return {
    ...common,
    price,
    perHour,
    ...items,
    budget:
      amount === null || affordable === null
        ? null
        : {
            amount,
            targets: affordable.machines,
            items: Number.isNaN(affordable.items) ? null : affordable.items,
          },
    demand: demandOf(cost, metrics, null, items.perMonth),
  }
}

/** Capital over its used life, and the power that was measured unless it is given. */
function ownPrice(
  own: NonNullable<CostSettings['own']>,
  energy: EnergyReport | null,
  nodes: number,
): CostReport['price'] {
  const watts = own.watts ?? (energy === null ? null : energy.power / nodes)
  if (watts === null) return null
  const pue = own.pue ?? energy?.carbon?.pue ?? 1
  return {
    perHour: ownPerHour({ ...own, watts, pue }),
    shape: null,
    provider: null,
    region: null,
    asOf: null,
    source: own.watts === null ? 'the configuration, and the power that was measured' : 'the configuration',
    pricing: 'own',
  }
}

function demandOf(
  { demand, headroom }: CostSettings,
  { goodput }: Metrics,
  pay: ((requests: number) => number | null) | null,
  perMonth: number | null,
): CostReport['demand'] {
  if (demand === null) return null
  if (pay !== null) return { requests: demand, headroom, targets: null, perMonth: pay(demand) }
  const targets = goodput === null || goodput <= 0 ? null : machinesFor(demand, goodput, headroom)
  return {
    requests: demand,
    headroom,
    targets,
    perMonth: targets === null || perMonth === null ? null : targets * perMonth,
  }
}

function energyNotes({ coverage, crossChecks, idle, dynamicPerItem }: EnergyReport): VerdictReason[] {
  const notes: VerdictReason[] = crossChecks
    .filter(({ gap }) => Math.abs(gap) > CROSS_CHECK_LIMIT)
    .map(({ counter, readings, gap }) => ({
      code: 'energy-cross-check',
      severity: 'note',
      message: `The energy by '${readings}' is ${formatShare(Math.abs(gap))} ${gap > 0 ? 'above' : 'below'} that by the counter '${counter}', which is taken.`,
      advice:
        'Measure longer, and not in step with the sensor: some boards sample their power only part of the time.',
    }))
  if (coverage < LEAST_COVERAGE) {
    notes.push({
      code: 'energy-coverage',
      severity: 'note',
      message: `Power was read for ${formatShare(coverage)} of the measurement: its energy is that mean over all of it.`,
      advice: null,
    })
  }
  if (idle !== null && dynamicPerItem !== null && dynamicPerItem < 0) {
    notes.push({
      code: 'energy-idle',
      severity: 'note',
      message:
        'The machine drew less under load than before it: its idle power was not that of a quiet machine.',
      advice: 'Raise `energy.idle`, or let the machine settle first.',
    })
  }
  return notes
}

function valueGauge(
  name: string,
  unit: string,
  value: number | null | undefined,
  coverage: number,
): Readonly<Record<string, GaugeSummary>> {
  if (value === null || value === undefined) return {}
  return { [name]: { unit, device: null, mean: value, min: value, max: value, p95: value, coverage } }
}
