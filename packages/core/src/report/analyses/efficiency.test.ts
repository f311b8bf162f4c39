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
    'A month has 730 hours. Cost per million is at the throughput inside the SLO that was measured, with nothing idle. At 50 % of that throughput an item costs 2.00 times as much.',
  ])
})

it('says by which case another one is beaten, and in which places a budget puts them', () => {
  const trials = [
    ['slow and cheap', 5e6, 1],
    ['fast and dear', 1e6, 3],
    ['slow and dear', 6e6, 4],
  ].map(([name, latency, perMillion]) => ({
    ...trialFixture({
      case: { shape: name as string },
      latencies: Array.from({ length: 1000 }, () => latency as number),
    }),
    cost: cost(perMillion as number),
  }))
  const tables = analyseEfficiency(resultOf(trials))
  const table = tables.find(({ name }) => name === 'pareto')
  const column = (name: string): readonly unknown[] =>
    table?.rows.map((row) => row[table.columns.findIndex((one) => one.name === name)]) ?? []
  expect(column('beaten by')).toEqual(['nothing', 'nothing', 'shape=slow and cheap and 1 more'])
  expect(column('place')).toEqual([1, 2, 3])
  expect(table?.notes).toEqual([
    '2 of 3 cases are beaten by nothing: what intervals leave open is a tie.',
    expect.stringMatching(
      /^Items per month for 3000 USD, in whole targets: 1\. .*shape=slow and cheap \(6\D000\D000\), 2\. .*fast and dear/,
    ),
  ])
  const picture = tables.find(({ name }) => name === 'pareto-plot')
  expect(picture?.plots?.map(({ name }) => name)).toEqual(['pareto-goodput', 'pareto-per-million'])
  // In the order of p99.
  expect(picture?.rows.map(([name, beaten]) => [name, beaten])).toEqual([
    ['shape=fast and dear', 'by nothing'],
    ['shape=slow and cheap', 'by nothing'],
    ['shape=slow and dear', 'by another case'],
  ])
  expect(picture?.rows.map((row) => row.at(-1))).toEqual([true, true, false])
})

it('takes for a tie what intervals leave open, and compares no currencies', () => {
  const trials = [
    ['a', 'USD', 1],
    ['b', 'USD', 1.0001],
  ].map(([name, currency, perMillion]) => ({
    ...trialFixture({ case: { shape: name as string } }),
    cost: { ...cost(perMillion as number), currency: currency as string },
  }))
  const beaten = (result: RunResult): readonly unknown[] =>
    analyseEfficiency(result)
      .find(({ name }) => name === 'pareto')
      ?.rows.map((row) => row.at(-1)) ?? []
  expect(beaten(resultOf(trials))).toEqual(['nothing', 'nothing'])
  const dear = trials.map((trial, index) => ({ ...trial, cost: cost(index === 0 ? 1 : 9) }))
  expect(beaten(resultOf(dear))).toEqual(['nothing', 'shape=a'])
  const mixed = dear.map((trial, index) => ({
    ...trial,
    cost: { ...trial.cost, currency: index === 0 ? 'USD' : 'EUR' },
  }))
  expect(beaten(resultOf(mixed))).toEqual(['nothing', 'nothing'])
  const green = trials.map((trial, index) => {
    const drawn = energy(100, 10)
    const { carbon } = drawn
    const total = index === 0 ? 0.01 : 1
    return { ...trial, energy: { ...drawn, carbon: carbon && { ...carbon, total } } }
  })
  expect(beaten(resultOf(green))).toEqual(['nothing', 'shape=a'])
  const [one] = trials
  expect(analyseEfficiency(resultOf(one === undefined ? [] : [one])).map(({ name }) => name)).toEqual([
    'cost',
  ])
})

it("puts an article's power times response time beside energy, with the factor", () => {
  // 200 W, 50 items per second in requests of 2, 4 in flight: 4 J an item; 160 ms of response are 32 J.
  const measured = {
    ...trialFixture({ case: { rate: 1 } }),
    items: { perRequest: 2, throughput: 50 },
    energy: { ...energy(200, 50), powerTimesResponse: 32, inFlight: 4 },
  }
  const table = analyseEfficiency(resultOf([measured])).find(({ name }) => name === 'energy-formulas')
  expect(table?.rows).toEqual([['mlp > closed loop > rate=1', 4, 32, 4, 2, 1]])
})
