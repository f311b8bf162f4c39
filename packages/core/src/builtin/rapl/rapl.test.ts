import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { temporaryProject, type TemporaryProject } from '../../../test/support/project.ts'
import type { JsonObject, JsonValue } from '../../plugin.ts'
import type { Sampler } from '../../session.ts'
import { checkEnergySource } from '../../testing/check-energy-source.ts'
import { checkSampler } from '../../testing/check-sampler.ts'
import { connectSampler } from '../../testing/connect-sampler.ts'
import { plugin } from './plugin.ts'
import { raplSampler } from './rapl.ts'
import { createSampler } from './sampler.ts'
import { readRaplSettings } from './settings.ts'
import { energyBetween } from './zones.ts'

const RANGE = 262_143_328_850
const warnings: string[] = []
const context = {
  root: '/',
  warn: (message: string): void => void warnings.push(message),
  file: (): null => null,
}
let powercap: TemporaryProject
beforeEach(() => {
  powercap = temporaryProject({ 'intel-rapl/enabled': '1\n', 'dtpm/nothing': '' })
  warnings.length = 0
})
afterEach(() => powercap[Symbol.dispose]())

function zone(id: string, name: string, microjoules: number | string, range: number | string = RANGE): void {
  powercap.write({
    [`${id}/name`]: `${name}\n`,
    [`${id}/energy_uj`]: `${microjoules}\n`,
    ...(range === '' ? {} : { [`${id}/max_energy_range_uj`]: `${range}\n` }),
  })
}

async function open(): Promise<Sampler> {
  const options = { path: powercap.root, period: 100e6 } as unknown as JsonValue
  return await createSampler(options, context)
}

function read(sampler: Sampler, seconds: number): Record<string, number> {
  const into = new Float64Array(sampler.gauges.length).fill(NaN)
  void sampler.read(into, seconds * 1e9)
  return Object.fromEntries(sampler.gauges.map(({ name }, index) => [name, into[index] as number]))
}

it('energy goes on where the counter starts again', () => {
  expect(energyBetween(262_143_000_000, 1_000_000, RANGE)).toBe(1_328_850)
  expect(energyBetween(5, 5, RANGE)).toBe(0)
  expect(energyBetween(RANGE, 0, RANGE)).toBe(0)
  expect(energyBetween(9, 3, NaN)).toBeNaN()
})

