import { expect, it } from 'vitest'
import { resultFixture, trialFixture } from '../../../test/result-fixture.ts'
import { groupByCase, poolCase } from '../pool.ts'
import type { CostReport, EnergyReport, RunResult, Trial } from '../result.ts'
import { analyseEfficiency } from './efficiency.ts'

function energy(power: number, itemsPerSecond: number): EnergyReport {
  const perItem = power / itemsPerSecond
  return {
    scope: 'components',
    includes: ['accelerator'],
    estimated: false,
    power,
    energy: power * 10,
    coverage: 1,
    sources: [
      {
        gauge: 'gpu0.power.counter',
        device: 'GPU-0',
        scope: 'accelerator',
        method: 'counter',
        power,
        coverage: 1,
        used: true,
      },
    ],
    crossChecks: [],
    idle: null,
    perItem,
    dynamicPerItem: null,
    perGoodItem: perItem,
    itemsPerJoule: 1 / perItem,
    energyDelay: null,
    milliwattHoursPer1000: null,
    powerTimesResponse: null,
    inFlight: null,
    itemsPerBattery: null,
    carbon: {
      intensity: 384,
      region: 'US',
      year: 2024,
      source: 'Ember',
      kind: 'average',
      pue: 1.5,
      perItem: perItem / 10_000,
      total: (power * 10) / 10_000,
      embodied: null,
      sci: null,
    },
  }
}

function cost(perMillion: number): CostReport {
  return {
    model: 'hourly',
    currency: 'USD',
    nodes: 2,
    price: {
      perHour: 1,
      shape: 'e2-standard-4',
      provider: 'gcp',
      region: 'us-central1',
      asOf: '2024-12-01',
      source: 'https://example.org',
      pricing: 'on-demand',
    },
    perHour: 2,
    perMonth: 1460,
    hoursPerMonth: 730,
    itemsPerSecond: 100,
    perMillion,
    utilization: 0.5,
    perMillionUsed: 2 * perMillion,
    itemsPerMonth: 1e6,
    budget: { amount: 3000, targets: 2, items: 6e6 / perMillion },
    demand: { requests: 1000, headroom: 0.3, targets: 15, perMonth: 21_900 },
  }
}

function resultOf(trials: readonly Trial[]): RunResult {
  return resultFixture(trials, groupByCase(trials).map(poolCase))
}

function cells(result: RunResult, name: string): readonly unknown[] {
  const table = analyseEfficiency(result).find(({ columns }) =>
    columns.some((column) => column.name === name),
  )
  const index = table?.columns.findIndex((column) => column.name === name) ?? -1
  return table?.rows.map((row) => row[index]) ?? []
}

it('is no table where nothing was measured', () => {
  expect(analyseEfficiency(resultOf([trialFixture()]))).toEqual([])
})

it('pools repeats by what they did, and finds what one more item takes', () => {
  const loads = [
    [10, 140],
    [20, 180],
    [40, 260],
  ] as const
  const trials = loads.flatMap(([rate, power], index) =>
    [0, 1].map((repeat) => ({
      ...trialFixture({
        case: { rate },
        repeat,
        latencies: Array.from({ length: 100 }, () => 1e6 * (3 - index)),
      }),
      // The second repeat does twice the work at the same energy.
      energy: energy(power, rate * (repeat === 0 ? 1 : 2)),
    })),
  )
  const result = resultOf(trials)
  const perItem = cells(result, 'per item') as number[]
  expect(perItem[0]).toBeCloseTo((2 * 140) / 30, 9)
  expect(cells(result, 'carbon')[0]).toBeCloseTo((2 * 140) / 30 / 10_000, 12)
  const [table] = analyseEfficiency(result)
  expect(table?.title).toBe('Energy and carbon')
  expect(table?.notes.join('\n')).toContain('one more item takes 2.67 J, beside 100 W')
  expect(table?.notes.join('\n')).toContain('accelerator alone')
  expect(table?.notes.join('\n')).toContain('384 g CO2e/kWh (US, average, 2024, Ember), PUE 1.50')
})

it('marks what nothing else beats', () => {
  const trials = [
    ['slow and cheap', 5e6, 1],
    ['fast and dear', 1e6, 3],
    ['slow and dear', 6e6, 4],
  ].map(([name, latency, perMillion]) => ({
    ...trialFixture({
      case: { shape: name as string },
      latencies: Array.from({ length: 100 }, () => latency as number),
    }),
    cost: cost(perMillion as number),
  }))
  const result = resultOf(trials)
  expect(cells(result, 'best')).toEqual(['yes', 'yes', ''])
  expect(cells(result, 'nodes')[0]).toBe('2 × e2-standard-4')
  expect(cells(result, 'targets')[0]).toBe(15)
  const [table] = analyseEfficiency(result)
  expect(table?.title).toBe('Cost')
  expect(table?.columns.map(({ name }) => name)).not.toContain('power')
  expect(table?.notes).toEqual([
    'Prices: gcp, us-central1, on-demand, as of 2024-12-01, https://example.org.',
    expect.stringMatching(
      /^Items per month for 3000 USD, in whole targets: 1\. .*shape=slow and cheap \(6\D000\D000\), 2\. .*fast and dear/,
    ),
    'A month has 730 hours. Cost per million is at the throughput inside the SLO that was measured, with nothing idle. At 50 % of that throughput an item costs 2.00 times as much.',
  ])
})
