import { describe, expect, it } from 'vitest'
import { carbonOf, embodiedOver, softwareCarbonIntensity } from './carbon.ts'
import { combinePower, crossCheck } from './combine-power.ts'
import { energyPerItem, fitMarginal, type EnergyFacts } from './energy-per-item.ts'
import { integrateInstants, integrateMeans, type PowerSeries } from './integrate-power.ts'
import type { PowerReading } from './power-reading.ts'

/** Readings at instants in seconds; each mean stands for the time since the one before. */
function series(readings: readonly (readonly [at: number, watts: number])[]): PowerSeries {
  const at = (row: number): number => (readings[row]?.[0] ?? NaN) * 1e9
  return {
    rows: readings.length,
    from: (row) => at(Math.max(0, row - 1)),
    until: at,
    value: (row) => readings[row]?.[1] ?? NaN,
  }
}

describe('power over time', () => {
  it('of means holds for the time before each', () => {
    const powers = series([
      [0, 999],
      [1, 100],
      [3, 200],
      [4, 50],
    ])
    expect(integrateMeans(powers, 0, 4e9)).toEqual({ joules: 550, covered: 4 })
    expect(integrateMeans(powers, 0.5e9, 2e9)).toEqual({ joules: 250, covered: 1.5 })
    expect(integrateMeans(powers, 5e9, 9e9)).toEqual({ joules: 0, covered: 0 })
  })

  it('of instants is drawn straight between neighbours, and cut at the ends', () => {
    const ramp = series([
      [0, 0],
      [1, 100],
      [2, 200],
      [3, 300],
    ])
    expect(integrateInstants(ramp, 0, 3e9, 1e9)).toEqual({ joules: 450, covered: 3 })
    // ∫ 100 t from 0.5 to 2.5
    expect(integrateInstants(ramp, 0.5e9, 2.5e9, 1e9)).toEqual({ joules: 300, covered: 2 })
    expect(integrateInstants(ramp, 1.25e9, 1.5e9, 1e9).joules).toBeCloseTo(34.375, 9)
  })

  it('of a sine over whole periods is its mean, by either way', () => {
    const points = Array.from({ length: 1001 }, (_, index): [number, number] => [
      index / 100,
      200 + 100 * Math.sin((2 * Math.PI * index) / 100),
    ])
    expect(integrateInstants(series(points), 0, 10e9, 10e6).joules).toBeCloseTo(2000, 6)
    expect(integrateMeans(series(points), 0, 10e9).joules).toBeCloseTo(2000, 6)
  })

  it('does not draw over gaps', () => {
    const powers = series([
      [0, 100],
      [1, 100],
      [2, NaN],
      [3, 100],
      [10, 100],
      [11, 100],
    ])
    expect(integrateInstants(powers, 0, 11e9, 1e9)).toEqual({ joules: 400, covered: 4 })
    expect(integrateMeans(powers, 0, 3e9)).toEqual({ joules: 200, covered: 2 })
  })

  it('that a sampler aliases is what it saw: a load of its own period looks constant', () => {
    // 1 Hz square wave 0/200 W: read once per second it is 200 W, read 20 times per second it is 100 W.
    const at = (second: number): number => (second % 1 < 0.5 ? 200 : 0)
    const slow = series(Array.from({ length: 11 }, (_, index) => [index, at(index)]))
    const fast = series(Array.from({ length: 201 }, (_, index) => [index / 20 + 0.01, at(index / 20 + 0.01)]))
    expect(integrateInstants(slow, 0, 10e9, 1e9).joules).toBe(2000)
    expect(integrateInstants(fast, 0.01e9, 10.01e9, 50e6).joules).toBeCloseTo(1000, -1)
  })
})

const reading = (
  gauge: string,
  scope: PowerReading['scope'],
  method: PowerReading['method'],
  watts: number,
  device: string | null = null,
  covered = 10,
): PowerReading => ({ gauge, scope, method, device, joules: watts * covered, covered })

