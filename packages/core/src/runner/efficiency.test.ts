import { describe, expect, it } from 'vitest'
import { trialFixture } from '../../test/result-fixture.ts'
import { DEFAULT_SETTINGS } from '../config/defaults.ts'
import type { PowerReading } from '../metrics/energy/power-reading.ts'
import type { CostSettings, EnergySettings } from '../plan/trial-plan.ts'
import type { Metrics } from '../report/result.ts'
import { measureEfficiency, type Efficiency } from './efficiency.ts'
import { Tariffs } from './tariffs.ts'

const SECONDS = 10
const tariffs = new Tariffs('/')

function metrics(throughput: number, goodput = throughput, perRequest = 1): Metrics {
  const { ...base } = trialFixture()
  return {
    ...base,
    throughput,
    goodput,
    items: { perRequest, throughput: throughput * perRequest },
    responseTime: { ...base.responseTime, mean: 80e6 },
    serviceTime: { ...base.serviceTime, mean: 100e6 },
    inFlight: { mean: 4, max: 5 },
  }
}

const reading = (gauge: string, watts: number, more: Partial<PowerReading> = {}): PowerReading => ({
  gauge,
  device: null,
  scope: 'system',
  method: 'average',
  joules: watts * (more.covered ?? SECONDS),
  covered: SECONDS,
  ...more,
})

function measure(
  measured: readonly PowerReading[],
  {
    idle = [],
    of = metrics(50),
    energy = {},
    cost = {},
    gauges = {},
  }: {
    idle?: readonly PowerReading[]
    of?: Metrics
    energy?: Partial<EnergySettings>
    cost?: Partial<CostSettings>
    gauges?: Efficiency['gauges']
  } = {},
): Efficiency {
  return measureEfficiency({
    settings: {
      energy: { ...(DEFAULT_SETTINGS.energy as EnergySettings), ...energy },
      cost: { ...(DEFAULT_SETTINGS.cost as CostSettings), ...cost },
    },
    metrics: of,
    duration: SECONDS,
    outcome: { gauges, power: { measured, idle } },
    tariffs,
  })
}

describe('energy', () => {
  it('is unknown without a source, and is no zero', () => {
    const { energy, cost, gauges, notes } = measure([])
    expect([energy, cost, gauges, notes]).toEqual([null, null, {}, []])
  })

  it('is that of the sources over the items', () => {
    const { energy, gauges, notes } = measure([reading('meter.power', 300)], {
      idle: [reading('meter.power', 100, { covered: 5 })],
      energy: { region: 'US' },
    })
    expect(energy).toMatchObject({
      scope: 'system',
      power: 300,
      energy: 3000,
      coverage: 1,
      idle: { power: 100, seconds: 5 },
      perItem: 6,
      dynamicPerItem: 4,
      powerTimesResponse: 24,
      inFlight: 4,
      carbon: { intensity: 384, region: 'US', year: 2024, pue: 1.58 },
    })
    // 6 J at 384 g/kWh and 1.58.
    expect(energy?.carbon?.perItem).toBeCloseTo((6 * 384 * 1.58) / 3.6e6, 12)
    expect(gauges['energy.perItem']).toEqual({
      unit: 'J',
      device: null,
      mean: 6,
      min: 6,
      max: 6,
      p95: 6,
      coverage: 1,
    })
    expect(Object.keys(gauges)).toEqual([
      'energy.power',
      'energy.perItem',
      'energy.dynamicPerItem',
      'carbon.perItem',
    ])
    expect(notes).toEqual([])
  })

  it('of batches is per item, and of what was good as well', () => {
    const { energy } = measure([reading('meter.power', 300)], { of: metrics(50, 25, 8) })
    expect(energy?.perItem).toBe(0.75)
    expect(energy?.perGoodItem).toBe(1.5)
  })

  it('without its own idle power has no dynamic part', () => {
    const other = measure([reading('meter.power', 300)], { idle: [reading('battery.power', 100)] })
    expect(other.energy?.idle).toBeNull()
    const brief = measure([reading('meter.power', 300)], {
      idle: [reading('meter.power', 100, { covered: 0.03 })],
    })
    expect(brief.energy?.dynamicPerItem).toBeNull()
  })

  it('that two sensors see differently is told, and so are gaps', () => {
    const { energy, notes } = measure([
      reading('gpu0.power', 330, { device: 'GPU-0', scope: 'accelerator', method: 'instant' }),
      reading('gpu0.power.counter', 300, {
        device: 'GPU-0',
        scope: 'accelerator',
        method: 'counter',
        covered: 5,
      }),
    ])
    expect(energy).toMatchObject({ scope: 'components', power: 300, energy: 3000, coverage: 0.5 })
    expect(energy?.sources.map(({ gauge, used, coverage }) => [gauge, used, coverage])).toEqual([
      ['gpu0.power', false, 1],
      ['gpu0.power.counter', true, 0.5],
    ])
    expect(notes.map(({ code }) => code)).toEqual(['energy-cross-check', 'energy-coverage'])
    expect(notes[0]?.message).toContain("'gpu0.power' is 10 % above")
  })

  it('below that of a quiet machine is told', () => {
    const { notes } = measure([reading('meter.power', 90)], { idle: [reading('meter.power', 100)] })
    expect(notes.map(({ code }) => code)).toEqual(['energy-idle'])
  })

  it('tells how many items a battery lasts for, and the carbon of making the machine', () => {
    const capacity = { unit: 'J', device: null, mean: 180_000, min: 0, max: 0, p95: 0, coverage: 1 }
    const { energy } = measure([reading('battery.power', 15)], {
      gauges: { 'battery.capacity': capacity },
      energy: { embodied: { kilograms: 300, years: 5, share: 1 } },
    })
    expect(energy?.itemsPerBattery).toBe(180_000 / 0.3)
    const made = (300_000 * SECONDS) / (5 * 365.25 * 24 * 3600)
    expect(energy?.carbon?.embodied).toBeCloseTo(made, 12)
    expect(energy?.carbon?.sci).toBeCloseTo(((energy?.carbon?.total ?? 0) + made) / 500, 12)
  })
})

