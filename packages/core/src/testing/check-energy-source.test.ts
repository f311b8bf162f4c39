import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { temporaryProject, type TemporaryProject } from '../../test/support/project.ts'
import type { ValidationError } from '../errors/validation-error.ts'
import type { ModuleReference } from '../hooks/module-reference.ts'
import type { JsonObject } from '../units/json.ts'
import { checkEnergySource } from './check-energy-source.ts'

/** A device whose count of joules a test moves on. */
const DEVICE = `
export function createSampler({ fault, gauges }) {
  const device = globalThis.testDevice
  let before = NaN, at = NaN
  const power = { scope: 'accelerator', method: 'counter' }
  return {
    gauges: gauges ?? [
      { name: 'whole.power', unit: fault === 'unit' ? 'kW' : 'W', covers: fault === 'cover' ? 'instant' : 'interval',
        power: fault === 'plain' ? undefined : fault === 'scope' ? { ...power, scope: 'gpu' } : { ...power, scope: 'system' } },
      { name: 'part.power', unit: 'W', covers: 'interval', power },
    ],
    period: 10e6,
    read(into, now) {
      if (now > at) into[0] = ((device.joules - before) / ((now - at) / 1e9)) * (fault === 'half' ? 0.5 : fault === 'sign' ? -1 : fault === 'gaps' ? NaN : 1)
      into[1] = into[0] / 4
      before = device.joules
      at = now
    },
  }
}
`
const device = { joules: 0 }
let project: TemporaryProject
beforeEach(() => {
  project = temporaryProject({ 'device.mjs': DEVICE })
  Reflect.set(globalThis, 'testDevice', device)
})
afterEach(() => {
  project[Symbol.dispose]()
  Reflect.deleteProperty(globalThis, 'testDevice')
})

function source(options: JsonObject = {}): ModuleReference {
  return { module: pathToFileURL(project.path('device.mjs')).href, options }
}
const simulated = {
  advance: () => void (device.joules += 12),
  energy: () => device.joules,
}

it('that keeps the contract adds up to what was used; the whole contains its parts', async () => {
  const { held, skipped, cost } = await checkEnergySource(source(), simulated)
  expect([held.length, skipped, cost.period]).toEqual([4, [], 10e6])
})

it('is added up only where somebody else has counted', async () => {
  const { skipped } = await checkEnergySource(source(), { advance: simulated.advance })
  expect(skipped).toEqual(['what it adds up to is what was used'])
})

it.each([
  ['unit', /it has gauges of power: it cannot be opened: .* must be in 'W'/],
  ['scope', /has a problem.*\n.*it cannot be opened: .*with a scope/],
  ['cover', /'whole\.power' is made of a counter, and covers 'instant'/],
  ['sign', /never less than nothing: 'whole\.power' is -/],
  ['half', /what it adds up to is what was used: it is 30 J by whole\.power, and 60 J were used/],
])('with the fault %s is found out', async (fault, expected) => {
  await expect(checkEnergySource(source({ fault }), simulated)).rejects.toThrow(expected)
})

it('that never reads anything is told', async () => {
  await expect(checkEnergySource(source({ fault: 'gaps' }), simulated)).rejects.toThrow(
    'there is no reading of it, and 60 J were used',
  )
})

it('without a power is none', async () => {
  const gauges = [{ name: 'device.level', unit: '1' }]
  const error: unknown = await checkEnergySource(source({ gauges }), simulated).catch(
    (thrown: unknown) => thrown,
  )
  expect((error as ValidationError).problems).toEqual([
    { path: 'it has gauges of power', message: 'no gauge has a `power`.' },
  ])
})

it('that uses nothing cannot be added up', async () => {
  const idle = { advance: () => {}, energy: () => device.joules }
  await expect(checkEnergySource(source(), idle)).rejects.toThrow('nothing was used meanwhile: 0 J')
})
