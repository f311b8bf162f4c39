import { describe, expect, it } from 'vitest'
import { replay, T4, type Answers } from '../../test/support/replay.ts'
import { Code, NvmlError } from './codes.ts'
import { Gpus } from './gpus.ts'
import { powerMethod } from './power-method.ts'

const options = { devices: null, pcie: false, processes: [] }

function read(gpus: Gpus, seconds: number): Record<string, number> {
  const gauges = gpus.gpus.flatMap(({ probes }) => probes.map(({ gauge }) => gauge.name))
  const into = new Float64Array(gauges.length).fill(NaN)
  let first = 0
  for (const gpu of gpus.gpus) {
    gpu.read(into, first, seconds * 1e9)
    first += gpu.probes.length
  }
  return Object.fromEntries(gauges.map((name, index) => [name, into[index] as number]))
}

function without(...functions: (keyof Answers)[]): Answers {
  return Object.fromEntries(Object.entries(T4).filter(([name]) => !functions.includes(name as keyof Answers)))
}

describe('an old board with an old driver', () => {
  it('has what it can tell, in units of its own', () => {
    const answers = { ...T4 }
    const gpus = new Gpus(replay(answers), options)
    expect(gpus.driver).toBe('470.82.01')
    expect(read(gpus, 0)).toEqual({
      'gpu0.power': 27.345,
      'gpu0.power.counter': NaN,
      'gpu0.power.limit': 70,
      'gpu0.utilization': 0.31,
      'gpu0.memory.busy': 0.12,
      'gpu0.memory.used': 843_721_216,
      'gpu0.memory.peak': 843_721_216,
      'gpu0.memory.share': 843_721_216 / 15_843_721_216,
      'gpu0.clock.sm': 585e6,
      'gpu0.clock.memory': 585e6,
      'gpu0.temperature': 44,
      'gpu0.throttle.power': 1,
      'gpu0.throttle.thermal': 1,
      'gpu0.throttle.hardware': 0,
      'gpu0.processes': 0,
    })
    answers.nvmlDeviceGetTotalEnergyConsumption = [123_456_789n + 1000n]
    answers.nvmlDeviceGetMemoryInfo = [15_843_721_216n, 0n, 500n]
    const later = read(gpus, 0.02)
    expect(later['gpu0.power.counter']).toBeCloseTo(50, 9)
    expect(later['gpu0.memory.used']).toBe(500)
    expect(later['gpu0.memory.peak']).toBe(843_721_216)
    // A driver that was loaded again counts from zero.
    answers.nvmlDeviceGetTotalEnergyConsumption = [5n]
    expect(read(gpus, 0.04)['gpu0.power.counter']).toBeNaN()
  })

  it('says what its powers are', () => {
    const [gpu] = new Gpus(replay(T4), options).gpus
    expect(gpu?.uuid).toBe('GPU-d2a1')
    expect(
      gpu?.probes.flatMap(({ gauge }) => (gauge.power ? [[gauge.name, gauge.power.method]] : [])),
    ).toEqual([
      ['gpu0.power', 'instant'],
      ['gpu0.power.counter', 'counter'],
    ])
    expect(gpu?.probes.every(({ gauge }) => gauge.device === 'GPU-d2a1')).toBe(true)
  })

  it('lacks what it says that it lacks', () => {
    const answers = {
      ...without('nvmlDeviceGetTotalEnergyConsumption'),
      nvmlDeviceGetUtilizationRates: Code.notSupported,
      nvmlDeviceGetComputeRunningProcesses_v3: Code.noPermission,
    }
    const gpus = new Gpus(replay(answers), options)
    const names = Object.keys(read(gpus, 0))
    expect(names).not.toContain('gpu0.utilization')
    expect(names).not.toContain('gpu0.power.counter')
    expect(gpus.warnings).toEqual([
      'GPU 0 (Tesla T4) has no power.counter (unknown to this driver), no utilization (not supported by this GPU), no processes (this user has no permission)',
    ])
  })

  it('measures PCIe only when it is asked to: that takes its time', () => {
    expect(Object.keys(read(new Gpus(replay(T4), options), 0))).not.toContain('gpu0.pcie.sent')
    const gpus = new Gpus(replay(T4), { ...options, pcie: true })
    expect(read(gpus, 0)['gpu0.pcie.sent']).toBe(1_024_000)
  })

  it('leaves a gap where a call fails once, in all that is made of it', () => {
    const answers = { ...T4 }
    const gpus = new Gpus(replay(answers), options)
    read(gpus, 0)
    answers.nvmlDeviceGetUtilizationRates = Code.unknown
    const gap = read(gpus, 1)
    expect([gap['gpu0.utilization'], gap['gpu0.memory.busy'], gap['gpu0.power']]).toEqual([NaN, NaN, 27.345])
    expect(gpus.gpus[0]?.lost).toBeNull()
  })
})

