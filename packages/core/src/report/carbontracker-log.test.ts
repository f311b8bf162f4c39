import { expect, it } from 'vitest'
import { parseCarbontrackerLog } from './carbontracker-log.ts'

const LOG = `2026-03-01 10:00:00 - carbontracker version 1.2.5
2026-03-01 10:00:00 - Only predicted and actual consumptions are multiplied by a PUE coefficient of 1.58.
2026-03-01 10:00:00 - The following components were found: GPU with device(s) NVIDIA T4, NVIDIA T4. CPU with device(s) cpu:0.
2026-03-01 10:00:00 - Monitoring thread started.
2026-03-01 10:01:40 - Epoch 1:
2026-03-01 10:01:40 - Duration: 0:01:40.00
2026-03-01 10:01:40 - Average power usage (W) for gpu: [60.5 59.5]
2026-03-01 10:01:40 - Average power usage (W) for cpu: None
2026-03-01 10:02:30 - Epoch 2:
2026-03-01 10:02:30 - Duration: 0:00:50.00
2026-03-01 10:02:30 - Average power usage (W) for gpu: [30. 30.]
2026-03-01 10:02:30 - Average power usage (W) for cpu: None
`
const OUTPUT = `
CarbonTracker:
Actual consumption for 2 epoch(s):
	Time:	0:02:30
	Energy:	0.006583333 kWh
	CO2eq:	2.264667 g
	This is equivalent to:
	0.021 km travelled by car
`

it('is what each part drew over its epochs', () => {
  expect(parseCarbontrackerLog(LOG)).toEqual({
    duration: 150,
    epochs: 2,
    components: [
      { component: 'gpu', devices: ['NVIDIA T4', 'NVIDIA T4'], power: 100, energy: 15_000 },
      // It could not be read: that is no zero.
      { component: 'cpu', devices: ['cpu:0'], power: null, energy: null },
    ],
    energy: 15_000,
    consumption: null,
  })
})

it('has what the tool told at its end: with its PUE', () => {
  const { consumption, energy } = parseCarbontrackerLog(LOG + OUTPUT)
  expect(consumption?.energy).toBeCloseTo(energy * 1.58, 0)
  expect(consumption?.carbon).toBe(2.264667)
  expect(parseCarbontrackerLog(OUTPUT)).toMatchObject({
    epochs: 0,
    components: [],
    consumption: { carbon: 2.264667 },
  })
})

it('is told from other text', () => {
  expect(() => parseCarbontrackerLog('epoch 1\nloss 0.3\n')).toThrow('no log of carbontracker')
  expect(() => parseCarbontrackerLog('')).toThrow(TypeError)
})