describe('sources', () => {
  it('of parts are added, each device once by its best', () => {
    const all = [
      reading('gpu0.power', 'accelerator', 'instant', 310, 'GPU-0'),
      reading('gpu0.power.counter', 'accelerator', 'counter', 300, 'GPU-0'),
      reading('gpu1.power', 'accelerator', 'average', 200, 'GPU-1'),
      reading('cpu0.power', 'cpu', 'counter', 80, 'package-0'),
      reading('cpu1.power', 'cpu', 'counter', 70, 'package-1', 9),
      reading('estimate.cpu.power', 'cpu', 'estimate', 999),
      reading('estimate.memory.power', 'memory', 'estimate', 10),
    ]
    expect(combinePower(all, 10)).toMatchObject({
      scope: 'components',
      includes: ['accelerator', 'cpu', 'memory'],
      estimated: true,
      power: 660,
      coverage: 0.9,
    })
    expect(crossCheck(all)).toEqual([
      {
        device: 'GPU-0',
        counter: 'gpu0.power.counter',
        readings: 'gpu0.power',
        gap: expect.closeTo(1 / 30, 9),
      },
    ])
  })

  it('of the whole system stand alone', () => {
    const all = [
      reading('cpu0.power', 'cpu', 'counter', 80, 'package-0'),
      reading('meter.power', 'system', 'average', 400),
      reading('estimate.power', 'system', 'estimate', 100),
    ]
    const combined = combinePower(all, 10)
    expect(combined?.used.map(({ gauge }) => gauge)).toEqual(['meter.power'])
    expect(combined).toMatchObject({ scope: 'system', power: 400, estimated: false })
  })

  it('that are guessed count only where nothing is measured', () => {
    const guess = reading('estimate.power', 'system', 'estimate', 100)
    expect(combinePower([guess], 10)).toMatchObject({ scope: 'system', estimated: true, power: 100 })
    const cpu = reading('cpu0.power', 'cpu', 'counter', 80)
    expect(combinePower([guess, cpu], 10)).toMatchObject({ scope: 'components', power: 80 })
    expect(combinePower([reading('x', 'cpu', 'counter', 5, null, 0)], 10)).toBeNull()
    expect(combinePower([], 10)).toBeNull()
  })
})

describe('energy per item', () => {
  const facts: EnergyFacts = {
    duration: 30,
    power: 300,
    idlePower: 100,
    itemsPerSecond: 50,
    goodItemsPerSecond: 40,
    meanResponse: 0.08,
    inFlight: 4,
  }

  it('is gross, dynamic, and of what was good', () => {
    expect(energyPerItem(facts)).toEqual({
      energy: 9000,
      perItem: 6,
      dynamicPerItem: 4,
      perGoodItem: 7.5,
      itemsPerJoule: 50 / 300,
      energyDelay: 0.48,
      milliwattHoursPer1000: 6000 / 3.6,
      powerTimesResponse: 24,
      inFlight: 4,
    })
  })

  it("differs from an article's power times response time by the requests in flight", () => {
    const { powerTimesResponse, perItem } = energyPerItem(facts)
    expect(powerTimesResponse).toBeCloseTo((perItem as number) * 4, 9)
  })

  it('is unknown when nothing was completed', () => {
    expect(energyPerItem({ ...facts, itemsPerSecond: 0, goodItemsPerSecond: null })).toMatchObject({
      energy: 9000,
      perItem: null,
      dynamicPerItem: null,
      perGoodItem: null,
    })
    expect(energyPerItem({ ...facts, idlePower: null }).dynamicPerItem).toBeNull()
  })

  it('of one more item is the slope over loads', () => {
    const loads = [10, 20, 40].map((itemsPerSecond) => ({ itemsPerSecond, power: 100 + 4 * itemsPerSecond }))
    const fit = fitMarginal(loads)
    expect(fit?.perItem).toBeCloseTo(4, 12)
    expect(fit?.base).toBeCloseTo(100, 12)
    expect(fit?.fit).toBeCloseTo(1, 12)
    expect(fitMarginal(loads.slice(1))).toBeNull()
    expect(fitMarginal(loads.map(({ power }) => ({ itemsPerSecond: 5, power })))).toBeNull()
    expect(fitMarginal(loads.map(({ itemsPerSecond }) => ({ itemsPerSecond, power: 7 })))).toEqual({
      perItem: 0,
      base: 7,
      fit: 1,
    })
  })
})

describe('carbon', () => {
  it('of 2 J at 384 g/kWh and a PUE of 1.58 is 0.33707 mg', () => {
    expect(carbonOf(2, 384, 1.58) * 1000).toBeCloseTo(0.337067, 6)
    expect(carbonOf(1, 445, 1) * 1000).toBeCloseTo(0.1236, 4)
  })

  it('of the hardware belongs to its use by time and share', () => {
    const embodied = { kilograms: 1200, years: 4, share: 0.5 }
    const year = 365.25 * 24 * 3600
    expect(embodiedOver(year, embodied)).toBeCloseTo(150_000, 6)
    expect(softwareCarbonIntensity(10, 5, 100)).toBe(0.15)
    expect(softwareCarbonIntensity(10, 5, 0)).toBeNull()
  })
})