describe('a newer board', () => {
  const fields = { 82: 70, 185: 300_000, 186: 310_000, 197: 1000, 198: 5000 }

  it('has its power as it is, and its mean beside it', () => {
    const gpus = new Gpus(replay({ ...T4, nvmlDeviceGetArchitecture: [9] }, fields), options)
    const found = read(gpus, 0)
    expect(found['gpu0.power']).toBe(310)
    expect(found['gpu0.power.average']).toBe(300)
    expect(found['gpu0.memory.temperature']).toBe(70)
    expect(found['gpu0.pcie.sent']).toBeNaN()
    expect(read(gpus, 1)['gpu0.pcie.received']).toBe(0)
  })

  it.each([
    [9, 'NVIDIA H100 80GB HBM3', 'average'],
    [7, 'NVIDIA A10', 'average'],
    [7, 'NVIDIA A100-SXM4-80GB', 'instant'],
    [7, 'NVIDIA A30', 'instant'],
    [5, 'Tesla V100-SXM2-16GB', 'instant'],
    [0xffffffff, 'something newer', 'average'],
  ] as const)('of architecture %d (%s) tells the %s power', (architecture, name, method) => {
    expect(powerMethod(architecture, name)).toBe(method)
  })
})

describe('a divided board', () => {
  it('has the memory of its slices', () => {
    const answers = {
      ...T4,
      nvmlDeviceGetUtilizationRates: Code.notSupported,
      nvmlDeviceGetMigMode: [1],
      nvmlDeviceGetMaxMigDeviceCount: [2],
      nvmlDeviceGetMigDeviceHandleByIndex: [9n],
    }
    const names = Object.keys(read(new Gpus(replay(answers), options), 0))
    expect(names).toContain('gpu0.mig0.memory.used')
    expect(names).toContain('gpu0.mig1.memory.used')
    expect(names).toContain('gpu0.power')
  })
})

describe('a board that is lost', () => {
  it('has gaps from then on, also in what was read just before', () => {
    const answers = { ...T4 }
    const gpus = new Gpus(replay(answers), options)
    read(gpus, 0)
    answers.nvmlDeviceGetClockInfo = Code.gpuIsLost
    expect(Object.values(read(gpus, 1)).every((value) => Number.isNaN(value))).toBe(true)
    expect(gpus.gpus[0]?.lost).toBeInstanceOf(NvmlError)
    expect(gpus.gpus[0]?.lost?.message).toBe('clock: the GPU has fallen off the bus or is inaccessible')
    answers.nvmlDeviceGetClockInfo = [585]
    expect(Object.values(read(gpus, 2)).every((value) => Number.isNaN(value))).toBe(true)
  })
})

describe('nothing can be read', () => {
  it.each([
    [{ nvmlInit_v2: Code.driverNotLoaded }, 'the NVIDIA driver is not loaded'],
    [{ nvmlInit_v2: Code.versionMismatch }, 'driver and library are of different versions'],
    [{ nvmlInit_v2: 1234 }, 'NVML error 1234'],
    [{ nvmlDeviceGetCount_v2: [0] }, 'this machine has no GPU that the driver knows'],
    [
      { nvmlDeviceGetHandleByIndex_v2: Code.noPermission },
      'none of its 1 GPUs can be read; GPU 0 is left out: this user has no permission',
    ],
    [{ nvmlDeviceGetName: Code.gpuIsLost }, 'GPU 0 is left out: GPU 0: the GPU has fallen off the bus'],
  ])('and it is said why: %o', (answers, message) => {
    expect(() => new Gpus(replay({ ...T4, ...answers }), options)).toThrow(message)
  })

  it('of what was asked for', () => {
    const make = (devices: readonly (number | string)[]): Gpus =>
      new Gpus(replay(T4), { ...options, devices })
    expect(make(['GPU-d2a1']).gpus).toHaveLength(1)
    expect(make([0]).gpus).toHaveLength(1)
    expect(() => make(['GPU-ffff'])).toThrow('0 is GPU-d2a1')
    expect(() => make([3])).toThrow('none of its 1 GPUs can be read')
  })
})
