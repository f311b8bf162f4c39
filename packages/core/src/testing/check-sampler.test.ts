import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { temporaryProject, type TemporaryProject } from '../../test/support/project.ts'
import { hostSampler } from '../builtin/host-sampler/host.ts'
import { plugin as hostPlugin } from '../builtin/host-sampler/plugin.ts'
import { ValidationError } from '../errors/validation-error.ts'
import type { ModuleReference } from '../hooks/module-reference.ts'
import type { JsonObject } from '../units/json.ts'
import { checkSampler } from './check-sampler.ts'
import { connectSampler } from './connect-sampler.ts'

/** A sampler of a counter and a level, each of whose faults can be switched on. */
const METER = `
let opened = 0
let latest = null
export function createSampler({ fault, device = 'there' }, { warn }) {
  if (device === 'gone' && fault !== 'absent') throw new Error('there is no such meter')
  const id = (latest = ++opened)
  const timer = fault === 'leak' ? setInterval(() => {}, 1000) : null
  const gauges = [
    { name: 'meter.power', unit: 'W', bounds: [0, 100], covers: 'interval' },
    { name: fault === 'names' ? 'meter.level' + id : 'meter.level', unit: '1', bounds: [0, 1] },
  ]
  let before = NaN, at = NaN, rounds = 0, disposed = false
  return {
    gauges: fault === 'empty' ? [] : gauges,
    period: 10e6,
    read(into, now) {
      if (globalThis.meterLost) {
        if (fault === 'zero') { into[0] = 0; into[1] = 0; return }
        if (fault === 'mute') return
        throw new Error('the meter was unplugged')
      }
      if (fault === 'shared' && closed.size > 0) return
      if (fault === 'late' && ++rounds === 2) gauges.push({ name: 'meter.more', unit: '1' })
      const joules = 0.5 * now / 1e9
      into[0] = fault === 'infinite' && now === at ? Infinity : now > at ? (joules - before) / ((now - at) / 1e9) : NaN
      into[1] = fault === 'bounds' ? 2 : fault === 'silent' ? NaN : 0.25
      if (fault === 'wide') new Float64Array(into.buffer).fill(1)
      before = joules
      at = now
    },
    dispose() {
      closed.add(id)
      clearInterval(fault === 'leak' ? undefined : timer)
    },
  }
}
const closed = new Set()
`
let project: TemporaryProject
beforeEach(() => {
  project = temporaryProject({ 'meter.mjs': METER })
})
afterEach(() => {
  project[Symbol.dispose]()
  Reflect.deleteProperty(globalThis, 'meterLost')
})

function meter(options: JsonObject = {}): ModuleReference {
  return { module: pathToFileURL(project.path('meter.mjs')).href, options }
}
const unplug = (): void => void Reflect.set(globalThis, 'meterLost', true)

async function broken(fault: string): Promise<readonly string[]> {
  const error: unknown = await checkSampler(meter({ fault }), {
    absent: meter({ fault, device: 'gone' }),
    lose: unplug,
    patience: '200ms',
  }).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(ValidationError)
  return (error as ValidationError).problems.map(({ path, message }) => `${path}: ${message}`)
}

describe('a sampler', () => {
  it('that keeps its contract passes, and its cost is told', async () => {
    const report = await checkSampler(meter(), {
      accept: ([, second = {}]) => Math.abs((second['meter.power'] ?? NaN) - 0.5) < 1e-6,
      absent: meter({ device: 'gone' }),
      lose: unplug,
    })
    expect(report.skipped).toEqual([])
    expect(report.held).toHaveLength(10)
    expect(report.cost.period).toBe(10e6)
    expect(report.cost.median).toBeGreaterThan(0)
    expect(report.cost.share).toBeCloseTo(report.cost.median / 10e6, 12)
  })

  it('is not asked what only a test of the device can tell', async () => {
    const { skipped } = await checkSampler(meter())
    expect(skipped).toEqual([
      'readings are right',
      'a device that is not there is refused in words',
      'a device that is lost is told, and is not measured as zero',
    ])
  })

  it.each([
    ['empty', 'it has gauges, the same ones each time: it has none.'],
    ['names', 'it has gauges, the same ones each time: another one of the same options has other gauges.'],
    ['late', 'it has gauges, the same ones each time: they change while it is read.'],
    ['bounds', "readings lie inside their bounds, or are gaps: 'meter.level' is 2."],
    ['silent', 'every gauge has a value at last: there are none of meter.level in 5 readings.'],
    ['infinite', "two readings at one instant make nothing infinite: 'meter.power' is Infinity."],
    ['wide', 'every gauge has a value at last: `read` writes outside of its slots.'],
    [
      'shared',
      'a sampler that is disposed does not disturb another one: the other one reads nothing any more.',
    ],
    ['leak', 'disposing leaves nothing behind, also without a reading: it leaves Timeout behind.'],
    ['absent', 'a device that is not there is refused in words: it makes a sampler of 2 gauges.'],
    [
      'zero',
      'a device that is lost is told, and is not measured as zero: meter.power, meter.level are zero.',
    ],
    ['mute', 'a device that is lost is told, and is not measured as zero: it says nothing.'],
  ])('with the fault %s is found out', async (fault, problem) => {
    expect(await broken(fault)).toContain(problem)
  })

  it('that is none ends the check', async () => {
    project.write({ 'none.mjs': 'export const other = 1\n' })
    const reference = { module: pathToFileURL(project.path('none.mjs')).href, options: {} }
    await expect(checkSampler(reference)).rejects.toThrow('its module exports no function `createSampler`')
  })
})

it('the host sampler keeps the contract', async () => {
  const reference = await connectSampler(hostPlugin, hostSampler({ period: '50ms', network: true }), {
    processes: [process.pid],
  })
  const { held } = await checkSampler(reference)
  expect(held).toHaveLength(7)
})

it('a kind that the plugin does not have is told', async () => {
  await expect(connectSampler(hostPlugin, { ...hostSampler(), kind: 'guest' })).rejects.toThrow(
    "provides no sampler 'guest'",
  )
})