describe('two sockets', () => {
  beforeEach(() => {
    zone('intel-rapl:0', 'package-0', 1_000_000)
    zone('intel-rapl:0:0', 'core', 500_000)
    zone('intel-rapl:0:1', 'dram', 100_000, 65_712_999_613)
    zone('intel-rapl:1', 'package-1', 262_143_000_000)
    zone('intel-rapl:1:0', 'dram', 7_000_000)
    zone('intel-rapl:10', 'psys', 0)
    zone('intel-rapl-mmio:0', 'package-0', 1_000_000)
  })

  it('have power by package, part and memory; what contains others is no energy of its own', async () => {
    const sampler = await open()
    expect(sampler.gauges.map(({ name, device, power }) => [name, device, power?.scope ?? null])).toEqual([
      ['cpu0.power', 'package-0', 'cpu'],
      ['cpu0.core.power', 'package-0/core', null],
      ['cpu0.memory.power', 'package-0/dram', 'memory'],
      ['cpu1.power', 'package-1', 'cpu'],
      ['cpu1.memory.power', 'package-1/dram', 'memory'],
      ['psys.power', 'psys', null],
    ])
    expect(Object.values(read(sampler, 0))).toEqual(Array.from({ length: 6 }, () => NaN))
    zone('intel-rapl:0', 'package-0', 26_000_000)
    zone('intel-rapl:0:0', 'core', 10_500_000)
    zone('intel-rapl:0:1', 'dram', 2_100_000)
    zone('intel-rapl:1', 'package-1', 1_000_000)
    zone('intel-rapl:10', 'psys', 40_000_000)
    const later = read(sampler, 0.5)
    expect(later['cpu0.power']).toBeCloseTo(50, 9)
    expect(later['cpu0.core.power']).toBeCloseTo(20, 9)
    expect(later['cpu0.memory.power']).toBeCloseTo(4, 9)
    // 1.32885 J over the end of the counter.
    expect(later['cpu1.power']).toBeCloseTo(2.6577, 9)
    expect(later['cpu1.memory.power']).toBe(0)
    expect(later['psys.power']).toBeCloseTo(80, 9)
    void sampler.dispose?.()
  })

  it('have a gap where the counter may have started again twice', async () => {
    const sampler = await open()
    read(sampler, 0)
    expect(read(sampler, 61)['cpu0.power']).toBeNaN()
    expect(read(sampler, 62)['cpu0.power']).toBe(0)
    void sampler.dispose?.()
  })

  it('keep the contract of samplers', async () => {
    let joules = 10
    let isThere = true
    const absent = await connectSampler(plugin, raplSampler({ path: powercap.path('nowhere') }))
    const { skipped } = await checkSampler(
      await connectSampler(plugin, raplSampler({ path: powercap.root, period: '10ms' })),
      {
        absent,
        accept: ([, second = {}, third = {}]) =>
          (second['cpu0.power'] ?? 0) > 0 && (third['cpu0.power'] ?? 0) > 0,
        advance: () => zone('intel-rapl:0', 'package-0', isThere ? (joules += 1) * 1e6 : ''),
        lose: () => void (isThere = false),
      },
    )
    expect(skipped).toEqual([])
  })

  it('keep the contract of sources of energy: parts count once, also where counters start again', async () => {
    let joules = 262_140
    const { skipped } = await checkEnergySource(
      await connectSampler(plugin, raplSampler({ path: powercap.root, period: '10ms' })),
      {
        advance: () => {
          joules += 1
          zone('intel-rapl:0', 'package-0', Math.round((joules * 1e6) % RANGE))
          zone('intel-rapl:0:0', 'core', Math.round(joules * 0.5e6))
        },
        energy: () => joules,
      },
    )
    expect(skipped).toEqual([])
  })
})

it('names the dies of a package', async () => {
  zone('intel-rapl:0', 'package-0-die-0', 1)
  zone('intel-rapl:1', 'package-0-die-1', 1)
  const sampler = await open()
  expect(sampler.gauges.map(({ name }) => name)).toEqual(['cpu0.die0.power', 'cpu0.die1.power'])
  void sampler.dispose?.()
})

describe('is unavailable', () => {
  it('where there are no counters', async () => {
    await expect(open()).rejects.toThrow('virtual machines and containers seldom have them')
    powercap[Symbol.dispose]()
    await expect(open()).rejects.toThrow('has no energy counters of processors')
  })

  it('where they may not be read', async () => {
    // A folder in place of the file: refused to root as well.
    powercap.write({ 'intel-rapl:0/name': 'package-0\n', 'intel-rapl:0/energy_uj/x': '' })
    await expect(open()).rejects.toThrow('Linux lets only root do so')
    zone('intel-rapl:1', 'package-1', 5)
    const sampler = await open()
    expect(sampler.gauges.map(({ name }) => name)).toEqual(['cpu1.power'])
    expect(warnings).toEqual(['the energy counters of package-0 may not be read'])
    void sampler.dispose?.()
  })

  it('from the reading on in which a counter makes no sense', async () => {
    zone('intel-rapl:0', 'package-0', 5, '')
    const sampler = await open()
    read(sampler, 0)
    zone('intel-rapl:0', 'package-0', 3)
    // It has gone back, and nobody knows from where.
    expect(read(sampler, 1)['cpu0.power']).toBeNaN()
    zone('intel-rapl:0', 'package-0', 'none')
    expect(() => read(sampler, 2)).toThrow(`says "none" instead of a number`)
    void sampler.dispose?.()
  })
})

it('its options are checked, all at once', () => {
  expect(raplSampler({ period: '20ms' })).toEqual({
    kind: 'rapl',
    package: 'servebench',
    options: { period: '20ms' },
  })
  expect(readRaplSettings({})).toEqual({ period: 100e6, path: '/sys/class/powercap' })
  const options: JsonObject = { periode: 1, period: '1ms', path: 5 }
  expect(() => readRaplSettings(options)).toThrow(
    /3 problems[^]*periode[^]*'period'[^]*'10ms', not "1ms"[^]*path/,
  )
})
