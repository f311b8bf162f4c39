import { describe, expect, it } from 'vitest'
import type { OpenedSampler } from '../aide/trial-samplers.ts'
import type { ControlPlan } from '../arrival/load-plan.ts'
import { MILLISECOND, SECOND } from '../units/nanos.ts'
import { findGauge, GaugeFeed } from './gauge-feed.ts'

const PLAN: ControlPlan = {
  of: 'host.cpu.utilization',
  target: 0.8,
  tolerance: 0.02,
  method: 'controller',
  from: 1,
  most: 8,
  step: 1,
  period: null,
  within: null,
}

const gauge = (name: string, unit: string, high: number): OpenedSampler['gauges'][number] => ({
  name,
  unit,
  device: null,
  bounds: [0, high],
  covers: 'interval',
})
const HOST: OpenedSampler = {
  kind: 'host',
  period: 250 * MILLISECOND,
  gauges: [
    gauge('host.cpu.utilization', '1', 1),
    gauge('server.cpu.cores', 'cores', Infinity),
    gauge('busy', '1', Infinity),
  ],
  problem: null,
}
const GONE: OpenedSampler = {
  kind: 'nvml',
  period: null,
  gauges: [],
  problem: 'libnvidia-ml.so.1 is not there',
}

describe('the gauge that a load follows', () => {
  it('is found with its unit, its end and how often it is read', () => {
    expect(findGauge(PLAN, [GONE, HOST])).toEqual({
      name: 'host.cpu.utilization',
      unit: '1',
      ceiling: 1,
      period: 250 * MILLISECOND,
    })
    expect(findGauge({ ...PLAN, of: 'server.cpu.cores', target: 1.5 }, [HOST]).ceiling).toBe(Infinity)
    // A share ends at 1, whether or not its sampler says so.
    expect(findGauge({ ...PLAN, of: 'busy' }, [HOST]).ceiling).toBe(1)
  })

  it('is named with those that there are, and the one that was meant', () => {
    expect(() => findGauge({ ...PLAN, of: 'host.cpu.utilisation' }, [HOST])).toThrow(
      expect.objectContaining({
        code: 'SERVEBENCH_GAUGE',
        message: "No sampler gives 'host.cpu.utilisation', which the load is to follow.",
        advice:
          "Did you mean 'host.cpu.utilization'? There are: host.cpu.utilization, server.cpu.cores, busy.",
      }),
    )
  })

  it('says that its sampler was switched off, and why', () => {
    expect(() => findGauge({ ...PLAN, of: 'gpu.utilization' }, [HOST, GONE])).toThrow(
      expect.objectContaining({
        advice: expect.stringContaining(
          "The sampler 'nvml' was switched off: libnvidia-ml.so.1 is not there.",
        ),
      }),
    )
    expect(() => findGauge(PLAN, [])).toThrow(
      expect.objectContaining({ advice: expect.stringContaining('No sampler gives anything') }),
    )
  })

  it('must be able to have the value, and be read often enough', () => {
    expect(() => findGauge({ ...PLAN, of: 'busy', target: 1 }, [HOST])).toThrow(/never above 1/)
    expect(() => findGauge({ ...PLAN, period: 0.7 * SECOND }, [HOST])).toThrow(
      expect.objectContaining({ advice: expect.stringContaining('at least 750 ms') }),
    )
    expect(findGauge({ ...PLAN, period: 0.75 * SECOND }, [HOST]).name).toBe(PLAN.of)
  })
})

describe('its readings', () => {
  it('are weighted by the time that they stand for', () => {
    const feed = new GaugeFeed()
    feed.add({ from: 0, until: 10, value: 1 })
    feed.add({ from: 10, until: 40, value: 2 })
    // A reading was missed.
    feed.add({ from: 50, until: 60, value: 5 })
    expect(feed.over(0, 60)).toEqual({ mean: (10 + 60 + 50) / 50, coverage: 50 / 60 })
    expect(feed.over(5, 20)).toEqual({ mean: (5 + 20) / 15, coverage: 1 })
    expect(feed.over(40, 50)).toEqual({ mean: null, coverage: 0 })
    expect(feed.over(60, 90)).toEqual({ mean: null, coverage: 0 })
  })

  it('are joined where there are very many, and their means stay what they are', () => {
    const feed = new GaugeFeed(100)
    const value = (index: number): number => (index * 7) % 11
    for (let index = 0; index < 10_000; index++) {
      // One in a thousand is missing.
      if (index % 1000 !== 500) feed.add({ from: index, until: index + 1, value: value(index) })
    }
    expect(feed.readings.length).toBeLessThan(100)
    const read = Array.from({ length: 10_000 }, (_, index) => index).filter((index) => index % 1000 !== 500)
    const mean = read.reduce((sum, index) => sum + value(index), 0) / read.length
    expect(feed.over(0, 10_000).mean).toBeCloseTo(mean, 9)
    expect(feed.over(0, 10_000).coverage).toBeCloseTo(0.999, 12)
    for (const [index, { from }] of feed.readings.slice(1).entries())
      expect(from).toBeGreaterThanOrEqual(feed.readings[index]?.until as number)
  })
})
