import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { JsonObject } from 'servebench/plugin'
import type { Sampler } from 'servebench/session'
import { checkEnergySource, checkSampler, connectSampler } from 'servebench/testing'
import { nvmlSampler, plugin } from '../src/index.ts'
import type { NvmlSamplerOptions } from '../src/index.ts'
import { ReaderProcess } from '../src/reader-process.ts'
import { createSampler } from '../src/sampler.ts'
import { readSettings } from '../src/settings.ts'
import { H100, hasCompiler, StubLibrary } from './support/stub.ts'

const warnings: string[] = []
const context = {
  root: '/',
  warn: (message: string): void => void warnings.push(message),
  file: (): null => null,
}

describe.runIf(hasCompiler)('through the binary interface', () => {
  let library: StubLibrary
  const opened: Sampler[] = []
  beforeEach(() => {
    library = new StubLibrary()
    warnings.length = 0
  })
  afterEach(async () => {
    for (const sampler of opened.splice(0)) await sampler.dispose?.()
    library[Symbol.dispose]()
  })

  async function open(options: NvmlSamplerOptions = {}, processes: readonly number[] = []): Promise<Sampler> {
    const settings = readSettings({ library: library.path, ...options } as JsonObject, processes)
    const sampler = await createSampler(settings, context)
    opened.push(sampler)
    return sampler
  }

  async function read(sampler: Sampler, seconds: number): Promise<Record<string, number>> {
    const into = new Float64Array(sampler.gauges.length).fill(NaN)
    await sampler.read(into, seconds * 1e9)
    return Object.fromEntries(sampler.gauges.map(({ name }, index) => [name, into[index] as number]))
  }

  it('every value arrives', async () => {
    library.set({
      ...H100,
      gpus: 2,
      'power@1': 1,
      'field.186@1': 99_000,
      throttle: 0x64,
      pid: process.pid,
      processes: 40,
    })
    const sampler = await open({}, [process.ppid])
    expect(sampler.period).toBe(20e6)
    await read(sampler, 0)
    library.set({
      ...H100,
      gpus: 2,
      'field.186@1': 99_000,
      'field.197': 3_000_000,
      'field.198': 2_500_000,
      energy: 5_007_000,
      throttle: 0x64,
      pid: process.pid,
      processes: 40,
    })
    const found = await read(sampler, 0.02)
    expect(found).toMatchObject({
      'gpu0.power': 351.5,
      'gpu0.power.average': 340,
      'gpu0.power.limit': 700,
      'gpu0.utilization': 0.87,
      'gpu0.memory.busy': 0.42,
      'gpu0.memory.used': 20 * 2 ** 30,
      'gpu0.memory.share': 0.25,
      'gpu0.clock.sm': 1980e6,
      'gpu0.clock.memory': 2619e6,
      'gpu0.temperature': 61,
      'gpu0.memory.temperature': 55,
      'gpu0.throttle.power': 1,
      'gpu0.throttle.thermal': 1,
      'gpu0.throttle.hardware': 0,
      'gpu0.processes': 40,
      'gpu0.memory.server': 2 ** 30,
      'gpu1.power': 99,
    })
    expect(found['gpu0.power.counter']).toBeCloseTo(350, 6)
    expect(found['gpu0.pcie.sent']).toBeCloseTo(100e6, 0)
    expect(found['gpu0.pcie.received']).toBeCloseTo(25e6, 0)
    expect(sampler.gauges[0]?.device).toBe('GPU-000003e8-aaaa-bbbb-cccc-0123456789ab')
    expect(warnings).toEqual([])
  })

  it('keeps the contract of samplers', async () => {
    const options = { library: library.path, period: '10ms' } as const
    let millijoules = H100['energy'] as number
    let isThere = true
    const { skipped } = await checkSampler(await connectSampler(plugin, nvmlSampler(options)), {
      accept: ([, second = {}]) => second['gpu0.power'] === 351.5 && (second['gpu0.power.counter'] ?? 0) > 0,
      absent: await connectSampler(plugin, nvmlSampler({ library: '/nowhere/libnvidia-ml.so.1' })),
      advance: () => library.set({ ...H100, lost: isThere ? 0 : 1, energy: (millijoules += 3000) }),
      lose: () => void (isThere = false),
      patience: '10s',
    })
    expect(skipped).toEqual([])
  })

  it('keeps the contract of sources of energy: a device counts once', async () => {
    const options = { library: library.path, period: '10ms' } as const
    let millijoules = H100['energy'] as number
    const { skipped } = await checkEnergySource(await connectSampler(plugin, nvmlSampler(options)), {
      advance: () => library.set({ ...H100, energy: (millijoules += 3000) }),
      energy: () => millijoules / 1000,
      patience: '10s',
    })
    expect(skipped).toEqual([])
  })

  it('a GPU that is lost is told, and the others go on', async () => {
    library.set({ ...H100, gpus: 2 })
    const sampler = await open()
    await read(sampler, 0)
    library.set({ ...H100, gpus: 2, 'lost@0': 1 })
    const found = await read(sampler, 1)
    expect([found['gpu0.power'], found['gpu1.power']]).toEqual([NaN, 351.5])
    expect(warnings).toEqual([
      'GPU 0 (NVIDIA H100 80GB HBM3) was lost: power: the GPU has fallen off the bus or is inaccessible',
    ])
    library.set({ ...H100, gpus: 2, lost: 1 })
    await expect(read(sampler, 2)).rejects.toThrow('GPU 1 (NVIDIA H100 80GB HBM3) was lost')
  })

  it('a driver that crashes takes nobody along', async () => {
    const sampler = await open()
    library.set({ ...H100, crash: 1 })
    await expect(read(sampler, 1)).rejects.toThrow('the process that reads the GPUs ended by SIGABRT')
    await expect(read(sampler, 2)).rejects.toThrow('SIGABRT')
  })

  it('a driver that hangs is left behind', async () => {
    const sampler = await open()
    library.set({ ...H100, hang: 1 })
    const answer = read(sampler, 1).catch((error: Error) => error.message)
    await sampler.dispose?.()
    expect(await answer).toContain('SIGKILL')
  })

  it('a library that is none is told', async () => {
    const settings = readSettings({ library: '/etc/passwd' }, [])
    await expect(createSampler(settings, context)).rejects.toThrow('there is no NVML')
  })
})

it('a machine without the driver is told', async () => {
  const settings = readSettings({ library: 'libnvidia-ml-none.so.1' }, [])
  await expect(createSampler(settings, context)).rejects.toThrow('there is no NVML (libnvidia-ml-none.so.1)')
})

it('a process that cannot be started is told', async () => {
  const reader = new ReaderProcess('/nowhere/node', [])
  await expect(reader.next()).rejects.toThrow('cannot be started')
  await reader.end()
})

it('its options are checked, all at once', () => {
  expect(nvmlSampler({ devices: [0] })).toEqual({
    kind: 'nvml',
    package: '@servebench/plugin-nvml',
    options: { devices: [0] },
  })
  const options = { perid: 1, period: '5ms', devices: [-1], pcie: 1, library: '' }
  expect(() => readSettings(options, [])).toThrow(
    expect.objectContaining({
      problems: ['perid', 'period', 'devices', 'pcie', 'library'].map((path) =>
        expect.objectContaining({ path }),
      ),
    }),
  )
})
