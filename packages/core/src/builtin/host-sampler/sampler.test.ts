import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { Sampler } from '../../session.ts'
import { hostSampler } from './host.ts'
import { createSampler } from './sampler.ts'
import { readHostSettings } from './settings.ts'
import type { JsonObject, JsonValue } from '../../plugin.ts'

async function open(
  options: JsonObject,
  processes: readonly number[],
  warn: (message: string) => void = (message) => expect.fail(message),
): Promise<Sampler> {
  const settings = readHostSettings(options, processes) as unknown as JsonValue
  const context = { root: '/', warn, file: (): null => null }
  return await createSampler(settings, context)
}

describe.runIf(process.platform === 'linux')('the host sampler', () => {
  it('tells of this machine and of a server that runs on it', async () => {
    const sampler = await open({ network: true }, [process.pid])
    const names = sampler.gauges.map(({ name }) => name)
    const read = (now: number): Record<string, number> => {
      const into = new Float64Array(names.length).fill(NaN)
      void sampler.read(into, now)
      return Object.fromEntries(names.map((name, index) => [name, into[index] as number]))
    }
    // Rates need two readings.
    const first = read(0)
    expect(first['host.cpu.utilization']).toBeNaN()
    expect(first['server.cpu.cores']).toBeNaN()
    expect(first['host.network.loopback']).toBeNaN()
    expect(first['host.memory.used']).toBeGreaterThan(10e6)
    expect(first['server.memory.rss']).toBeGreaterThan(10e6)

    const before = process.cpuUsage()
    const began = performance.now()
    while (performance.now() - began < 300);
    await sleep(20)
    const seconds = (performance.now() - began) / 1000
    const { user, system } = process.cpuUsage(before)
    const second = read(seconds * 1e9)
    // This process, as the operating system tells it by another way; ticks are 10 ms.
    expect(Math.abs((second['server.cpu.cores'] as number) - (user + system) / 1e6 / seconds)).toBeLessThan(
      0.15,
    )
    expect(second['host.cpu.utilization']).toBeGreaterThan(0)
    expect(second['host.cpu.utilization']).toBeLessThanOrEqual(1)
    expect(second['host.network.loopback']).toBeGreaterThanOrEqual(0)
  })

  it('reads all that there is, and says what there is not', async () => {
    const warnings: string[] = []
    const all = ['network', 'disk', 'scheduling', 'pressure', 'cgroup', 'battery', 'thermal']
    const options = Object.fromEntries(all.map((part) => [part, true]))
    const sampler = await open(options, [process.pid], (message) => warnings.push(message))
    const into = new Float64Array(sampler.gauges.length).fill(NaN)
    void sampler.read(into, 0)
    await sleep(20)
    void sampler.read(into, 20e6)
    const value = (name: string): number =>
      into[sampler.gauges.findIndex((gauge) => gauge.name === name)] as number
    expect(value('host.threads.runnable')).toBeGreaterThan(0)
    expect(value('server.threads')).toBeGreaterThan(0)
    expect(value('host.contextSwitches')).toBeGreaterThan(0)
    expect(value('server.contextSwitches.voluntary')).toBeGreaterThanOrEqual(0)
    // Machines differ: what is not there is told instead.
    for (const [first, told] of [
      ['battery.power', 'battery'],
      ['host.pressure.cpu', 'pressure'],
      ['server.cgroup.cpu.cores', 'version 2'],
    ] as const) {
      const isThere = sampler.gauges.some(({ name }) => name === first)
      expect(isThere || warnings.some((message) => message.includes(told))).toBe(true)
    }
  })

  it('says nothing of a server that is elsewhere, or has ended', async () => {
    const remote = await open({}, [])
    expect(remote.gauges.map(({ name }) => name)).toEqual([
      'host.cpu.utilization',
      'host.memory.used',
      'host.memory.available',
    ])
    const ended = await open({}, [2 ** 30])
    const into = new Float64Array(ended.gauges.length).fill(NaN)
    void ended.read(into, 0)
    void ended.read(into, 1e9)
    expect([...into.subarray(3)]).toEqual([NaN, NaN])
  })
})

describe('its options', () => {
  it('are plain data of a bench file', () => {
    expect(hostSampler({ period: '1s' })).toEqual({
      kind: 'host',
      package: 'servebench',
      options: { period: '1s' },
    })
    expect(readHostSettings({ disk: true }, [1])).toEqual({
      period: 250e6,
      network: false,
      disk: true,
      scheduling: false,
      pressure: false,
      cgroup: false,
      battery: false,
      thermal: false,
      processes: [1],
    })
  })

  it('are checked, all at once', () => {
    expect(() => readHostSettings({ netwrok: true, period: '1ms', network: 'yes' }, [])).toThrow(
      expect.objectContaining({
        problems: [
          { path: 'netwrok', message: 'is no option.', suggestion: 'network' },
          { path: 'network', message: 'expected true or false, not "yes".' },
          { path: 'period', message: `expected a duration from '10ms', not "1ms".` },
        ],
      }),
    )
    expect(() => readHostSettings({ period: 100 }, [])).toThrow('not 100.')
  })
})
