import type { Gauge } from 'servebench/session'
import { Code, NvmlError, wordsOf } from './codes.ts'
import { Field, FieldReader } from './field.ts'
import { textOf, type Handle, type Nvml } from './library.ts'
import { powerMethod } from './power-method.ts'
import { rateOf, type Probe } from './probe.ts'
import { ServerMemory } from './server-memory.ts'
import { THROTTLING } from './throttling.ts'

const NAME_BYTES = 96
/** Nanoseconds between looks at who uses the GPU. */
const PROCESSES_PERIOD = 1e9
/** `nvmlClockType_t`: the multiprocessors, the memory. */
const CLOCKS = { sm: 1, memory: 2 } as const
/** `NVML_TEMPERATURE_GPU`: the die. */
const DIE = 0
/** `nvmlPcieUtilCounter_t` */
const PCIE = { sent: 0, received: 1 } as const
/** `nvmlMemory_v2_t` has 40 bytes; its version holds their number too. */
const MEMORY_V2 = BigInt(40 | (2 << 24))

export interface GpuOptions {
  readonly index: number
  /** Measures PCIe throughput where there is no counter of it, which takes 20 ms for each direction. */
  readonly pcie: boolean
  /** Of the measured servers; empty: memory of the server is not looked for. */
  readonly processes: readonly number[]
}

/** A GPU, with the gauges that it has. */
export class Gpu {
  readonly name: string
  readonly uuid: string
  readonly probes: readonly Probe[]
  /** Why it cannot be read any more. */
  lost: NvmlError | null = null
  readonly #nvml: Nvml
  readonly #handle: Handle
  readonly #options: GpuOptions
  readonly #fields: FieldReader
  readonly #word = new Uint32Array(2)
  readonly #long = new BigUint64Array(5)
  readonly #missing: string[] = []
  #peak = 0

  /** @throws {NvmlError} when nothing can be known of it */
  constructor(nvml: Nvml, handle: Handle, options: GpuOptions) {
    this.#nvml = nvml
    this.#handle = handle
    this.#options = options
    this.#fields = new FieldReader(nvml)
    this.name = this.#text((bytes) => nvml.nvmlDeviceGetName(handle, bytes, NAME_BYTES))
    this.uuid = this.#text((bytes) => nvml.nvmlDeviceGetUUID(handle, bytes, NAME_BYTES))
    this.probes = [
      ...this.#power(),
      ...this.#utilization(),
      ...this.#memory(),
      ...this.#clocks(),
      ...this.#temperatures(),
      ...this.#throttling(),
      ...this.#pcie(),
      ...this.#processes(),
      ...this.#slices(),
    ]
  }

  /** `GPU 0 (Tesla T4)` */
  get title(): string {
    return `GPU ${this.#options.index} (${this.name})`
  }

  /** Gauges that it lacks, and why; `null` when it lacks none. */
  get shortage(): string | null {
    return this.#missing.length === 0 ? null : `${this.title} has no ${this.#missing.join(', no ')}`
  }

  /** What a GPU lacks is known when it is opened: a reading that fails later is a gap, or its end. */
  read(into: Float64Array, first: number, now: number): void {
    if (this.lost !== null) return
    for (const [index, probe] of this.probes.entries()) {
      try {
        into[first + index] = probe.read(now)
      } catch (error) {
        if (!(error instanceof NvmlError)) throw error
        into[first + index] = NaN
        if (!error.isLoss) continue
        this.lost = error
        // What was read of it just before is true no more than what follows.
        into.fill(NaN, first, first + this.probes.length)
        return
      }
    }
  }

