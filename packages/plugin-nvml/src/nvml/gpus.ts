import { Code, NvmlError, wordsOf } from './codes.ts'
import { Gpu, type GpuOptions } from './gpu.ts'
import { textOf, type Nvml } from './library.ts'

export interface GpusOptions extends Omit<GpuOptions, 'index'> {
  /** Numbers or UUIDs; `null`: all. */
  readonly devices: readonly (number | string)[] | null
}

/** The GPUs of a machine that were asked for. */
export class Gpus implements Disposable {
  readonly driver: string
  readonly gpus: readonly Gpu[]
  readonly warnings: readonly string[]
  readonly #nvml: Nvml

  /** @throws {Error} when there is no driver, or none of the GPUs can be read */
  constructor(nvml: Nvml, { devices, ...options }: GpusOptions) {
    const begun = nvml.nvmlInit_v2()
    if (begun !== Code.success) throw new Error(wordsOf(begun))
    this.#nvml = nvml
    const version = new Uint8Array(80)
    this.driver = nvml.nvmlSystemGetDriverVersion(version, version.length) === 0 ? textOf(version) : ''
    const count = new Uint32Array(1)
    const counted = nvml.nvmlDeviceGetCount_v2(count)
    if (counted !== Code.success) throw new NvmlError(counted, 'the number of GPUs')
    const warnings: string[] = []
    const total = count[0] as number
    const opened = Array.from({ length: total }, (_, index) => index).flatMap((index) => {
      if (devices !== null && !devices.some((device) => device === index || typeof device === 'string'))
        return []
      try {
        return [{ index, gpu: openGpu(nvml, { ...options, index }) }]
      } catch (error) {
        warnings.push(`GPU ${index} is left out: ${(error as Error).message}`)
        return []
      }
    })
    this.gpus = opened
      .filter(({ index, gpu }) => devices === null || devices.includes(index) || devices.includes(gpu.uuid))
      .map(({ gpu }) => gpu)
    if (this.gpus.length === 0) {
      const there = opened.map(({ index, gpu }) => `${index} is ${gpu.uuid}`)
      throw new Error(
        total === 0
          ? 'this machine has no GPU that the driver knows'
          : [`none of its ${total} GPUs can be read`, ...warnings, ...there].join('; '),
      )
    }
    this.warnings = [...warnings, ...this.gpus.flatMap((gpu) => gpu.shortage ?? [])]
  }

  [Symbol.dispose](): void {
    this.#nvml.nvmlShutdown()
  }
}

function openGpu(nvml: Nvml, options: GpuOptions): Gpu {
  const handle = new BigUint64Array(1)
  const code = nvml.nvmlDeviceGetHandleByIndex_v2(options.index, handle)
  if (code !== Code.success) throw new Error(wordsOf(code))
  return new Gpu(nvml, handle[0] as bigint, options)
}
