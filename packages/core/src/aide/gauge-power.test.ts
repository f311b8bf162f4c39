import { expect, it } from 'vitest'
import { describeSampler } from './describe-sampler.ts'
import { GaugeLog } from './gauge-log.ts'
import { readPower } from './gauge-power.ts'

it('integrates each source by its kind, and leaves other gauges out', () => {
  const description = describeSampler({
    gauges: [
      { name: 'clock', unit: 'Hz' },
      { name: 'instant', unit: 'W', device: 'a', power: { scope: 'accelerator', method: 'instant' } },
      { name: 'mean', unit: 'W', power: { scope: 'system', method: 'average' } },
      { name: 'counter', unit: 'W', covers: 'interval', power: { scope: 'cpu', method: 'counter' } },
    ],
    period: 1e9,
    read: () => {},
  })
  const log = new GaugeLog(description)
  // Powers of 0, 100, 200, 300 W at 0, 1, 2 and 3 s; a reading at 4 s was missed.
  for (const second of [0, 1, 2, 3]) {
    log.add(second * 1e9, Float64Array.of(7, second * 100, second * 100, second * 100))
  }
  log.add(5e9, Float64Array.of(7, 300, 300, 300))
  const found = readPower(description, log, 0.5e9, 5e9)
  expect(found.map(({ gauge, device, scope, method }) => [gauge, device, scope, method])).toEqual([
    ['instant', 'a', 'accelerator', 'instant'],
    ['mean', null, 'system', 'average'],
    ['counter', null, 'cpu', 'counter'],
  ])
  // ∫ 100 t from 0.5 to 3, and 300 W for two seconds: two periods without a reading are joined.
  expect(found[0]).toMatchObject({ joules: 437.5 + 600, covered: 4.5 })
  // 100 W for half a second, 200 W, 300 W, and of the two last seconds the one that a reading stands for.
  expect(found[1]).toMatchObject({ joules: 50 + 200 + 300 + 300, covered: 3.5 })
  // A counter knows what was spent however long ago it was read.
  expect(found[2]).toMatchObject({ joules: 50 + 200 + 300 + 600, covered: 4.5 })
})

it('is refused for what is no power', () => {
  const gauge = (more: object): unknown =>
    describeSampler({ gauges: [{ name: 'x', unit: 'W', ...more }], read: () => {} } as never)
  expect(() => gauge({ unit: 'mW', power: { scope: 'cpu', method: 'counter' } })).toThrow("must be in 'W'")
  expect(() => gauge({ power: { scope: 'gpu', method: 'counter' } })).toThrow('a scope (system, accelerator')
  expect(() => gauge({ power: { scope: 'cpu', method: 'guess' } })).toThrow('a method (counter,')
  expect(() => gauge({ power: null })).toThrow(TypeError)
  expect(() => gauge({ power: { scope: 'cpu', method: 'counter' } })).not.toThrow()
})