  #power(): Probe[] {
    const { nvmlDeviceGetArchitecture, nvmlDeviceGetPowerUsage } = this.#nvml
    const architecture = (): number => this.#number('architecture', nvmlDeviceGetArchitecture)
    const instant = (): number => this.#field('power', Field.powerInstant) / 1000
    const usage = (): number => this.#number('power', nvmlDeviceGetPowerUsage) / 1000
    const hasInstant = this.#can(instant)
    // An old library does not know architectures, and no new ones.
    const method = hasInstant
      ? 'instant'
      : powerMethod(this.#can(architecture) ? architecture() : 0, this.name)
    const limit = (): number => this.#number('power limit', this.#nvml.nvmlDeviceGetEnforcedPowerLimit) / 1000
    const energy = (): number =>
      this.#wide('energy counter', this.#nvml.nvmlDeviceGetTotalEnergyConsumption) / 1000
    const average = (): number => this.#field('mean power', Field.powerAverage) / 1000
    return [
      ...this.#probe('power', 'W', hasInstant ? instant : usage, {
        power: { scope: 'accelerator', method },
      }),
      // Only where it is another one than the power above.
      ...(hasInstant && this.#can(average) ? this.#probe('power.average', 'W', average) : []),
      ...this.#probe('power.counter', 'W', energy, {
        covers: 'interval',
        power: { scope: 'accelerator', method: 'counter' },
      }),
      ...this.#probe('power.limit', 'W', limit),
    ]
  }

  #utilization(): Probe[] {
    const rates = remembered(() => {
      this.#call('utilization', this.#nvml.nvmlDeviceGetUtilizationRates(this.#handle, this.#word))
      return [(this.#word[0] as number) / 100, (this.#word[1] as number) / 100] as const
    })
    return [
      ...this.#probe('utilization', '1', () => rates.read()[0], { bounds: [0, 1] }),
      ...this.#probe('memory.busy', '1', () => rates.last?.[1] ?? NaN, { bounds: [0, 1] }),
    ]
  }

  #memory(): Probe[] {
    const used = remembered(() => this.#usedMemory(this.#handle))
    const peak = (): number => (this.#peak = Math.max(this.#peak, used.last ?? 0))
    const found = this.#probe('memory.used', 'By', used.read)
    const code = this.#nvml.nvmlDeviceGetMemoryInfo(this.#handle, this.#long)
    const total = code === Code.success ? Number(this.#long[0]) : NaN
    if (found.length === 0) return []
    return [
      ...found,
      ...this.#probe('memory.peak', 'By', peak),
      ...(total > 0
        ? this.#probe('memory.share', '1', () => Math.min(1, (used.last ?? NaN) / total), { bounds: [0, 1] })
        : []),
    ]
  }

  /** Bytes, without what the driver keeps for itself where it tells them apart. */
  #usedMemory(handle: Handle): number {
    const long = this.#long
    long[0] = MEMORY_V2
    // version, total, reserved, free, used
    if (this.#nvml.nvmlDeviceGetMemoryInfo_v2(handle, long) === Code.success) return Number(long[4])
    // total, free, used
    this.#call('memory', this.#nvml.nvmlDeviceGetMemoryInfo(handle, long))
    return Number(long[2])
  }

  #clocks(): Probe[] {
    return Object.entries(CLOCKS).flatMap(([name, type]) =>
      this.#probe(`clock.${name}`, 'Hz', () => {
        this.#call('clock', this.#nvml.nvmlDeviceGetClockInfo(this.#handle, type, this.#word))
        return (this.#word[0] as number) * 1e6
      }),
    )
  }

  #temperatures(): Probe[] {
    const memory = (): number => this.#field('memory temperature', Field.memoryTemperature)
    return [
      ...this.#probe(
        'temperature',
        'Cel',
        () => {
          this.#call('temperature', this.#nvml.nvmlDeviceGetTemperature(this.#handle, DIE, this.#word))
          return this.#word[0] as number
        },
        { bounds: [-50, 200] },
      ),
      // Few boards have that sensor, and zero is how the others say so.
      ...(this.#can(memory) && memory() > 0
        ? this.#probe('memory.temperature', 'Cel', memory, { bounds: [-50, 200] })
        : []),
    ]
  }

  #throttling(): Probe[] {
    const {
      nvmlDeviceGetCurrentClocksEventReasons: current,
      nvmlDeviceGetCurrentClocksThrottleReasons: former,
    } = this.#nvml
    const found = remembered(() => {
      const code = current(this.#handle, this.#long)
      this.#call('throttling', code === Code.functionNotFound ? former(this.#handle, this.#long) : code)
      return this.#long[0] as bigint
    })
    return Object.entries(THROTTLING).flatMap(([name, bits], index) => {
      const holds = (): number => {
        const reasons = index === 0 ? found.read() : found.last
        return reasons === null ? NaN : (reasons & bits) === 0n ? 0 : 1
      }
      return this.#probe(`throttle.${name}`, '1', holds, { bounds: [0, 1] })
    })
  }

  #pcie(): Probe[] {
    const counters = { sent: Field.pcieSentBytes, received: Field.pcieReceivedBytes }
    return (['received', 'sent'] as const).flatMap((name) => {
      const counter = (): number => this.#field('PCIe counter', counters[name])
      if (this.#can(counter)) return this.#probe(`pcie.${name}`, 'By/s', counter, { covers: 'interval' })
      if (!this.#options.pcie) return []
      return this.#probe(`pcie.${name}`, 'By/s', () => {
        this.#call('PCIe', this.#nvml.nvmlDeviceGetPcieThroughput(this.#handle, PCIE[name], this.#word))
        return (this.#word[0] as number) * 1024
      })
    })
  }

  #processes(): Probe[] {
    const memory = new ServerMemory(this.#nvml, this.#handle, this.#options.processes)
    let at = -Infinity
    // The driver takes milliseconds for it, and processes do not come and go while one measures.
    const count = (now: number): number => {
      if (!(now - at < PROCESSES_PERIOD)) {
        this.#call('processes', memory.refresh())
        at = now
      }
      return memory.count
    }
    const found = this.#probe('processes', 'processes', count)
    if (found.length === 0 || this.#options.processes.length === 0) return found
    // Read together with the number of processes, just before.
    return [...found, ...this.#probe('memory.server', 'By', () => memory.used)]
  }

  /** Slices of a GPU that is divided (MIG): power, clocks and utilisation are those of the whole. */
  #slices(): Probe[] {
    const pending = new Uint32Array(1)
    const mode = this.#nvml.nvmlDeviceGetMigMode(this.#handle, this.#word, pending)
    if (mode !== Code.success || this.#word[0] !== 1) return []
    if (this.#nvml.nvmlDeviceGetMaxMigDeviceCount(this.#handle, this.#word) !== Code.success) return []
    return Array.from({ length: this.#word[0] ?? 0 }, (_, index) => index).flatMap((index) => {
      const slice = new BigUint64Array(1)
      const code = this.#nvml.nvmlDeviceGetMigDeviceHandleByIndex(this.#handle, index, slice)
      if (code !== Code.success) return []
      const handle = slice[0] as bigint
      return this.#probe(`mig${index}.memory.used`, 'By', () => this.#usedMemory(handle))
    })
  }

  /** A gauge, when it can be read; otherwise it is noted why not. */
  #probe(
    name: string,
    unit: string,
    read: (now: number) => number,
    { bounds = [0, Infinity], ...rest }: Partial<Gauge> = {},
  ): Probe[] {
    try {
      read(-Infinity)
    } catch (error) {
      if (!(error instanceof NvmlError) || error.isLoss) throw error
      this.#missing.push(`${name} (${wordsOf(error.code)})`)
      return []
    }
    const gauge = { name: `gpu${this.#options.index}.${name}`, unit, device: this.uuid, bounds, ...rest }
    return [{ gauge, read: rest.covers === 'interval' ? rateOf(read) : read }]
  }

  #can(read: () => number): boolean {
    try {
      return Number.isFinite(read())
    } catch {
      return false
    }
  }

  #field(what: string, field: number): number {
    this.#call(what, this.#fields.read(this.#handle, field))
    return this.#fields.value
  }

  #number(what: string, read: (device: Handle, value: Uint32Array) => number): number {
    this.#call(what, read(this.#handle, this.#word))
    return this.#word[0] as number
  }

  #wide(what: string, read: (device: Handle, value: BigUint64Array) => number): number {
    this.#call(what, read(this.#handle, this.#long))
    return Number(this.#long[0])
  }

  #text(read: (bytes: Uint8Array) => number): string {
    const bytes = new Uint8Array(NAME_BYTES)
    this.#call(`GPU ${this.#options.index}`, read(bytes))
    return textOf(bytes)
  }

  /** @throws {NvmlError} */
  #call(what: string, code: number): void {
    if (code !== Code.success) throw new NvmlError(code, what)
  }
}

/** Several gauges of one call: the first one makes it. */
function remembered<T>(read: () => T): { readonly read: () => T; readonly last: T | null } {
  let last: T | null = null
  return {
    read: () => {
      // What a call that fails leaves behind is nothing.
      last = null
      return (last = read())
    },
    get last() {
      return last
    },
  }
}