describe('cost', () => {
  it('of a machine is its price over what it does inside the SLO', () => {
    const { cost, gauges } = measure([], {
      of: metrics(120, 100),
      cost: { prices: 'aws', shape: 'g4dn.xlarge', utilization: 0.5 },
    })
    expect(cost).toMatchObject({
      model: 'hourly',
      nodes: 1,
      perHour: 0.526,
      itemsPerSecond: 100,
      budget: null,
    })
    expect(cost?.perMillion).toBeCloseTo(1.461111, 6)
    expect(cost?.perMillionUsed).toBeCloseTo(2.922222, 6)
    expect(cost?.perMonth).toBeCloseTo(383.98, 9)
    expect(gauges['cost.perMillion']).toMatchObject({ unit: 'USD', coverage: 1 })
  })

  it('of nodes, a budget and a demand', () => {
    const { cost } = measure([], {
      of: metrics(100),
      cost: { price: 1, nodes: 2, hoursPerMonth: 100, budget: 500, demand: 1000, headroom: 0.3 },
    })
    expect(cost?.perMonth).toBe(200)
    expect(cost?.budget).toEqual({ amount: 500, targets: 2, items: 2 * 100 * 100 * 3600 })
    // ⌈1000 / 70⌉
    expect(cost?.demand).toEqual({ requests: 1000, headroom: 0.3, targets: 15, perMonth: 3000 })
  })

  it('without machines is by memory and time', () => {
    const { cost } = measure([], {
      cost: { prices: 'aws', serverless: { service: 'lambda', memory: 2 ** 31 }, budget: 100, demand: 1 },
    })
    // 2 GiB for 100 ms.
    expect(cost?.perMillion).toBeCloseTo(3.53334, 5)
    expect(cost?.perHour).toBeNull()
    expect(cost?.budget?.items).toBeCloseTo(100e6 / 3.53334, -3)
    expect(cost?.demand?.perMonth).toBeCloseTo((3.53334 / 1e6) * 730 * 3600, 6)
  })

  it('of own machines uses the power that was measured', () => {
    const own = { price: 26_280, years: 3, perKWh: 0.2, watts: null, pue: 1.5, utilization: 0.5 }
    expect(measure([reading('meter.power', 500)], { cost: { own } }).cost?.perHour).toBeCloseTo(2.15, 9)
    expect(measure([], { cost: { own } }).cost).toMatchObject({ perHour: null, perMillion: null })
    expect(measure([], { cost: { own: { ...own, watts: 500 } } }).cost?.perHour).toBeCloseTo(2.15, 9)
  })

  it('of nothing that was good is unknown', () => {
    const { cost, gauges } = measure([], { of: metrics(100, 0), cost: { price: 1, demand: 5 } })
    expect(cost).toMatchObject({ perMillion: null, demand: { targets: null } })
    expect(gauges).toEqual({})
  })
})
