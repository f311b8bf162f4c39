import { describe, expect, it } from 'vitest'
import { planFixture } from '../../test/result-fixture.ts'
import { DEFAULT_SETTINGS } from '../config/defaults.ts'
import type { CostSettings, EnergySettings, TrialPlan } from '../plan/trial-plan.ts'
import { Tariffs } from './tariffs.ts'

const tariffs = new Tariffs('/nowhere')

function energy(settings: Partial<EnergySettings>): EnergySettings {
  return { ...(DEFAULT_SETTINGS.energy as EnergySettings), ...settings }
}
function cost(settings: Partial<CostSettings>): CostSettings {
  return { ...(DEFAULT_SETTINGS.cost as CostSettings), ...settings }
}
function plan(settings: { energy?: Partial<EnergySettings>; cost?: Partial<CostSettings> }): TrialPlan {
  return {
    ...planFixture(),
    settings: { ...DEFAULT_SETTINGS, energy: energy(settings.energy ?? {}), cost: cost(settings.cost ?? {}) },
  }
}

describe('electricity', () => {
  it('is of the world unless a region is named, with the overhead of its kind of data centre', () => {
    expect(tariffs.grid(energy({}))).toMatchObject({ region: 'world', intensity: 445, pue: 1.58 })
    expect(tariffs.grid(energy({ region: 'gcp:europe-west4' }))).toMatchObject({ intensity: 236, pue: 1.15 })
    expect(tariffs.grid(energy({ region: 'FR', pue: 1 }))).toMatchObject({ intensity: 44, pue: 1 })
    expect(tariffs.grid(energy({ intensity: 20 }))).toMatchObject({ region: null, intensity: 20, year: null })
    expect(tariffs.grid(undefined)).toBeNull()
  })
})

describe('a price', () => {
  it('is none unless something is said of it', () => {
    expect(tariffs.tariff(cost({ prices: 'aws' }))).toBeNull()
    expect(tariffs.tariff(undefined)).toBeNull()
  })

  it('is looked up, or given', () => {
    expect(tariffs.tariff(cost({ prices: 'aws', shape: 'g4dn.xlarge' }))).toMatchObject({
      model: 'hourly',
      currency: 'USD',
      price: { perHour: 0.526, shape: 'g4dn.xlarge', provider: 'aws', region: 'us-east-1' },
    })
    expect(tariffs.tariff(cost({ price: 2, currency: 'EUR' }))).toMatchObject({
      model: 'hourly',
      currency: 'EUR',
      price: { perHour: 2, shape: null, source: 'the configuration' },
    })
    const lambda = { service: 'lambda', memory: 2 ** 31 }
    expect(tariffs.tariff(cost({ prices: 'aws', serverless: lambda }))).toMatchObject({
      model: 'serverless',
      gibibytes: 2,
      price: { perMillionRequests: 0.2 },
    })
  })
})

it('all mistakes of all plans are told at once, each once', () => {
  const wrong = plan({
    energy: { region: 'De' },
    cost: { prices: 'aws', shape: 'g4dn.xlarg' },
  })
  const plans = [
    wrong,
    wrong,
    plan({ cost: { shape: 'x' } }),
    plan({ cost: { price: 1, shape: 'y' } }),
    plan({ cost: { prices: 'aws', currency: 'EUR', shape: 'm5.large' } }),
    plan({ cost: { prices: 'aws', serverless: { service: 'lambada', memory: 1 } } }),
    plan({ cost: { prices: 'nowhere.json', shape: 'z' }, energy: { table: 'none.json' } }),
    plan({}),
  ]
  expect(() => tariffs.check(plans)).toThrow(
    expect.objectContaining({
      problems: [
        expect.objectContaining({ path: 'energy.region', suggestion: 'DE' }),
        expect.objectContaining({ path: 'cost.shape', suggestion: 'g4dn.xlarge' }),
        expect.objectContaining({ path: 'cost.prices' }),
        expect.objectContaining({ path: 'cost', message: expect.stringContaining('price, shape') }),
        expect.objectContaining({ path: 'cost.currency' }),
        expect.objectContaining({ path: 'cost.serverless.service', suggestion: 'lambda' }),
        expect.objectContaining({ path: 'file' }),
        expect.objectContaining({ path: 'file' }),
      ],
    }),
  )
  expect(() => tariffs.check([plan({})])).not.toThrow()
})
