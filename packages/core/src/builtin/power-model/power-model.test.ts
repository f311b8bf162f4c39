import { expect, it } from 'vitest'
import { checkEnergySource } from '../../testing/check-energy-source.ts'
import { checkSampler } from '../../testing/check-sampler.ts'
import { connectSampler } from '../../testing/connect-sampler.ts'
import { plugin } from './plugin.ts'
import { powerModelSampler } from './power-model.ts'
import { PowerModel } from './sampler.ts'
import { readPowerModelSettings } from './settings.ts'

it('draws a line from rest to all cores', () => {
  const machine = {
    busy: 0,
    total: 0,
    memoryUsed: 1,
    memoryAvailable: 1,
    received: NaN,
    sent: NaN,
    loopback: NaN,
    refresh: () => {},
  }
  const model = new PowerModel(machine, { idle: 40, busy: 200, memory: 20, period: 1e9 })
  expect(model.gauges.map(({ power }) => power)).toEqual([
    { scope: 'cpu', method: 'estimate' },
    { scope: 'memory', method: 'estimate' },
  ])
  const into = new Float64Array(2).fill(NaN)
  model.read(into)
  expect(into[0]).toBeNaN()
  machine.busy = 25
  machine.total = 100
  model.read(into)
  expect([...into]).toEqual([80, 20])
})

it('keeps the contract of samplers', async () => {
  const spec = powerModelSampler({ idle: 40, busy: 200, period: '50ms' })
  const { held } = await checkSampler(await connectSampler(plugin, spec))
  expect(held).toHaveLength(7)
  const { held: ofEnergy } = await checkEnergySource(await connectSampler(plugin, spec))
  expect(ofEnergy).toHaveLength(3)
})

it('its options are checked, all at once', () => {
  const options = { idle: 50, busy: 40, memory: -1, tdp: 7 }
  expect(() => readPowerModelSettings(options)).toThrow(
    expect.objectContaining({
      problems: ['tdp', 'memory', 'busy'].map((path) => expect.objectContaining({ path })),
    }),
  )
  expect(() => readPowerModelSettings({})).toThrow(/idle[^]*busy/)
})
